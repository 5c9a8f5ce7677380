"""MLB's live document, one oddity at a time."""

from __future__ import annotations

import json

import pytest

from scoreline.feeds.adapter import GameTranslation
from scoreline.feeds.mlb.translation import MlbGumbo
from scoreline.v1.event_baseball_pb2 import BaseballResult
from scoreline.v1.event_pb2 import FeedOrdering, GameEvent
from scoreline.v1.game_pb2 import Game
from scoreline.v1.situation_baseball_pb2 import InningHalf
from scoreline.v1.state_pb2 import GameStatus, PeriodKind
from tests.support.feeds import AWAY, HOME, details, fixture_bytes, only, the_fault, the_game

GUMBO = MlbGumbo()


def game_of(name: str) -> GameTranslation:
    return the_game(GUMBO, fixture_bytes("mlb_gumbo", name))


def by_id(game: GameTranslation) -> dict[str, GameEvent]:
    return {event.event_id: event for _, event in game.events}


def test_a_game_in_progress_is_told_turn_by_turn() -> None:
    game = game_of("in_progress")
    assert [event.event_id for _, event in game.events] == [
        *("inning-1-start", "0-up", "0.2", "0.3", "0"),
        *("1-up", "1.0", "1.1", "1.2", "1.3", "1.4", "1"),
        *("2-up", "2.0", "2.1"),
    ]
    assert not game.complete
    assert (game.game.away.name, game.game.home.short_name, game.game.season) == (
        "Alpine Asters",
        "HBR",
        "2030",
    )
    roster = [(entry.player_id, entry.side, entry.shirt_number) for entry in game.game.roster]
    assert roster == [("mlb-21", HOME, 7), ("mlb-22", HOME, 0), ("mlb-11", AWAY, 10), ("mlb-12", AWAY, 0)]


def test_sequences_rise_and_promise_no_more_than_that() -> None:
    events = [event for _, event in game_of("in_progress").events]
    assert [one.sequence for one in events] == sorted({one.sequence for one in events})
    assert {one.ordering for one in events} == {FeedOrdering.FEED_ORDERING_MONOTONIC}


def test_runs_of_a_hit_count_with_the_end_of_the_turn() -> None:
    homer = by_id(game_of("in_progress"))["1"]
    assert (homer.side, homer.player_id) == (AWAY, "mlb-12")
    play = homer.baseball_play
    assert (play.result, play.runs, play.bases) == (BaseballResult.BASEBALL_RESULT_HOME_RUN, 2, 0)
    assert (homer.reported_score.home, homer.reported_score.away) == (0, 2)
    assert not by_id(game_of("in_progress"))["1.4"].baseball_play.runs


def test_a_steal_moves_the_runner_during_the_turn() -> None:
    steal = by_id(game_of("in_progress"))["1.1"].baseball_play
    assert (steal.result, steal.bases) == (BaseballResult.BASEBALL_RESULT_RUNNING, 2)


def test_actions_without_consequence_are_plays_under_a_word_of_ours() -> None:
    observed = [event.play_observed.kind for event in only(game_of("in_progress"), "play_observed")]
    assert observed == ["mound_visit", "other"]


def test_a_pitcher_who_comes_is_named_when_he_comes() -> None:
    events = by_id(game_of("in_progress"))
    assert events["0-up"].baseball_play.pitcher_id == "mlb-21"
    assert not events["2-up"].baseball_play.pitcher_id
    assert events["2.1"].baseball_play.pitcher_id == "mlb-22"


def test_before_the_first_pitch_nothing_has_begun() -> None:
    assert not game_of("not_begun").events


def test_a_walk_off_in_an_extra_inning_of_a_game_of_seven() -> None:
    game = game_of("walk_off_in_the_eighth_of_seven")
    assert game.complete
    assert game.game.rules.regular_periods == 7
    events = by_id(game)
    assert (events["41"].time.kind, events["41"].time.ordinal) == (PeriodKind.PERIOD_KIND_OVERTIME, 1)
    assert events["41.0"].baseball_play.bases == 2
    assert events["41"].baseball_play.bases == 0
    assert events["inning-8-bottom"].half_inning_started.half == InningHalf.INNING_HALF_BOTTOM
    last = events["42"].baseball_play
    assert (last.runs, last.errors, last.bases) == (1, 1, 1)
    assert [event.event_id for _, event in game.events][-2:] == ["inning-8-end", "status-final"]


def test_rain_interrupts_and_play_goes_on() -> None:
    statuses = [event.status_changed.status for event in only(game_of("rain_delay"), "status_changed")]
    assert statuses == [GameStatus.GAME_STATUS_INTERRUPTED, GameStatus.GAME_STATUS_LIVE]


@pytest.mark.parametrize(
    ("name", "status", "complete"),
    [
        ("called_early", GameStatus.GAME_STATUS_FINAL, True),
        ("suspended", GameStatus.GAME_STATUS_INTERRUPTED, False),
        ("postponed", GameStatus.GAME_STATUS_POSTPONED, False),
    ],
)
def test_a_game_that_is_not_played_to_the_end_says_so(name: str, status: int, complete: bool) -> None:
    game = game_of(name)
    assert only(game, "status_changed")[-1].status_changed.status == status
    assert game.complete == complete
    assert ("period_ended" in details(game)) == complete


def test_the_registered_game_lends_its_id() -> None:
    document = fixture_bytes("mlb_gumbo", "in_progress")
    result = GUMBO.parse(document, provider_id="demo", lookup={"900001": Game(game_id="final")}.get)
    assert {event.game_id for _, event in result.games[0].events} == {"final"}  # type: ignore[union-attr]


def test_a_wrong_value_is_named_by_its_place() -> None:
    root = json.loads(fixture_bytes("mlb_gumbo", "in_progress"))
    root["liveData"]["plays"]["allPlays"][1]["playEvents"][0]["count"]["balls"] = "one"
    fault = the_fault(GUMBO, json.dumps(root).encode())
    assert fault.field == "liveData.plays.allPlays[1].playEvents[0].count.balls"
