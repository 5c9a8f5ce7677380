// What stands beside a side's name at the moment: who has the ball, who serves, who has one more. Pure.
import { Side } from "../../generated/scoreline/v1/game_pb.ts";
import { InningHalf } from "../../generated/scoreline/v1/situation_baseball_pb.ts";
import type { ScoreState } from "../../generated/scoreline/v1/state_pb.ts";
import { isUnderway } from "./labels.ts";

/** One word beside a name; the kind chooses how it looks. */
export interface SideNote {
  readonly kind: "possession" | "bonus" | "advantage";
  readonly word: string;
}

/** Return the notes of one side; none before the start and after the end. */
export function sideNotes(state: ScoreState, side: Side): SideNote[] {
  const { situation } = state;
  if (!isUnderway(state.status) || side === Side.UNSPECIFIED) return [];
  const isHome = side === Side.HOME;
  switch (situation.case) {
    case "basketball": {
      const opponent = isHome ? situation.value.away : situation.value.home;
      return [
        ...noteIf(situation.value.possession === side, "possession", "Ball"),
        // The side whose opponent has used up its fouls shoots the free throws.
        ...noteIf(opponent?.bonus, "bonus", "Bonus"),
      ];
    }
    case "americanFootball":
      return noteIf(situation.value.possession === side, "possession", "Ball");
    case "iceHockey": {
      const own = isHome ? situation.value.home : situation.value.away;
      return [
        ...noteIf(situation.value.powerPlay === side, "advantage", "Power play"),
        ...noteIf(own?.netEmpty, "bonus", "Empty net"),
      ];
    }
    case "baseball":
      return noteIf(situation.value.half === (isHome ? InningHalf.BOTTOM : InningHalf.TOP), "possession", "At bat");
    case "tennis":
      return noteIf(situation.value.server === side, "possession", "Serve");
    case "cricket":
      return noteIf(situation.value.batting === side, "possession", "Batting");
    default:
      return [];
  }
}

function noteIf(holds: boolean | undefined, kind: SideNote["kind"], word: string): SideNote[] {
  return holds === true ? [{ kind, word }] : [];
}
