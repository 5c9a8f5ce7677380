from __future__ import annotations

import pytest

from scoreline.v1.game_pb2 import Side, Sport
from scoreline.v1.state_pb2 import KeyEventKind, ScoreState
from scoreline_client.timeline import changed_entries, timeline

GOAL, OWN_GOAL = KeyEventKind.KEY_EVENT_KIND_GOAL, KeyEventKind.KEY_EVENT_KIND_OWN_GOAL


def game(sport: Sport.ValueType = Sport.SPORT_FOOTBALL) -> ScoreState:
    state = ScoreState()
    sheet = state.sheet
    sheet.sport, sheet.regular_periods, sheet.regular_period_s, sheet.overtime_period_s = sport, 2, 2700, 900
    sheet.roster[9].name, sheet.roster[9].side = "B. Striker", Side.SIDE_HOME
    sheet.roster[4].name, sheet.roster[4].side = "D. Back", Side.SIDE_AWAY
    if sport == Sport.SPORT_BASKETBALL:
        sheet.regular_periods, sheet.regular_period_s, sheet.overtime_period_s = 4, 720, 300
        sheet.counts_down = True
    return state


def add(
    state: ScoreState,
    key: int,
    kind: KeyEventKind.ValueType,
    *,
    period: int = 1,
    elapsed_s: int = 0,
    player: int = 9,
) -> None:
    event = state.key_events[key]
    event.kind, event.period, event.elapsed_s, event.player = kind, period, elapsed_s, player


def test_entries_come_oldest_first_with_names() -> None:
    state = game()
    add(state, 20, GOAL, elapsed_s=754)
    add(state, 3, KeyEventKind.KEY_EVENT_KIND_YELLOW_CARD, player=4)
    state.key_events[20].other_player = 77
    card, goal = timeline(state)
    assert (card.what, card.player, card.side) == ("yellow card", "D. Back", Side.SIDE_AWAY)
    assert (goal.what, goal.player, goal.other_player, goal.when) == ("goal", "B. Striker", "#77", "13'")


def test_own_goal_is_credited_to_the_other_side() -> None:
    state = game()
    add(state, 1, OWN_GOAL, player=4)
    add(state, 2, OWN_GOAL, player=9)
    assert [entry.side for entry in timeline(state)] == [Side.SIDE_HOME, Side.SIDE_AWAY]


def test_entry_without_a_player_has_the_side_that_was_sent() -> None:
    state = game()
    state.key_events[1].kind, state.key_events[1].side = GOAL, Side.SIDE_AWAY
    (entry,) = timeline(state)
    assert (entry.player, entry.side, entry.when) == ("", Side.SIDE_AWAY, "")


@pytest.mark.parametrize(
    ("period", "elapsed_s", "when"),
    [
        (1, 0, "1'"),
        (1, 2699, "45'"),
        (1, 2700, "45+1'"),
        (1, 2825, "45+3'"),
        (2, 0, "46'"),
        (2, 2700, "90+1'"),
        (3, 0, "91'"),
        (4, 899, "120'"),
        (4, 900, "120+1'"),
        (15, 0, "PENS"),
    ],
)
def test_football_counts_minutes_from_one(period: int, elapsed_s: int, when: str) -> None:
    state = game()
    add(state, 1, GOAL, period=period, elapsed_s=elapsed_s)
    assert timeline(state)[0].when == when


def test_basketball_shows_what_was_left_of_the_period() -> None:
    state = game(Sport.SPORT_BASKETBALL)
    add(state, 1, KeyEventKind.KEY_EVENT_KIND_THREE_POINTS, period=3, elapsed_s=468)
    add(state, 2, KeyEventKind.KEY_EVENT_KIND_TIMEOUT, period=5, elapsed_s=10)
    assert [entry.when for entry in timeline(state)] == ["Q3 4:12", "OT1 4:50"]


def test_kind_newer_than_the_library_has_no_words() -> None:
    state = game()
    state.key_events[1].kind = 99
    assert timeline(state)[0].what == ""


def test_changes_are_new_entries_and_entries_with_other_content() -> None:
    before, after = game(), game()
    for state in (before, after):
        add(state, 1, GOAL)
        add(state, 2, GOAL)
    after.key_events[1].voided = True
    add(after, 3, OWN_GOAL)
    assert [(entry.key, entry.voided) for entry in changed_entries(before, after)] == [(1, True), (3, False)]
    assert 3 not in before.key_events
