// The words that people read for a period, a status and a minute. Pure.
import { Sport } from "../../generated/scoreline/v1/game_pb.ts";
import {
  GameStatus,
  type GameSheet,
  type KeyEvent,
  PeriodKind,
  type ScoreState,
} from "../../generated/scoreline/v1/state_pb.ts";

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

/** Return the period as people read it: 1H HT 2H FT ET1 ET2 PENS, Q1..Q4 OT1.., empty before the start. */
export function periodLabel(state: ScoreState): string {
  const { period, sheet, status } = state;
  const kind = period?.kind ?? PeriodKind.UNSPECIFIED;
  if (kind === PeriodKind.UNSPECIFIED) return "";
  const ordinal = period?.ordinal ?? 1;
  const football = sheet?.sport === Sport.FOOTBALL;
  if (status === GameStatus.FINAL || status === GameStatus.OFFICIAL) return finalLabel(kind, ordinal, football);
  if (kind === PeriodKind.SHOOTOUT) return "PENS";
  if (period?.onBreak === true) return breakLabel(kind, ordinal, sheet, football);
  if (kind === PeriodKind.OVERTIME) return `${football ? "ET" : "OT"}${ordinal}`;
  return football ? `${ordinal}H` : `Q${ordinal}`;
}

function finalLabel(kind: PeriodKind, ordinal: number, football: boolean): string {
  if (kind === PeriodKind.SHOOTOUT) return "PENS";
  if (kind === PeriodKind.OVERTIME) return football ? "AET" : ordinal > 1 ? `F/OT${ordinal}` : "F/OT";
  return football ? "FT" : "Final";
}

function breakLabel(kind: PeriodKind, ordinal: number, sheet: GameSheet | undefined, football: boolean): string {
  if (football && kind === PeriodKind.REGULAR) return ordinal === 1 ? "HT" : "FT";
  if (football) return ordinal === 1 ? "ET HT" : "AET";
  if (kind === PeriodKind.OVERTIME) return `End OT${ordinal}`;
  return ordinal * 2 === (sheet?.regularPeriods ?? 4) ? "HT" : `End Q${ordinal}`;
}

/** Return when a key event happened as people say it: 64', 45+2', 90+3', PENS, Q3 4:32. */
export function minuteLabel(event: KeyEvent, sheet: GameSheet | undefined): string {
  const running = event.period ?? 0;
  if (running === SHOOTOUT_PERIOD) return "PENS";
  if (running === 0 || event.elapsedS === undefined) return "";
  const regularPeriods = sheet?.regularPeriods || (sheet?.sport === Sport.FOOTBALL ? 2 : 4);
  const overtime = running - regularPeriods;
  const length = (overtime > 0 ? sheet?.overtimePeriodS : sheet?.regularPeriodS) ?? 0;
  if (sheet?.countsDown === true) {
    const left = Math.max(0, length - event.elapsedS);
    const name = overtime > 0 ? `OT${overtime}` : `Q${running}`;
    return `${name} ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  }
  const before =
    overtime > 0
      ? (sheet?.regularPeriodS ?? 0) * regularPeriods + length * (overtime - 1)
      : (sheet?.regularPeriodS ?? 0) * (running - 1);
  if (length > 0 && event.elapsedS >= length) {
    return `${(before + length) / 60}+${Math.floor((event.elapsedS - length) / 60) + 1}'`;
  }
  // The first minute is minute 1: nobody scores in minute 0.
  return `${Math.floor((before + event.elapsedS) / 60) + 1}'`;
}
