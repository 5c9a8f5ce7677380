// States as the server would send them, built by hand.
import { create, type MessageInitShape } from "@bufbuild/protobuf";

import { Side, Sport } from "../generated/scoreline/v1/game_pb.ts";
import { GameStatus, PeriodKind, type ScoreState, ScoreStateSchema } from "../generated/scoreline/v1/state_pb.ts";

export type Changes = Exclude<MessageInitShape<typeof ScoreStateSchema>, ScoreState>;

export const KICK_OFF_S = 1_530_367_200;

/** A football game in play, changed by `changes`. */
export function football(changes: Changes = {}): ScoreState {
  return create(ScoreStateSchema, {
    status: GameStatus.LIVE,
    period: { kind: PeriodKind.REGULAR, ordinal: 1 },
    clock: { elapsedDs: 0, running: true, asOfDs: 0n },
    score: { home: 0, away: 0 },
    sheet: {
      sport: Sport.FOOTBALL,
      home: { teamId: "fra", name: "France", shortName: "FRA" },
      away: { teamId: "arg", name: "Argentina", shortName: "ARG" },
      roster: {
        1: { name: "A. Griezmann", side: Side.HOME },
        2: { name: "K. Mbappé", side: Side.HOME },
        3: { name: "Á. Di María", side: Side.AWAY },
        4: { side: Side.AWAY, shirtNumber: 14 },
      },
      referenceTimeS: BigInt(KICK_OFF_S),
      regularPeriodS: 2700,
      overtimePeriodS: 900,
      regularPeriods: 2,
    },
    situation: { case: "football", value: {} },
    ...changes,
  });
}

/** A basketball game in play, changed by `changes`. */
export function basketball(changes: Changes = {}): ScoreState {
  return create(ScoreStateSchema, {
    status: GameStatus.LIVE,
    period: { kind: PeriodKind.REGULAR, ordinal: 1 },
    clock: { elapsedDs: 0, running: true, asOfDs: 0n },
    score: { home: 0, away: 0 },
    sheet: {
      sport: Sport.BASKETBALL,
      home: { teamId: "lal", name: "Lakers" },
      away: { teamId: "bos", name: "Celtics" },
      referenceTimeS: BigInt(KICK_OFF_S),
      countsDown: true,
      regularPeriodS: 720,
      overtimePeriodS: 300,
      regularPeriods: 4,
    },
    situation: { case: "basketball", value: {} },
    ...changes,
  });
}

const LENGTHS: Partial<Record<Sport, { regularPeriodS: number; overtimePeriodS: number }>> = {
  [Sport.AMERICAN_FOOTBALL]: { regularPeriodS: 900, overtimePeriodS: 600 },
  [Sport.ICE_HOCKEY]: { regularPeriodS: 1200, overtimePeriodS: 300 },
};

/** A game of any sport in play, changed by `changes`, its sheet by `sheet`. */
export function playing(sport: Sport, changes: Changes = {}, sheet: { regularPeriods?: number } = {}): ScoreState {
  return create(ScoreStateSchema, {
    status: GameStatus.LIVE,
    period: { kind: PeriodKind.REGULAR, ordinal: 1 },
    score: { home: 0, away: 0 },
    sheet: {
      sport,
      home: { name: "Home town", shortName: "HOM" },
      away: { name: "Away town", shortName: "AWY" },
      roster: { 1: { name: "A. Home", side: Side.HOME }, 2: { name: "B. Away", side: Side.AWAY } },
      referenceTimeS: BigInt(KICK_OFF_S),
      countsDown: sport === Sport.AMERICAN_FOOTBALL,
      ...LENGTHS[sport],
      ...sheet,
    },
    ...changes,
  });
}
