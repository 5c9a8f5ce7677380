// The counts below the score: one row a fact, both sides. Pure.
import { Side } from "../../generated/scoreline/v1/game_pb.ts";
import type { CricketInnings, CricketSituation } from "../../generated/scoreline/v1/situation_cricket_pb.ts";
import type { TennisSituation } from "../../generated/scoreline/v1/situation_tennis_pb.ts";
import type { ScoreState } from "../../generated/scoreline/v1/state_pb.ts";
import { hasScore, isOver, isUnderway } from "./labels.ts";
import { overs, runsNow } from "./strip.ts";

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
  if (situation.case === "americanFootball") {
    const { home, away } = situation.value;
    return [plain("Timeouts left", home?.timeoutsLeft, away?.timeoutsLeft)];
  }
  if (situation.case === "iceHockey") {
    const { home, away } = situation.value;
    return [
      counted("Shots", home?.shotsOnGoal, away?.shotsOnGoal),
      counted("Penalty min.", home?.penaltyMinutes, away?.penaltyMinutes),
    ].filter((fact) => fact.share !== undefined);
  }
  if (situation.case === "baseball") {
    const { home, away } = situation.value;
    return [plain("Hits", home?.hits, away?.hits), plain("Errors", home?.errors, away?.errors)];
  }
  if (situation.case === "tennis") return tennis(situation.value, state);
  if (situation.case === "cricket") return cricket(situation.value, state);
  return [];
}

/** The sets that were begun, and the points of the game being played. */
function tennis(now: TennisSituation, state: ScoreState): Fact[] {
  const current = state.period?.ordinal ?? 0;
  const rows: Fact[] = [];
  for (const [at, set] of [now.first, now.second, now.third, now.fourth, now.fifth].entries()) {
    const { home = 0, away = 0, homeTieBreak = 0, awayTieBreak = 0 } = set ?? {};
    if (at >= current || (home + away === 0 && isOver(state.status))) continue;
    const decided = homeTieBreak + awayTieBreak > 0;
    rows.push({
      name: `Set ${at + 1}`,
      home: decided ? `${home} (${homeTieBreak})` : String(home),
      away: decided ? `${away} (${awayTieBreak})` : String(away),
    });
  }
  if (isUnderway(state.status) && current > 0 && state.period?.onBreak !== true) {
    const say = (points = 0): string => (points === 50 && now.tieBreak !== true ? "Ad" : String(points));
    rows.push({ name: "Points", home: say(now.homePoints), away: say(now.awayPoints) });
  }
  return rows;
}

/** The innings of the match: the runs, the wickets and the overs of the side that batted. */
function cricket(now: CricketSituation, state: ScoreState): Fact[] {
  const rows: Fact[] = [];
  for (const [at, innings] of [now.first, now.second, now.third, now.fourth].entries()) {
    if (innings?.batting) rows.push(batted(`Inn ${at + 1}`, innings.batting, innings.runs ?? 0, innings));
  }
  if (now.batting && now.innings) {
    const name = now.superOver ? "Super over" : `Inn ${now.innings}`;
    rows.push(batted(name, now.batting, runsNow(now, state), now));
  }
  return rows;
}

function batted(name: string, side: Side, runs: number, of: CricketInnings | CricketSituation): Fact {
  const text = `${runs}/${of.wickets ?? 0} (${overs(of)})`;
  return side === Side.HOME ? { name, home: text, away: "" } : { name, home: "", away: text };
}

function plain(name: string, home = 0, away = 0): Fact {
  return { name, home: String(home), away: String(away) };
}

function counted(name: string, home = 0, away = 0): Fact {
  const row = { name, home: String(home), away: String(away) };
  return home + away > 0 ? { ...row, share: home / (home + away) } : row;
}
