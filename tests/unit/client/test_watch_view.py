from __future__ import annotations

from io import StringIO

from rich.console import Console

from scoreline.cli.watch_view import as_line, as_object, as_panels, connection_line, printable
from scoreline.domain.position import Position
from scoreline.v1.game_pb2 import Side, Sport
from scoreline.v1.state_pb2 import GameStatus, KeyEventKind, PeriodKind, ScoreState
from scoreline_client import ConnectionState, Update
from scoreline_client.timeline import timeline

NOW_S = 1_542_067_200 + 100.0


def update(*, voided: bool = False, hostile: bool = False) -> Update:
    state = ScoreState(status=GameStatus.GAME_STATUS_LIVE, score={"home": 1, "away": 0})
    state.period.kind, state.period.ordinal = PeriodKind.PERIOD_KIND_REGULAR, 2
    state.clock.elapsed_ds, state.clock.running, state.clock.as_of_ds = 600, True, 1000
    sheet = state.sheet
    sheet.sport, sheet.reference_time_s = Sport.SPORT_FOOTBALL, 1_542_067_200
    sheet.regular_periods, sheet.regular_period_s = 2, 2700
    sheet.home.name, sheet.away.name = "Harbour Town", "Upper [bold]Valley"
    sheet.roster[9].name, sheet.roster[9].side = (
        "B. Striker\x1b[2J" if hostile else "B. Striker",
        Side.SIDE_AWAY,
    )
    goal = state.key_events[4]
    goal.kind, goal.player, goal.period, goal.elapsed_s = KeyEventKind.KEY_EVENT_KIND_GOAL, 9, 2, 55
    if voided:
        goal.voided = True
    return Update("g1", state, Position(100, 7), tuple(timeline(state)))


def drawn(one: Update, *, color: bool = False) -> str:
    screen = StringIO()
    console = Console(file=screen, width=80, force_terminal=color, color_system="standard" if color else None)
    footer = connection_line(ConnectionState.LIVE, degraded=False, url="ws://h")
    console.print(as_panels(["g1", "g2", "g3"], {"g1": one}, {"g3": "g3: unknown"}, footer, NOW_S))
    return screen.getvalue()


def test_panel_shows_teams_score_time_and_names() -> None:
    shown = drawn(update())
    for part in (
        "Harbour Town",
        "Upper [bold]Valley",
        "1 - 0",
        "2H 46:00",
        "live",
        "46'",
        "goal B. Striker",
        "ws://h",
    ):
        assert part in shown
    assert "waiting for its first state" in shown
    assert "g3: unknown" in shown


def test_voided_event_is_struck_through() -> None:
    assert "\x1b[2;9mgoal" in drawn(update(voided=True), color=True)
    assert "\x1b[2;9mgoal" not in drawn(update(), color=True)


def test_line_says_what_is_new() -> None:
    assert (
        as_line(update(), NOW_S)
        == "Harbour Town 1 - 0 Upper [bold]Valley  2H 46:00  live  46' goal B. Striker"
    )
    assert as_line(update(voided=True), NOW_S).endswith("goal B. Striker (taken back)")


def test_object_has_plain_fields() -> None:
    spelled = as_object(update(), ConnectionState.POLLING, NOW_S)
    assert spelled["home_score"] == 1
    assert spelled["home_shootout"] is None
    assert (spelled["status"], spelled["period"], spelled["clock"]) == ("live", "2H", "46:00")
    assert (spelled["version"], spelled["epoch"], spelled["connection"]) == (7, 100, "polling")
    assert spelled["new_events"][0]["side"] == "away"


def test_shootout_stands_beside_the_score() -> None:
    one = update()
    one.state.score.home_shootout, one.state.score.away_shootout = 4, 3
    assert "Harbour Town 1 (4) - (3) 0" in as_line(one, NOW_S)


def test_names_can_not_command_the_terminal() -> None:
    assert printable("a\x1b[2Jb\nc") == "a�[2Jb�c"
    assert "\x1b" not in drawn(update(hostile=True))
    assert "\x1b" not in as_line(update(hostile=True), NOW_S)


def test_a_shootout_does_not_run_into_the_names_of_the_teams() -> None:
    one = update()
    one.state.score.home_shootout, one.state.score.away_shootout = 13, 12
    assert "Harbour Town 1 (13) - (12) 0 Upper [bold]Valley" in " ".join(drawn(one).split())
