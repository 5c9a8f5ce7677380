// The words that people read for a period, a status and a minute. Pure.
import { Side, Sport } from "../../generated/scoreline/v1/game_pb.ts";
import { InningHalf } from "../../generated/scoreline/v1/situation_baseball_pb.ts";
import {
  GameStatus,
  type GameSheet,
  type KeyEvent,
  PeriodKind,
  type ScoreState,
} from "../../generated/scoreline/v1/state_pb.ts";
import { type SportWords, wordsOf } from "./sports.ts";

/** The running number that key events use for the shoot-out. */
const SHOOTOUT_PERIOD = 15;

/** Whether the game is in play or between two periods of play. */
export function isUnderway(status: GameStatus | undefined): boolean {
  return status === GameStatus.LIVE || status === GameStatus.INTERRUPTED;
}

/** Whether the game is over. */
export function isOver(status: GameStatus | undefined): boolean {
  return status === GameStatus.FINAL || status === GameStatus.OFFICIAL || status === GameStatus.ABANDONED;
}

/** Whether the game was begun, so that its score says something. */
export function hasScore(status: GameStatus | undefined): boolean {
  return isUnderway(status) || isOver(status);
}

/** Return the status in lower case, such as `live`; between periods it is `break`. */
export function statusLabel(state: ScoreState): string {
  const { status } = state;
  if (status === undefined || status === GameStatus.UNSPECIFIED) return "scheduled";
  if (status === GameStatus.LIVE && state.period?.onBreak === true) return "break";
  return (GameStatus[status] ?? "unknown").toLowerCase();
}

/**
 * Return the period as people read it: 1H HT 2H FT ET1 PENS, Q1..Q4 OT1, P3 OT SO, T9, Set 2, Inn 2.
 *
 * Empty before the start and for a sport that is newer than this page. A game that is over keeps the label of its
 * last period, so that PENS or OT tells how it was decided.
 */
export function periodLabel(state: ScoreState): string {
  const { period, sheet, status } = state;
  const words = wordsOf(sheet?.sport);
  if (words === undefined || !hasScore(status)) return "";
  const ordinal = period?.ordinal ?? 0;
  const periods = sheet?.regularPeriods || words.periods.length;
  if (sheet?.sport === Sport.BASEBALL) {
    const inning = period?.kind === PeriodKind.OVERTIME ? periods + ordinal : ordinal;
    return ordinal === 0 ? "" : `${half(state)}${inning}`;
  }
  switch (period?.kind) {
    case PeriodKind.SHOOTOUT: return words.shootout;
    case PeriodKind.OVERTIME: return overtimeLabel(words, ordinal);
    case PeriodKind.REGULAR: {
      const ended = period.onBreak === true || (isOver(status) && ordinal === periods);
      return regularLabel(words, periods, ordinal, ended);
    }
    default: return "";
  }
}

/** Whether a period's label tells by itself that play rests or is over, as `HT` and `FT` do. */
export function isBreakLabel(label: string, sheet: GameSheet | undefined): boolean {
  return wordsOf(sheet?.sport)?.breaks.includes(label) ?? false;
}

function half(state: ScoreState): string {
  const now = state.situation.case === "baseball" ? state.situation.value.half : undefined;
  return now === InningHalf.TOP ? "T" : now === InningHalf.BOTTOM ? "B" : "";
}

function overtimeLabel(words: SportWords, ordinal: number): string {
  return ordinal === 1 && !words.numbersFirstOvertime ? words.overtime : `${words.overtime}${ordinal}`;
}

function regularLabel(words: SportWords, periods: number, ordinal: number, ended: boolean): string {
  const names = ended && words.breaks.length > 0 ? words.breaks : words.periods;
  const name = periods === words.periods.length ? names[ordinal - 1] : undefined;
  // Halves and quarters have names; under other rules (two halves of basketball) a number must do.
  return name ?? `${words.period}${words.period.length > 1 ? " " : ""}${ordinal}`;
}

/** Return when a key event of `side` happened as people say it: 64', 45+2', PENS, Q3 4:32, B9, Set 2. */
export function minuteLabel(event: KeyEvent, sheet: GameSheet | undefined, side = Side.UNSPECIFIED): string {
  const running = event.period ?? 0;
  const words = wordsOf(sheet?.sport);
  if (running === 0 || words === undefined) return "";
  // The away side bats in the top of an inning.
  if (sheet?.sport === Sport.BASEBALL) return `${side === Side.AWAY ? "T" : side === Side.HOME ? "B" : ""}${running}`;
  if (running === SHOOTOUT_PERIOD && words.shootout !== "") return words.shootout;
  const periods = sheet?.regularPeriods || words.periods.length;
  const overtime = running - periods;
  const name = overtime > 0 ? overtimeLabel(words, overtime) : regularLabel(words, periods, running, false);
  if (words.clock === undefined) return name;
  if (event.elapsedS === undefined) return "";
  const length = (overtime > 0 ? sheet?.overtimePeriodS : sheet?.regularPeriodS) ?? 0;
  if (words.clock === "by period") {
    const shown = sheet?.countsDown === true ? Math.max(0, length - event.elapsedS) : event.elapsedS;
    return `${name} ${Math.floor(shown / 60)}:${String(shown % 60).padStart(2, "0")}`;
  }
  const before =
    overtime > 0
      ? (sheet?.regularPeriodS ?? 0) * periods + length * (overtime - 1)
      : (sheet?.regularPeriodS ?? 0) * (running - 1);
  if (length > 0 && event.elapsedS >= length) {
    return `${(before + length) / 60}+${Math.floor((event.elapsedS - length) / 60) + 1}'`;
  }
  // The first minute is minute 1: nobody scores in minute 0.
  return `${Math.floor((before + event.elapsedS) / 60) + 1}'`;
}
