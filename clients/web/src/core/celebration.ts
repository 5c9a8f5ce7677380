// What deserves an animation. Pure: compares what was shown with what is to be shown.
import { Side, Sport } from "../../generated/scoreline/v1/game_pb.ts";
import type { ScoreState } from "../../generated/scoreline/v1/state_pb.ts";
import { timeline } from "./timeline.ts";

/** A change of score between two states that a viewer saw. */
export type Change =
  | { readonly kind: "none" }
  | { readonly kind: "scored"; readonly sides: readonly Side[]; readonly loud: boolean; readonly words: string }
  | { readonly kind: "corrected"; readonly words: string };

const NONE: Change = { kind: "none" };

/**
 * Return what happened to the score between `shown` and `next`.
 *
 * Nothing was shown before the first snapshot, so it celebrates nothing; after a reconnect the comparison is with
 * what the viewer saw, so a goal is celebrated once. A score that went down is a correction, told calmly.
 */
export function changeOfScore(shown: ScoreState | undefined, next: ScoreState): Change {
  if (shown?.score === undefined || next.score === undefined) return NONE;
  const home = (next.score.home ?? 0) - (shown.score.home ?? 0);
  const away = (next.score.away ?? 0) - (shown.score.away ?? 0);
  if (home === 0 && away === 0) return NONE;
  const { sheet } = next;
  const result = `${sheet?.home?.name ?? "Home"} ${next.score.home ?? 0}, ${sheet?.away?.name ?? "Away"} ${next.score.away ?? 0}`;
  if (home < 0 || away < 0) return { kind: "corrected", words: `Score corrected. ${result}.` };
  const sides = [...(home > 0 ? [Side.HOME] : []), ...(away > 0 ? [Side.AWAY] : [])];
  // A basket is a flip of the digits; only a goal stops the room.
  const loud = sheet?.sport === Sport.FOOTBALL || sheet?.sport === Sport.ICE_HOCKEY;
  return { kind: "scored", sides, loud, words: loud ? `Goal! ${result}.${scorer(shown, next)}` : result };
}

function scorer(shown: ScoreState, next: ScoreState): string {
  const line = timeline(next).find((each) => each.score !== "" && shown.keyEvents[each.key] === undefined);
  return line === undefined || line.text === line.meaning ? "" : ` ${line.text}, ${line.minute.replace("'", ". minute")}.`;
}
