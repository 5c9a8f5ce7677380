// The timeline as lines of words, the newest first. Pure.
import { Side } from "../../generated/scoreline/v1/game_pb.ts";
import { type KeyEvent, KeyEventKind as Kind, type ScoreState } from "../../generated/scoreline/v1/state_pb.ts";
import { minuteLabel } from "./labels.ts";

/** The picture beside a line. */
export type Mark =
  | "goal" | "own-goal" | "penalty-missed"
  | "yellow" | "second-yellow" | "red"
  | "substitution" | "shootout-goal" | "shootout-miss"
  | "points" | "timeout";

/** One line of the timeline. */
export interface Line {
  readonly key: number;
  readonly side: Side;
  readonly minute: string;
  readonly mark: Mark;
  /** What the mark means, for those who do not see it. */
  readonly meaning: string;
  readonly text: string;
  readonly detail: string;
  /** The score after a line that scored, such as `2–1`; empty for other lines. */
  readonly score: string;
  readonly voided: boolean;
}

const WORDS: Partial<Record<Kind, readonly [Mark, string, points: number]>> = {
  [Kind.GOAL]: ["goal", "Goal", 1],
  [Kind.PENALTY_GOAL]: ["goal", "Penalty goal", 1],
  [Kind.OWN_GOAL]: ["own-goal", "Own goal", 1],
  [Kind.YELLOW_CARD]: ["yellow", "Yellow card", 0],
  [Kind.SECOND_YELLOW_CARD]: ["second-yellow", "Second yellow card", 0],
  [Kind.RED_CARD]: ["red", "Red card", 0],
  [Kind.SUBSTITUTION]: ["substitution", "Substitution", 0],
  [Kind.SHOOTOUT_GOAL]: ["shootout-goal", "Shoot-out: scored", 0],
  [Kind.SHOOTOUT_MISS]: ["shootout-miss", "Shoot-out: missed", 0],
  [Kind.ONE_POINT]: ["points", "Free throw", 1],
  [Kind.TWO_POINTS]: ["points", "Two points", 2],
  [Kind.THREE_POINTS]: ["points", "Three points", 3],
  [Kind.TIMEOUT]: ["timeout", "Timeout", 0],
  [Kind.PENALTY_MISSED]: ["penalty-missed", "Penalty missed", 0],
};

/** Return the timeline, the newest line first; kinds that are newer than this page are left out. */
export function timeline(state: ScoreState): Line[] {
  // Scores are counted back from the current one, because only the last 50 events are kept.
  let home = state.score?.home ?? 0;
  let away = state.score?.away ?? 0;
  const lines: Line[] = [];
  for (const key of Object.keys(state.keyEvents).map(Number).sort((a, b) => b - a)) {
    const event = state.keyEvents[key];
    const words = WORDS[event?.kind ?? Kind.UNSPECIFIED];
    if (event === undefined || words === undefined) continue;
    const [mark, meaning, points] = words;
    const side = creditedSide(event, state);
    const voided = event.voided === true;
    const scores = points > 0 && !voided;
    lines.push({
      key, side, mark, meaning, voided,
      minute: minuteLabel(event, state.sheet),
      text: playerName(state, event.player) || meaning,
      detail: detail(event, state),
      score: scores ? `${home}–${away}` : "",
    });
    if (scores && side === Side.HOME) home -= points;
    if (scores && side === Side.AWAY) away -= points;
  }
  return lines;
}

/** Return the side that a key event is shown at: for an own goal the one that gets it. */
export function creditedSide(event: KeyEvent, state: ScoreState): Side {
  if (event.player === undefined) return event.side ?? Side.UNSPECIFIED;
  const own = state.sheet?.roster[event.player]?.side ?? event.side ?? Side.UNSPECIFIED;
  if (event.kind !== Kind.OWN_GOAL || own === Side.UNSPECIFIED) return own;
  return own === Side.HOME ? Side.AWAY : Side.HOME;
}

/** Return a player's name, or the shirt number where the name is missing. */
export function playerName(state: ScoreState, number: number | undefined): string {
  const player = number === undefined ? undefined : state.sheet?.roster[number];
  if (player?.name) return player.name;
  return player?.shirtNumber ? `No. ${player.shirtNumber}` : "";
}

function detail(event: KeyEvent, state: ScoreState): string {
  const other = playerName(state, event.otherPlayer);
  const parts: string[] = [];
  if (event.kind === Kind.PENALTY_GOAL) parts.push("penalty");
  if (event.kind === Kind.OWN_GOAL) parts.push("own goal");
  if (event.kind === Kind.PENALTY_MISSED) parts.push("penalty missed");
  if (other) parts.push(event.kind === Kind.SUBSTITUTION ? `on: ${other}` : `assist: ${other}`);
  if (event.voided === true) parts.push("cancelled");
  return parts.join(", ");
}
