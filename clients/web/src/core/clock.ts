// The game clock on the display, computed from its anchor. Pure: the caller brings the time.
import { type GameSheet, PeriodKind, type ScoreState } from "../../generated/scoreline/v1/state_pb.ts";
import { wordsOf } from "./sports.ts";

/** What a clock shows: the main reading, and stoppage beside it where the sport has such a thing. */
export interface ClockReading {
  readonly text: string;
  readonly stoppage: string;
  readonly running: boolean;
}

/** Estimate how far the server's clock is ahead of ours. A late frame only ever makes it look less far. */
export class ServerClock {
  #samples: number[] = [];

  observe(serverMs: number, localMs: number): void {
    this.#samples = [...this.#samples.slice(-7), serverMs - localMs];
  }

  /** The server's time at our time `localMs`. */
  at(localMs: number): number {
    return localMs + (this.#samples.length > 0 ? Math.max(...this.#samples) : 0);
  }
}

/** Return the time played in the current period in seconds at the server's time `nowMs`, or nothing without a clock. */
export function elapsedSeconds(state: ScoreState, nowMs: number): number | undefined {
  const { clock, sheet } = state;
  if (clock?.elapsedDs === undefined) return undefined;
  const anchored = clock.elapsedDs / 10;
  if (clock.running !== true || clock.asOfDs === undefined) return anchored;
  const asOfMs = Number(sheet?.referenceTimeS ?? 0n) * 1000 + Number(clock.asOfDs) * 100;
  // A clock of ours that is behind must not turn the game's time back.
  return anchored + Math.max(0, (nowMs - asOfMs) / 1000) * (sheet?.clockRate || 1);
}

/** Return the length of the current period in seconds; 0 when it has none. */
export function periodLengthS(sheet: GameSheet | undefined, kind: PeriodKind | undefined): number {
  if (kind === PeriodKind.OVERTIME) return sheet?.overtimePeriodS ?? 0;
  return kind === PeriodKind.REGULAR ? (sheet?.regularPeriodS ?? 0) : 0;
}

/** Return the seconds of game time before the current period, as a clock that counts through shows them. */
export function secondsBefore(sheet: GameSheet | undefined, kind: PeriodKind | undefined, ordinal: number): number {
  const regular = sheet?.regularPeriodS ?? 0;
  const earlier = Math.max(0, ordinal - 1);
  if (kind === PeriodKind.OVERTIME) {
    return regular * (sheet?.regularPeriods ?? 0) + (sheet?.overtimePeriodS ?? 0) * earlier;
  }
  return regular * earlier;
}

/** Read the clock at the server's time `nowMs`; nothing in a shoot-out or where the sport has no clock. */
export function readClock(state: ScoreState, nowMs: number): ClockReading | undefined {
  const kind = state.period?.kind;
  const elapsed = elapsedSeconds(state, nowMs);
  if (elapsed === undefined || (kind !== PeriodKind.REGULAR && kind !== PeriodKind.OVERTIME)) return undefined;
  const running = state.clock?.running === true;
  const way = wordsOf(state.sheet?.sport)?.clock;
  if (way === undefined) return undefined;
  const length = periodLengthS(state.sheet, kind);
  if (state.sheet?.countsDown === true) {
    return { text: countdown(Math.max(0, length - elapsed)), stoppage: "", running };
  }
  if (way === "by period") return { text: minutes(length > 0 ? Math.min(elapsed, length) : elapsed), stoppage: "", running };
  const before = secondsBefore(state.sheet, kind, state.period?.ordinal ?? 1);
  if (length > 0 && elapsed > length) {
    return { text: minutes(before + length), stoppage: `+${Math.floor((elapsed - length) / 60) + 1}`, running };
  }
  return { text: minutes(before + elapsed), stoppage: "", running };
}

function minutes(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function countdown(seconds: number): string {
  // The last minute is read in tenths, as on the board in the hall.
  if (seconds < 60 && seconds > 0) return (Math.floor(seconds * 10) / 10).toFixed(1);
  return minutes(Math.ceil(seconds));
}
