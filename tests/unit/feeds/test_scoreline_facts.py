"""Our own match facts, as a person writes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scoreline.cli.documents import find_file
from scoreline.feeds.scoreline_facts.translation import ScorelineFacts
from scoreline.v1.event_pb2 import CardColor
from scoreline.v1.state_pb2 import GameStatus, PeriodKind
from tests.support.feeds import AWAY, HOME, details, fixture_bytes, goals, only, the_fault, the_game

FACTS = ScorelineFacts()
CUP_TIE = fixture_bytes("scoreline_facts", "cup_tie_on_penalties")


def changed(change: Callable[[Any], Any]) -> bytes:
    document = json.loads(CUP_TIE)
    change(document)
    return json.dumps(document).encode()


def test_the_bundled_match_ends_four_three() -> None:
    game = the_game(FACTS, find_file("france-argentina-2018").read_bytes())
    assert goals(game) == (4, 3)
    assert game.complete
    assert (game.game.home.name, game.game.away.name) == ("France", "Argentina")
    assert game.game.scheduled_time.ToJsonString() == "2018-06-30T14:00:00Z"
    names = {entry.player_id: entry.name for entry in game.game.roster}
    scorers = [(names[goal.player_id], goal.time.ordinal) for goal in only(game, "goal_scored")]
    assert scorers == [
        *(("A. Griezmann", 1), ("Á. Di María", 1), ("G. Mercado", 2), ("B. Pavard", 2)),
        *(("K. Mbappé", 2), ("K. Mbappé", 2), ("S. Agüero", 2)),
    ]
    assert len(only(game, "card_shown")) == 8
    assert len(only(game, "player_substituted")) == 6


def test_a_cup_tie_goes_through_every_period_to_its_end() -> None:
    game = the_game(FACTS, CUP_TIE)
    assert goals(game) == (1, 1)
    assert [kick.shootout_attempted.scored for kick in only(game, "shootout_attempted")] == [True, False]
    regular, overtime = PeriodKind.PERIOD_KIND_REGULAR, PeriodKind.PERIOD_KIND_OVERTIME
    assert [(one.time.kind, one.time.ordinal) for one in only(game, "period_ended")] == [
        *((regular, 1), (regular, 2), (overtime, 1), (overtime, 2)),
        (PeriodKind.PERIOD_KIND_SHOOTOUT, 1),
    ]
    assert game.events[-1].event.status_changed.status == GameStatus.GAME_STATUS_FINAL


def test_minutes_are_placed_within_their_period() -> None:
    game = the_game(FACTS, CUP_TIE)
    first_card, second_card = only(game, "card_shown")
    assert first_card.time.elapsed_ms == (46 * 60 + 30) * 1000
    assert (second_card.time.ordinal, second_card.time.elapsed_ms) == (2, (42 * 60 + 30) * 1000)
    assert second_card.card_shown.color == CardColor.CARD_COLOR_SECOND_YELLOW


def test_an_own_goal_is_written_with_the_team_of_its_player() -> None:
    own = only(the_game(FACTS, CUP_TIE), "goal_scored")[1]
    assert (own.side, own.player_id, own.goal_scored.own_goal) == (AWAY, "north-1", True)


def test_a_missed_penalty_is_awarded_first() -> None:
    kinds = details(the_game(FACTS, CUP_TIE))
    assert kinds[kinds.index("penalty_awarded") + 1] == "shot_taken"
    assert only(the_game(FACTS, CUP_TIE), "penalty_awarded")[0].side == AWAY


def test_offsets_and_times_never_fall() -> None:
    game = the_game(FACTS, CUP_TIE)
    offsets = [offset_s for offset_s, _ in game.events]
    assert offsets == sorted(offsets)
    first = game.events[0].event
    assert first.occurred_time.ToJsonString() == "2024-05-01T18:00:00Z"


def test_a_match_written_so_far_is_a_prefix_of_the_whole() -> None:
    whole = [event for _, event in the_game(FACTS, CUP_TIE).events]
    facts = json.loads(CUP_TIE)["facts"]
    for count in range(len(facts)):
        game = the_game(FACTS, changed(lambda root, count=count: root.update(facts=facts[:count])))
        assert not game.complete
        told = [event for _, event in game.events]
        assert told == whole[: len(told)]


def test_sides_and_squads_are_told() -> None:
    game = the_game(FACTS, CUP_TIE).game
    assert [(one.side, one.shirt_number) for one in game.roster] == [
        *((HOME, 1), (HOME, 9), (HOME, 12)),
        *((AWAY, 1), (AWAY, 5)),
    ]


def fact(index: int, **values: Any) -> Callable[[Any], Any]:
    return lambda root: root["facts"][index].update(values)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda root: root.update(format="other"), "format"),
        (lambda root: root.update(version=2), "version"),
        (lambda root: root.update(game_id="a/b"), "game_id"),
        (lambda root: root.update(kick_off="2024-05-01T20:00:00"), "kick_off"),
        (lambda root: root.update(kick_off="soon"), "kick_off"),
        (lambda root: root["home"]["players"][0].update(shirt=9), "home.players[1].shirt"),
        (lambda root: root["away"].pop("name"), "away.name"),
        (lambda root: root["away"].update(id="north"), "away.id"),
        (fact(1, minute="46"), "facts[1].minute"),
        (fact(1, minute="13+1"), "facts[1].minute"),
        (fact(1, minute=1.5), "facts[1].minute"),
        (fact(1, minute="first"), "facts[1].minute"),
        (fact(1, minute="45+9"), "facts[2].minute"),
        (fact(1, team="both"), "facts[1].team"),
        (fact(1, player=77), "facts[1].player"),
        (fact(1, type="try"), "facts[1].type"),
        (fact(1, type="shootout_goal"), "facts[1].type"),
        (fact(1, type="full_time"), "facts[1].type"),
        (fact(0, type="second_half"), "facts[1].minute"),
        (fact(4, type="kick_off"), "facts[4].type"),
        (
            lambda root: root["facts"].insert(4, {"type": "red_card", "team": "home", "player": 1}),
            "facts[4].type",
        ),
        (lambda root: root["facts"].append({"type": "goal"}), "facts[18]"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(change: Callable[[Any], Any], field: str) -> None:
    assert the_fault(FACTS, changed(change)).field == field
