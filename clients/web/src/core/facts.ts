// The counts below the score: one row a fact, both sides. Pure.
import type { ScoreState } from "../../generated/scoreline/v1/state_pb.ts";
import { hasScore } from "./labels.ts";

/** One row: a word, and the count of each side; `share` rows are drawn as bars as well. */
export interface Fact {
  readonly name: string;
  readonly home: string;
  readonly away: string;
  /** The home side's part of the whole, 0 to 1, where comparing makes sense. */
  readonly share?: number;
}

/** Return the facts of a game, in the order in which they are shown; `all` adds those for the large view. */
export function facts(state: ScoreState, all: boolean): Fact[] {
  const { situation } = state;
  if (!hasScore(state.status)) return [];
  if (situation.case === "football") {
    const { home, away } = situation.value;
    const rows = [
      counted("Shots", home?.shots, away?.shots),
      counted("On target", home?.shotsOnTarget, away?.shotsOnTarget),
      counted("Corners", home?.corners, away?.corners),
      counted("Yellow cards", home?.yellowCards, away?.yellowCards),
    ];
    // The small card shows sendings-off beside the teams.
    const more = [
      counted("Red cards", home?.redCards, away?.redCards),
      counted("Fouls", home?.fouls, away?.fouls),
      counted("Offsides", home?.offsides, away?.offsides),
    ];
    // Many feeds report goals and cards only: nothing counted on either side may mean that nobody counts.
    return [...rows, ...(all ? more : [])].filter((fact) => fact.share !== undefined);
  }
  if (situation.case === "basketball") {
    const { home, away } = situation.value;
    return [
      counted("Team fouls", home?.teamFouls, away?.teamFouls),
      counted("Timeouts used", home?.timeoutsUsed, away?.timeoutsUsed),
    ];
  }
  return [];
}

function counted(name: string, home = 0, away = 0): Fact {
  const row = { name, home: String(home), away: String(away) };
  return home + away > 0 ? { ...row, share: home / (home + away) } : row;
}
