"""The play-by-play of data.nba.com, one oddity at a time."""

from __future__ import annotations

import json

from scoreline.feeds.adapter import GameTranslation
from scoreline.feeds.nba_data.translation import NbaData
from tests.support.feeds import AWAY, HOME, details, fixture_bytes, only, the_fault, the_game

DATA = NbaData()


def game_of(name: str) -> GameTranslation:
    return the_game(DATA, fixture_bytes("nba_data", name))


def test_sides_come_from_whose_baskets_move_which_score() -> None:
    game = game_of("quarter_in_progress")
    scored = [(event.side, event.points_scored.points) for event in only(game, "points_scored")]
    assert scored == [(AWAY, 2), (HOME, 3), (HOME, 1)]
    assert (game.game.away.short_name, game.game.home.short_name) == ("ALP", "HBR")


def test_a_missed_throw_is_told_in_words_only() -> None:
    missed = only(game_of("quarter_in_progress"), "shot_taken")
    assert [event.shot_taken.value for event in missed] == [1, 3]


def test_who_has_the_ball_is_told() -> None:
    held = [event.side for event in only(game_of("quarter_in_progress"), "possession_gained")]
    assert held == [AWAY, HOME, AWAY]


def test_an_assist_is_told() -> None:
    assert only(game_of("quarter_in_progress"), "points_scored")[0].points_scored.assist_player_id == "nba-22"


def test_game_end_ends_the_period_first() -> None:
    game = game_of("game_end")
    assert details(game)[-2:] == ["period_ended", "status_changed"]
    assert [event.event_id for _, event in game.events][-2:] == ["601-period", "601"]
    assert game.complete
    assert not game_of("quarter_in_progress").complete


def test_a_code_that_is_no_code_names_nobody() -> None:
    root = json.loads(fixture_bytes("nba_data", "quarter_in_progress"))
    root["g"]["gcode"] = "unknown"
    assert the_game(DATA, json.dumps(root).encode()).game.home.short_name == ""


def test_a_basket_of_no_team_is_refused() -> None:
    root = json.loads(fixture_bytes("nba_data", "quarter_in_progress"))
    root["g"]["pd"][0]["pla"][1]["tid"] = 0
    assert "no team" in the_fault(DATA, json.dumps(root).encode()).message


def test_wrong_values_are_named() -> None:
    root = json.loads(fixture_bytes("nba_data", "quarter_in_progress"))
    root["g"]["pd"][0]["pla"][1]["cl"] = "noon"
    assert the_fault(DATA, json.dumps(root).encode()).field == "g.pd[0].pla[1].cl"
    root["g"]["gid"] = "x"
    assert the_fault(DATA, json.dumps(root).encode()).field == "g.gid"
