from __future__ import annotations

import pytest

from scoreline.v1.game_pb2 import Sport
from scoreline.v1.state_pb2 import GameStatus, PeriodKind, ScoreState
from scoreline_client.clock import (
    ServerClock,
    display_clock,
    elapsed_s,
    period_label,
    status_label,
)

KICK_OFF_S = 1_542_067_200
REGULAR, OVERTIME = PeriodKind.PERIOD_KIND_REGULAR, PeriodKind.PERIOD_KIND_OVERTIME
SHOOTOUT, NONE = PeriodKind.PERIOD_KIND_SHOOTOUT, PeriodKind.PERIOD_KIND_UNSPECIFIED


def football(
    kind: PeriodKind.ValueType, ordinal: int, played_s: float, *, running: bool = False
) -> ScoreState:
    state = ScoreState(status=GameStatus.GAME_STATUS_LIVE)
    state.period.kind, state.period.ordinal = kind, ordinal
    state.clock.elapsed_ds, state.clock.running, state.clock.as_of_ds = round(played_s * 10), running, 0
    sheet = state.sheet
    sheet.sport, sheet.reference_time_s = Sport.SPORT_FOOTBALL, KICK_OFF_S
    sheet.regular_periods, sheet.regular_period_s, sheet.overtime_period_s = 2, 2700, 900
    return state


def basketball(
    kind: PeriodKind.ValueType, ordinal: int, played_s: float, *, running: bool = False
) -> ScoreState:
    state = football(kind, ordinal, played_s, running=running)
    state.sheet.sport, state.sheet.counts_down = Sport.SPORT_BASKETBALL, True
    state.sheet.regular_periods, state.sheet.regular_period_s, state.sheet.overtime_period_s = 4, 720, 300
    return state


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (football(REGULAR, 1, 0), "0:00"),
        (football(REGULAR, 1, 754), "12:34"),
        (football(REGULAR, 1, 2700), "45:00"),
        (football(REGULAR, 1, 2700 + 130), "45+2:10"),
        (football(REGULAR, 2, 0), "45:00"),
        (football(REGULAR, 2, 2700 + 61), "90+1:01"),
        (football(OVERTIME, 1, 60), "91:00"),
        (football(OVERTIME, 2, 901), "120+0:01"),
        (football(SHOOTOUT, 1, 30), ""),
        (football(NONE, 0, 0), ""),
        (basketball(REGULAR, 1, 0), "12:00"),
        (basketball(REGULAR, 4, 0.4), "12:00"),
        (basketball(REGULAR, 4, 1), "11:59"),
        (basketball(REGULAR, 4, 660), "1:00"),
        (basketball(REGULAR, 4, 660.1), "0:59.9"),
        (basketball(REGULAR, 4, 720), "0:00.0"),
        (basketball(REGULAR, 4, 900), "0:00.0"),
        (basketball(OVERTIME, 1, 0), "5:00"),
        (ScoreState(), ""),
    ],
)
def test_stopped_clock_shows_its_anchor(state: ScoreState, shown: str) -> None:
    assert display_clock(state, KICK_OFF_S + 9999) == shown


def test_running_clock_counts_from_its_anchor() -> None:
    state = football(REGULAR, 1, 60, running=True)
    state.clock.as_of_ds = 610
    assert display_clock(state, KICK_OFF_S + 61 + 30.9) == "1:30"


def test_running_clock_of_basketball_counts_down() -> None:
    assert display_clock(basketball(REGULAR, 2, 30, running=True), KICK_OFF_S + 15) == "11:15"


def test_replayed_clock_runs_at_its_rate() -> None:
    state = football(REGULAR, 1, 60, running=True)
    state.sheet.clock_rate = 60
    assert display_clock(state, KICK_OFF_S + 2) == "3:00"


def test_clock_never_turns_back_when_the_server_seems_to_lag() -> None:
    assert display_clock(football(REGULAR, 1, 60, running=True), KICK_OFF_S - 5) == "1:00"


def test_sport_without_a_clock_has_no_elapsed_time() -> None:
    assert elapsed_s(ScoreState(), KICK_OFF_S) is None


def test_server_clock_believes_the_frame_that_was_least_late() -> None:
    clock = ServerClock()
    assert clock.now(7.0) == 7.0
    for late_s in (0.3, 0.05, 2.0):
        clock = clock.observed(1_000.0, 990.0 + late_s)
    assert clock.now(995.0) == pytest.approx(1_004.95)


def test_server_clock_forgets_what_it_saw_long_ago() -> None:
    clock = ServerClock().observed(1_000.0, 0.0)
    for _ in range(8):
        clock = clock.observed(1_000.0, 999.0)
    assert clock.offset_s == 1.0


@pytest.mark.parametrize("status", [GameStatus.GAME_STATUS_FINAL, GameStatus.GAME_STATUS_OFFICIAL])
def test_there_is_no_clock_after_the_end(status: GameStatus.ValueType) -> None:
    state = football(REGULAR, 2, 2800)
    state.status = status
    assert display_clock(state, KICK_OFF_S) == ""


def test_there_is_no_clock_between_periods() -> None:
    state = football(REGULAR, 1, 2800)
    state.period.on_break = True
    assert display_clock(state, KICK_OFF_S) == ""


@pytest.mark.parametrize(
    ("kind", "ordinal", "on_break", "status", "label"),
    [
        (NONE, 0, False, GameStatus.GAME_STATUS_SCHEDULED, ""),
        (REGULAR, 1, False, GameStatus.GAME_STATUS_LIVE, "1H"),
        (REGULAR, 1, True, GameStatus.GAME_STATUS_LIVE, "HT"),
        (REGULAR, 2, False, GameStatus.GAME_STATUS_LIVE, "2H"),
        (REGULAR, 2, True, GameStatus.GAME_STATUS_LIVE, "FT"),
        (REGULAR, 2, False, GameStatus.GAME_STATUS_FINAL, "FT"),
        (OVERTIME, 1, True, GameStatus.GAME_STATUS_LIVE, "ET1"),
        (OVERTIME, 2, False, GameStatus.GAME_STATUS_FINAL, "ET2"),
        (SHOOTOUT, 1, False, GameStatus.GAME_STATUS_FINAL, "PENS"),
    ],
)
def test_football_periods_have_their_usual_names(
    kind: PeriodKind.ValueType, ordinal: int, on_break: bool, status: GameStatus.ValueType, label: str
) -> None:
    state = football(kind, ordinal, 0)
    state.period.on_break, state.status = on_break, status
    assert period_label(state) == label


def test_basketball_periods_have_their_usual_names() -> None:
    assert period_label(basketball(REGULAR, 3, 0)) == "Q3"
    assert period_label(basketball(OVERTIME, 2, 0)) == "OT2"


def test_pause_between_periods_is_a_break() -> None:
    state = football(REGULAR, 1, 2700)
    assert status_label(state) == "live"
    state.period.on_break = True
    assert status_label(state) == "break"
    state.status = GameStatus.GAME_STATUS_FINAL
    assert status_label(state) == "final"
    assert status_label(ScoreState()) == "scheduled"
