"""DataFactory's files, one oddity at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scoreline.feeds.datafactory.translation import DataFactory
from scoreline.v1.event_pb2 import CardColor, EventAction
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import PeriodKind
from stated.core.steps import Duplicate
from tests.support.feeds import AWAY, HOME, details, fixture_bytes, goals, only, the_fault, the_game
from tests.unit.stated.match import Folder

DATA_FACTORY = DataFactory()


def game_of(name: str):  # type: ignore[no-untyped-def]
    return the_game(DATA_FACTORY, fixture_bytes("datafactory", name))


def changed(name: str, change: Callable[[Any], Any]) -> bytes:
    document = json.loads(fixture_bytes("datafactory", name))
    change(document)
    return json.dumps(document).encode()


def test_an_own_goal_counts_for_the_other_side_and_a_penalty_is_awarded_first() -> None:
    game = game_of("own_goal_and_cards")
    own, open_play, penalty = only(game, "goal_scored")
    assert (own.side, own.goal_scored.own_goal, own.player_id) == (HOME, True, "datafactory-201")
    assert open_play.goal_scored.assist_player_id == "datafactory-102"
    assert (penalty.side, penalty.goal_scored.penalty) == (AWAY, True)
    assert goals(game) == (2, 1)
    assert [one.event_id for one in only(game, "penalty_awarded")] == ["1150-award", "1600-award"]


def test_a_shot_that_repeats_a_goal_is_not_told_again() -> None:
    shots = only(game_of("own_goal_and_cards"), "shot_taken")
    assert [(one.event_id, one.shot_taken.on_target) for one in shots] == [
        ("1120", True),
        ("1130", False),
        ("1150", True),
    ]


def test_order_is_time_of_play_and_whistles_stand_around_it() -> None:
    game = game_of("own_goal_and_cards")
    assert details(game)[:3] == ["period_started", "play_observed", "play_observed"]
    assert details(game)[-4:] == ["card_shown", "period_ended", "status_changed", ""]
    sequences = [event.sequence for _, event in game.events[:-1]]
    assert sequences == sorted(set(sequences))
    assert game.complete


def test_what_was_deleted_is_taken_back() -> None:
    event = game_of("own_goal_and_cards").events[-1].event
    assert (event.event_id, event.action) == ("1099", EventAction.EVENT_ACTION_RETRACT)


def test_cards_and_substitutions_are_told() -> None:
    game = game_of("own_goal_and_cards")
    assert [one.card_shown.color for one in only(game, "card_shown")] == [
        CardColor.CARD_COLOR_YELLOW,
        CardColor.CARD_COLOR_SECOND_YELLOW,
        CardColor.CARD_COLOR_RED,
    ]
    [exchange] = only(game, "player_substituted")
    assert (exchange.player_id, exchange.player_substituted.player_in_id) == (
        "datafactory-201",
        "datafactory-202",
    )


def test_a_shootout_has_attempts_and_no_goals() -> None:
    game = game_of("shootout")
    assert [one.shootout_attempted.scored for one in only(game, "shootout_attempted")] == [True, False, True]
    assert {one.time.kind for one in only(game, "shootout_attempted")} == {PeriodKind.PERIOD_KIND_SHOOTOUT}
    assert not only(game, "goal_scored")
    assert len(only(game, "period_started")) == 5
    assert game.complete


def test_a_match_in_progress_is_not_over() -> None:
    game = game_of("in_progress")
    assert not game.complete
    assert goals(game) == (1, 0)


def test_teams_players_and_start_are_told() -> None:
    game = game_of("own_goal_and_cards").game
    assert (game.home.name, game.away.short_name, game.game_id) == ("Northport", "SOU", "datafactory-5001")
    assert game.scheduled_time.ToJsonString() == "2031-05-01T21:30:00Z"
    assert next((entry.name, entry.shirt_number) for entry in game.roster) == ("A. P101", 1)
    plain = changed("in_progress", lambda root: (root["match"].pop("date"), root.pop("teams")))
    assert not the_game(DATA_FACTORY, plain).game.HasField("scheduled_time")


def test_a_registered_game_gives_the_events_its_id() -> None:
    body = fixture_bytes("datafactory", "in_progress")
    result = DATA_FACTORY.parse(body, provider_id="demo", lookup={"5001": Game(game_id="derby")}.get)
    assert {event.game_id for _, event in result.games[0].events} == {"derby"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda root: root.pop("match"), "match"),
        (lambda root: root["match"].update(awayTeamId=11), "match.awayTeamId"),
        (lambda root: root["match"].update(date="20319999"), "match.date"),
        (lambda root: root["incidences"]["goals"]["1500"].update(team=99), "incidences.goals.1500.team"),
        (lambda root: root["incidences"]["goals"]["1500"].pop("t"), "incidences.goals.1500.t"),
        (lambda root: root["incidences"]["goals"].update(x={}), "incidences.goals.x"),
        (lambda root: root.update(deletedIncidences=["x"]), "deletedIncidences[0]"),
        (lambda root: root["players"].update({"9": {"teamId": 11}}), "players.9.name"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(change: Callable[[Any], Any], field: str) -> None:
    assert the_fault(DATA_FACTORY, changed("own_goal_and_cards", change)).field == field


def test_a_file_sent_again_changes_nothing_and_what_is_deleted_later_is_taken_back() -> None:
    first = fixture_bytes("datafactory", "own_goal_and_cards")
    body = json.loads(first)
    body["match"]["revision"] += 1
    body["deletedIncidences"].append("1500")
    del body["incidences"]["goals"]["1500"]
    folder = Folder(game_of("own_goal_and_cards").game)
    for document in (first, first, json.dumps(body).encode()):
        for _, event in the_game(DATA_FACTORY, document).events:
            event.provider_id = "demo"
            folder.offer(event)
        folder.finish()
    score = folder.fold.state.score
    assert (score.home, score.away) == (1, 1)
    told = len(the_game(DATA_FACTORY, first).events)
    assert sum(isinstance(step, Duplicate) for step in folder.steps) == 2 * told - 1
