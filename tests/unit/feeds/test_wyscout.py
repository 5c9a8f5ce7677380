"""Wyscout's files, one oddity at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scoreline.feeds.wyscout.translation import Wyscout
from scoreline.v1.event_pb2 import CardColor, FeedOrdering
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import GameStatus, PeriodKind
from tests.support.feeds import (
    AWAY,
    HOME,
    details,
    fixture_bytes,
    goals,
    only,
    the_fault,
    the_game,
)

WYSCOUT = Wyscout()


def game_of(name: str):
    return the_game(WYSCOUT, fixture_bytes("wyscout", name))


def changed(name: str, change: Callable[[Any], Any]) -> bytes:
    document = json.loads(fixture_bytes("wyscout", name))
    change(document)
    return json.dumps(document).encode()


def test_a_whole_match_is_told_with_its_periods_around_it() -> None:
    assert details(game_of("whole_match")) == [
        *("period_started", "play_observed", "goal_scored", "play_observed", "play_observed", "period_ended"),
        *("period_started", "play_observed", "corner_awarded", "offside_called", "foul_committed"),
        *("shot_taken", "shot_taken", "play_observed", "period_ended", "status_changed"),
    ]


def test_sequences_are_counted_without_gaps_and_ids_are_unique() -> None:
    events = [event for _, event in game_of("whole_match").events]
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert len({event.event_id for event in events}) == len(events)
    assert {event.ordering for event in events} == {FeedOrdering.FEED_ORDERING_CONTIGUOUS}


def test_the_first_team_is_at_home_and_names_are_unescaped() -> None:
    game = game_of("whole_match").game
    assert (game.home.name, game.away.name) == ("Northport", "Southvale")
    assert (game.game_id, game.providers[0].external_game_id) == ("wyscout-9001", "9001")
    assert "B. Strić" in [entry.name for entry in game.roster]


def test_match_time_is_the_time_in_the_period() -> None:
    [goal] = only(game_of("whole_match"), "goal_scored")
    assert (goal.time.kind, goal.time.ordinal) == (PeriodKind.PERIOD_KIND_REGULAR, 1)
    assert goal.time.elapsed_ms == 600_250


def test_offsets_never_fall_and_leave_room_for_the_break() -> None:
    offsets = [offset_s for offset_s, _ in game_of("whole_match").events]
    assert offsets == sorted(offsets)
    assert offsets[-1] == 2760 + 900 + 2800


def test_shots_tell_whether_they_were_on_target() -> None:
    assert [shot.shot_taken.on_target for shot in only(game_of("whole_match"), "shot_taken")] == [True, False]


def test_an_own_goal_counts_for_the_other_side_and_keeps_its_scorer() -> None:
    [goal] = only(game_of("own_goal"), "goal_scored")
    assert (goal.side, goal.player_id, goal.goal_scored.own_goal) == (HOME, "wyscout-722", True)


def test_a_keeper_who_carries_the_goal_tag_has_not_scored() -> None:
    assert goals(game_of("keeper_carries_the_goal_tag")) == (0, 0)


def test_a_penalty_is_awarded_then_scored_saved_or_missed() -> None:
    game = game_of("penalties")
    assert details(game)[2:8] == ["penalty_awarded", "goal_scored", *["penalty_awarded", "shot_taken"] * 2]
    assert only(game, "goal_scored")[0].goal_scored.penalty
    assert [shot.shot_taken.on_target for shot in only(game, "shot_taken")] == [True, False]


def test_cards_follow_the_foul_that_brought_them_and_misconduct_is_no_foul() -> None:
    game = game_of("second_yellow")
    assert details(game)[2:] == [
        *("foul_committed", "card_shown", "foul_committed", "card_shown"),
        *("play_observed", "card_shown", "play_observed"),
    ]
    assert [card.card_shown.color for card in only(game, "card_shown")] == [
        CardColor.CARD_COLOR_YELLOW,
        CardColor.CARD_COLOR_SECOND_YELLOW,
        CardColor.CARD_COLOR_RED,
    ]


def test_a_goal_in_extra_time_ends_the_match() -> None:
    game = game_of("extra_time_decides")
    assert goals(game) == (0, 1)
    assert game.complete
    starts = [(event.time.kind, event.time.ordinal) for event in only(game, "period_started")]
    regular, overtime = PeriodKind.PERIOD_KIND_REGULAR, PeriodKind.PERIOD_KIND_OVERTIME
    assert starts == [(regular, 1), (regular, 2), (overtime, 1), (overtime, 2)]


def test_a_level_score_after_extra_time_is_no_end() -> None:
    document = changed("extra_time_decides", lambda root: root["events"].pop(7))
    game = the_game(WYSCOUT, document)
    assert not game.complete
    assert details(game)[-1] == "play_observed"


def test_shootout_kicks_are_no_goals_and_a_decided_one_ends_the_match() -> None:
    game = game_of("shootout_decided")
    kicks = [(kick.side, kick.shootout_attempted.scored) for kick in only(game, "shootout_attempted")]
    assert kicks == [
        *((HOME, True), (AWAY, True), (HOME, False), (AWAY, True), (HOME, False), (AWAY, True)),
        (HOME, False),
    ]
    assert goals(game) == (0, 0)
    [final] = only(game, "status_changed")
    assert final.status_changed.status == GameStatus.GAME_STATUS_FINAL


def test_a_shootout_that_can_still_turn_leaves_the_match_live() -> None:
    assert not game_of("shootout_cut").complete


def test_a_file_that_is_cut_stays_live_in_its_period() -> None:
    game = game_of("cut_in_the_second_half")
    assert not game.complete
    assert details(game)[-1] == "play_observed"
    assert len(only(game, "period_ended")) == 1


@pytest.mark.parametrize(("last_second", "over"), [(2_689.9, False), (2_690, True), (2_900, True)])
def test_a_second_half_is_over_from_the_last_touch_before_its_nominal_end(
    last_second: float, over: bool
) -> None:
    document = changed("cut_in_the_second_half", lambda root: root["events"][-1].update(eventSec=last_second))
    assert the_game(WYSCOUT, document).complete is over


def test_every_cut_of_a_file_tells_the_beginning_of_the_whole() -> None:
    document = json.loads(fixture_bytes("wyscout", "shootout_decided"))
    whole = [event for _, event in the_game(WYSCOUT, json.dumps(document).encode()).events]
    entries = document["events"]
    for count in range(1, len(entries)):
        document["events"] = entries[:count]
        game = the_game(WYSCOUT, json.dumps(document).encode())
        told = [event for _, event in game.events]
        # A cut right after a full second half looks like the end of a match: nothing in it says otherwise.
        assert game.complete == (entries[count - 1]["eventSec"] == 2790)
        told = told[:-2] if game.complete else told
        assert told == whole[: len(told)]


def test_entries_are_put_in_order_of_period_second_and_id() -> None:
    game = game_of("tied_stamps_out_of_order")
    assert [event.event_id for _, event in game.events] == [
        *("1H-start", "1", "2", "3", "1H-end", "2H-start", "8", "9"),
    ]


def test_of_two_entries_under_one_id_the_later_counts() -> None:
    assert goals(game_of("one_entry_twice")) == (1, 0)


def test_a_place_off_the_field_is_left_out() -> None:
    document = changed("own_goal", lambda root: root["events"][0]["positions"][0].update(x=101))
    play = only(the_game(WYSCOUT, document), "play_observed")[0].play_observed
    assert not play.HasField("x_permille")
    kept = only(game_of("own_goal"), "play_observed")[0].play_observed
    assert (kept.x_permille, kept.y_permille) == (500, 500)


def test_a_registered_game_gives_the_events_its_id() -> None:
    document = fixture_bytes("wyscout", "own_goal")
    result = WYSCOUT.parse(document, provider_id="demo", lookup={"9001": Game(game_id="the-derby")}.get)
    assert {event.game_id for _, event in result.games[0].events} == {"the-derby"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda root: root.pop("events"), "events"),
        (lambda root: root.update(events={}), "events"),
        (lambda root: root.update(events=[]), "events"),
        (lambda root: root.update(events=[17]), "events[0]"),
        (lambda root: root["events"][1].pop("eventSec"), "events[1].eventSec"),
        (lambda root: root["events"][1].update(eventSec="12"), "events[1].eventSec"),
        (lambda root: root["events"][1].update(eventSec=-1), "events[1].eventSec"),
        (lambda root: root["events"][1].update(eventSec=True), "events[1].eventSec"),
        (lambda root: root["events"][1].update(matchPeriod="3H"), "events[1].matchPeriod"),
        (lambda root: root["events"][1].update(matchPeriod=2), "events[1].matchPeriod"),
        (lambda root: root["events"][1].update(teamId=99), "events[1].teamId"),
        (lambda root: root["events"][1].update(matchId=9002), "events[1].matchId"),
        (lambda root: root["events"][1].update(id=None), "events[1].id"),
        (lambda root: root["events"][1].update(tags=[{"id": "goal"}]), "events[1].tags[0].id"),
        (lambda root: root["events"][1].update(tags=101), "events[1].tags"),
        (lambda root: root["events"][1].update(positions=[{"x": 1}]), "events[1].positions[0].y"),
        (lambda root: root["events"][1].update(eventName="x" * 300), "events[1].eventName"),
        (lambda root: root["teams"].pop("72"), "teams"),
        (lambda root: root["teams"]["71"]["team"].pop("name"), "teams.71.team.name"),
        (lambda root: root["players"].update({"71": "nobody"}), "players.71"),
        (
            lambda root: root["players"]["71"][0]["player"].update(shortName="a\0b"),
            "players.71[0].player.shortName",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(change: Callable[[Any], Any], field: str) -> None:
    assert the_fault(WYSCOUT, changed("own_goal", change)).field == field
