"""What to show as time: the game clock from its anchor, the period by its usual name, the server's time.

Pure: the present is an argument, in unix seconds.
"""

from __future__ import annotations

from typing import NamedTuple

from scoreline.domain import match_time
from scoreline.v1.game_pb2 import Sport
from scoreline.v1.state_pb2 import GameStatus, PeriodKind, ScoreState

_OVER = (
    GameStatus.GAME_STATUS_FINAL,
    GameStatus.GAME_STATUS_OFFICIAL,
    GameStatus.GAME_STATUS_ABANDONED,
)
_SAMPLES_KEPT = 8


class ServerClock(NamedTuple):
    """How far the server's clock is ahead of ours; anchors of game clocks are in server time."""

    samples_s: tuple[float, ...] = ()

    @property
    def offset_s(self) -> float:
        """The best estimate: a frame that was late on its way makes the server look behind, never ahead."""
        return max(self.samples_s, default=0.0)

    def now(self, local_now_s: float) -> float:
        """Return the server's time at our time `local_now_s`."""
        return local_now_s + self.offset_s

    def observed(self, server_time_s: float, local_now_s: float) -> ServerClock:
        """Return the clock after a frame with the server's time has come."""
        return ServerClock((*self.samples_s[1 - _SAMPLES_KEPT :], server_time_s - local_now_s))


def elapsed_s(state: ScoreState, now_s: float) -> float | None:
    """Return the seconds played in the current period, or nothing where the game has no clock."""
    if not state.HasField("clock"):
        return None
    clock, sheet = state.clock, state.sheet
    played_s = clock.elapsed_ds / 10
    if not clock.running:
        return played_s
    as_of_s = sheet.reference_time_s + clock.as_of_ds / 10
    # A server clock that lags behind the anchor must not turn the game clock back.
    return played_s + max(0.0, now_s - as_of_s) * (sheet.clock_rate or 1)


def display_clock(state: ScoreState, now_s: float) -> str:
    """Return the game clock as the sport shows it: `67:12`, `45+2:10`, `0:04.3`; empty without a clock.

    Football counts up over the whole game and shows stoppage time beside the full period; sports that
    count down show what is left of the period, with tenths in the last minute, and stop at zero.
    Between periods, in a shoot-out and after the end there is no clock.
    """
    played_s = elapsed_s(state, now_s)
    if state.period.on_break or state.status in _OVER:
        return ""
    if played_s is None or state.period.kind in (
        PeriodKind.PERIOD_KIND_UNSPECIFIED,
        PeriodKind.PERIOD_KIND_SHOOTOUT,
    ):
        return ""
    length_s = period_length_s(state)
    if state.sheet.counts_down and length_s:
        left_ds = max(0, round((length_s - played_s) * 10))
        if left_ds < 600:
            return f"0:{left_ds // 10:02d}.{left_ds % 10}"
        # What is left is rounded up: a period begins at 12:00 and is over at 0:00, not a second before.
        return _minutes(-(-left_ds // 10))
    before_s = _seconds_before_period(state)
    whole_s = int(played_s)
    if length_s and whole_s > length_s:
        return f"{(before_s + length_s) // 60}+{_minutes(whole_s - length_s)}"
    return _minutes(before_s + whole_s)


def period_length_s(state: ScoreState) -> int:
    """Return the nominal length of the current period in seconds, 0 when it has none."""
    match state.period.kind:
        case PeriodKind.PERIOD_KIND_REGULAR:
            return state.sheet.regular_period_s
        case PeriodKind.PERIOD_KIND_OVERTIME:
            return state.sheet.overtime_period_s
        case _:
            return 0


def period_label(state: ScoreState) -> str:
    """Return the period as people of the sport call it: `1H`, `HT`, `FT`, `ET1`, `PENS`, `Q3`, `OT1`."""
    sheet = state.sheet
    return match_time.period_label(
        sheet.sport, state.status, state.period, sheet.regular_periods, state.baseball.half
    )


def status_label(state: ScoreState) -> str:
    """Return the status in lower case: `scheduled`, `live`, `break` between periods, `final` ..."""
    if state.status == GameStatus.GAME_STATUS_LIVE and state.period.on_break:
        return "break"
    if state.status == GameStatus.GAME_STATUS_UNSPECIFIED:
        return "scheduled"
    return GameStatus.Name(state.status).removeprefix("GAME_STATUS_").lower()


def _seconds_before_period(state: ScoreState) -> int:
    sheet, period = state.sheet, state.period
    if sheet.sport != Sport.SPORT_FOOTBALL:
        return 0
    earlier = max(0, period.ordinal - 1)
    if period.kind == PeriodKind.PERIOD_KIND_OVERTIME:
        return sheet.regular_periods * sheet.regular_period_s + earlier * sheet.overtime_period_s
    return earlier * sheet.regular_period_s


def _minutes(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"
