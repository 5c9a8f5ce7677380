// The moment of play in one row: down and distance, strength, count and bases, overs and target. Pure.
import { CricketOutcome } from "../../generated/scoreline/v1/event_cricket_pb.ts";
import { Concession } from "../../generated/scoreline/v1/event_tennis_pb.ts";
import { Side } from "../../generated/scoreline/v1/game_pb.ts";
import type { AmericanFootballSituation } from "../../generated/scoreline/v1/situation_american_football_pb.ts";
import type { BaseballSituation } from "../../generated/scoreline/v1/situation_baseball_pb.ts";
import type { CricketInnings, CricketSituation } from "../../generated/scoreline/v1/situation_cricket_pb.ts";
import type { IceHockeySituation } from "../../generated/scoreline/v1/situation_ice_hockey_pb.ts";
import type { TennisSituation } from "../../generated/scoreline/v1/situation_tennis_pb.ts";
import type { ScoreState } from "../../generated/scoreline/v1/state_pb.ts";
import { hasScore, isOver } from "./labels.ts";
import { playerName } from "./timeline.ts";

/** The row: some short words, and which bases are taken where there are bases. */
export interface Strip {
  readonly chips: readonly string[];
  /** 1 for first, 2 for second, 4 for third, added up. */
  readonly bases?: number;
}

const NOTHING: Strip = { chips: [] };
const DOWNS = ["", "1st", "2nd", "3rd", "4th"];

/** Return what is going on at the moment; nothing before the start. */
export function strip(state: ScoreState): Strip {
  const { situation } = state;
  if (!hasScore(state.status)) return NOTHING;
  const over = isOver(state.status);
  if (situation.case === "cricket") return { chips: cricket(situation.value, state, over) };
  if (situation.case === "tennis") return { chips: tennis(situation.value, state, over) };
  if (over || state.period?.onBreak === true) return NOTHING;
  if (situation.case === "americanFootball") return { chips: scrimmage(situation.value, state) };
  if (situation.case === "iceHockey") return { chips: strength(situation.value) };
  if (situation.case === "baseball") return atBat(situation.value, state);
  return NOTHING;
}

function scrimmage(now: AmericanFootballSituation, state: ScoreState): string[] {
  const { down = 0, distance = 0, yardsToGoal = 0, possession } = now;
  if (down === 0) return [];
  const missing = distance === yardsToGoal ? "goal" : String(distance);
  const home = possession === Side.HOME;
  // Yard lines are named by the half of the field that they lie in, 50 by none.
  const spot =
    yardsToGoal === 50
      ? "50"
      : yardsToGoal < 50
        ? `${sideName(state, home ? Side.AWAY : Side.HOME)} ${yardsToGoal}`
        : `${sideName(state, home ? Side.HOME : Side.AWAY)} ${100 - yardsToGoal}`;
  return [`${DOWNS[down] ?? `${down}.`} & ${missing}`, `at ${spot}`];
}

function strength({ home, away, powerPlay }: IceHockeySituation): string[] {
  const first = home?.skaters ?? 0;
  const second = away?.skaters ?? 0;
  // Five against five goes without saying.
  if (first === 0 || second === 0 || (first === 5 && second === 5)) return [];
  return [powerPlay === Side.AWAY ? `${second} on ${first}` : `${first} on ${second}`];
}

function atBat(now: BaseballSituation, state: ScoreState): Strip {
  const { balls = 0, strikes = 0, outs = 0, bases = 0 } = now;
  const batter = playerName(state, now.batter || undefined);
  return {
    chips: [`${outs} ${outs === 1 ? "out" : "outs"}`, `Count ${balls}-${strikes}`, ...(batter ? [`Bat: ${batter}`] : [])],
    bases,
  };
}

function tennis(now: TennisSituation, state: ScoreState, over: boolean): string[] {
  if (!over) return now.tieBreak === true ? ["Tie-break"] : [];
  const ways: Partial<Record<Concession, string>> = {
    [Concession.RETIREMENT]: "retirement",
    [Concession.WALKOVER]: "walkover",
    [Concession.DEFAULT]: "default",
  };
  const way = ways[now.concession ?? Concession.UNSPECIFIED];
  return way === undefined || !now.winner ? [] : [`${sideName(state, now.winner)} by ${way}`];
}

function cricket(now: CricketSituation, state: ScoreState, over: boolean): string[] {
  const chips: string[] = [];
  if (over) {
    const outcome = outcomeWords(now, state);
    return outcome === "" ? [] : [outcome + (now.revised === true ? " (revised target)" : "")];
  }
  if ((now.innings ?? 0) === 0 || !now.batting) return [];
  if (now.superOver) chips.push(now.superOver > 1 ? `Super over ${now.superOver}` : "Super over");
  chips.push(`${sideName(state, now.batting)} ${runsNow(now, state)}/${now.wickets ?? 0}`, `${overs(now)} overs`);
  if (now.target) chips.push(`Target ${now.target}`);
  return chips;
}

function outcomeWords(now: CricketSituation, state: ScoreState): string {
  switch (now.outcome) {
    case CricketOutcome.WON: return now.winner ? `${sideName(state, now.winner)} won` : "";
    case CricketOutcome.TIE: return "Tied";
    case CricketOutcome.DRAW: return "Drawn";
    case CricketOutcome.NO_RESULT: return "No result";
    case CricketOutcome.TIE_DECIDED: return now.winner ? `Tied, ${sideName(state, now.winner)} won the super over` : "Tied";
    default: return "";
  }
}

/** Return the overs of an innings as people write them: `17.3`, `20`. */
export function overs(innings: CricketInnings | CricketSituation): string {
  return innings.balls ? `${innings.overs ?? 0}.${innings.balls}` : String(innings.overs ?? 0);
}

/** Return the runs of the innings being played. */
export function runsNow(now: CricketSituation, state: ScoreState): number {
  const home = now.batting === Side.HOME;
  if (now.superOver) return (home ? state.score?.homeShootout : state.score?.awayShootout) ?? 0;
  const earlier = [now.first, now.second, now.third, now.fourth]
    .filter((innings) => innings?.batting === now.batting)
    .reduce((sum, innings) => sum + (innings?.runs ?? 0), 0);
  return ((home ? state.score?.home : state.score?.away) ?? 0) - earlier;
}

function sideName(state: ScoreState, side: Side): string {
  const team = side === Side.HOME ? state.sheet?.home : state.sheet?.away;
  return team?.shortName || team?.name || (side === Side.HOME ? "Home" : "Away");
}
