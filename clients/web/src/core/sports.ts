// What people call the parts of a game, and how they read its clock: one entry a sport. Pure.
import { Sport } from "../../generated/scoreline/v1/game_pb.ts";

/** How people speak of one sport; the same names as in the server's rule book. */
export interface SportWords {
  /** What the regular periods are called. */
  readonly periods: readonly string[];
  /** What the break after each regular period is called; empty where it is called by the period. */
  readonly breaks: readonly string[];
  /** What a regular period without a name is called, before its number. */
  readonly period: string;
  /** What overtime is called, before its number. */
  readonly overtime: string;
  /** Whether the first overtime has its number too. */
  readonly numbersFirstOvertime: boolean;
  /** What a shoot-out is called; empty where there is none. */
  readonly shootout: string;
  /** Whether the clock goes on over the periods, or begins anew with each; nothing where no clock runs. */
  readonly clock: "through" | "by period" | undefined;
}

function words(changes: Partial<SportWords>): SportWords {
  return { periods: [], breaks: [], period: "P", overtime: "", numbersFirstOvertime: false, shootout: "", clock: undefined, ...changes };
}

const QUARTERS = ["Q1", "Q2", "Q3", "Q4"] as const;

const WORDS: Partial<Record<Sport, SportWords>> = {
  [Sport.FOOTBALL]: words({
    periods: ["1H", "2H"], breaks: ["HT", "FT"], overtime: "ET", numbersFirstOvertime: true, shootout: "PENS", clock: "through",
  }),
  [Sport.BASKETBALL]: words({ periods: QUARTERS, overtime: "OT", numbersFirstOvertime: true, clock: "by period" }),
  [Sport.AMERICAN_FOOTBALL]: words({ periods: QUARTERS, overtime: "OT", clock: "by period" }),
  [Sport.ICE_HOCKEY]: words({ periods: ["P1", "P2", "P3"], overtime: "OT", shootout: "SO", clock: "by period" }),
  [Sport.BASEBALL]: words({ periods: ["1", "2", "3", "4", "5", "6", "7", "8", "9"] }),
  [Sport.TENNIS]: words({ periods: ["Set 1", "Set 2", "Set 3"], period: "Set" }),
  [Sport.CRICKET]: words({ periods: ["Inn 1", "Inn 2"], period: "Inn", shootout: "SO" }),
};

/** Return the words of a sport, or nothing for one that is newer than this page. */
export function wordsOf(sport: Sport | undefined): SportWords | undefined {
  return sport === undefined ? undefined : WORDS[sport];
}
