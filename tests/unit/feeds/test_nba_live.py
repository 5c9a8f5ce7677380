"""The NBA's live documents, one oddity at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scoreline.feeds.adapter import Translation
from scoreline.feeds.nba_live import specification as spec
from scoreline.feeds.nba_live.translation import NbaLive
from scoreline.v1.event_pb2 import FeedOrdering
from scoreline.v1.game_pb2 import Game, Team
from scoreline.v1.state_pb2 import GameStatus, PeriodKind
from tests.support.feeds import AWAY, HOME, details, fixture_bytes, only, the_fault, the_game

NBA = NbaLive()


def game_of(name: str):
    return the_game(NBA, fixture_bytes("nba_cdn", name))


def changed(name: str, change: Callable[[Any], Any]) -> bytes:
    document = json.loads(fixture_bytes("nba_cdn", name))
    change(document["game"])
    return json.dumps(document).encode()


def test_a_quarter_in_progress_is_told_with_clock_and_possession() -> None:
    game = game_of("quarter_in_progress")
    assert [(event.event_id, event.WhichOneof("detail")) for _, event in game.events] == [
        ("2", "period_started"),
        ("5-possession", "possession_gained"),
        ("5", "points_scored"),
        ("6-clock", "clock_adjusted"),
        ("6-possession", "possession_gained"),
        ("6", "foul_committed"),
        ("7", "points_scored"),
        ("8-clock", "clock_adjusted"),
        ("8-possession", "possession_gained"),
        ("8", "shot_taken"),
        ("9-possession", "possession_gained"),
        ("9", "play_observed"),
    ]
    assert not game.complete


def test_sequences_rise_and_leave_room_for_later_inserts() -> None:
    quarter = [event.sequence for _, event in game_of("quarter_in_progress").events]
    assert quarter == sorted(set(quarter))
    events = {event.event_id: event for _, event in game_of("inserted_later").events}
    assert events["2"].sequence < events["30"].sequence < events["5"].sequence
    assert {event.ordering for event in events.values()} == {FeedOrdering.FEED_ORDERING_MONOTONIC}


def test_home_is_the_side_whose_baskets_move_the_home_score() -> None:
    game = game_of("quarter_in_progress")
    assert (game.game.home.short_name, game.game.away.short_name) == ("HBR", "ALP")
    points = [(event.side, event.points_scored.points) for event in only(game, "points_scored")]
    assert points == [(HOME, 2), (AWAY, 1)]


def test_the_clock_that_counts_down_becomes_time_played() -> None:
    first = only(game_of("quarter_in_progress"), "points_scored")[0]
    assert first.time.elapsed_ms == 20_000
    assert (first.reported_score.home, first.reported_score.away) == (2, 0)
    assert first.points_scored.assist_player_id == "nba-12"


def test_the_clock_stands_from_the_foul_until_time_has_run_again() -> None:
    anchors = only(game_of("quarter_in_progress"), "clock_adjusted")
    assert [(one.clock_adjusted.running, one.time.elapsed_ms) for one in anchors] == [
        (False, 30_000),
        (True, 50_000),
    ]


def test_times_that_step_backwards_do_not_turn_the_replay_back() -> None:
    offsets = [offset_s for offset_s, _ in game_of("quarter_in_progress").events]
    assert offsets == sorted(offsets)
    assert offsets[-1] == 72


def test_a_fact_of_the_whole_team_has_no_player() -> None:
    [rebound] = only(game_of("quarter_in_progress"), "play_observed")
    assert (rebound.side, rebound.player_id, rebound.play_observed.kind) == (AWAY, "", "rebound")


def test_an_edit_keeps_the_id_and_raises_the_revision() -> None:
    before = only(game_of("quarter_in_progress"), "points_scored")[0]
    after = only(game_of("edited_in_place"), "points_scored")[0]
    assert (after.event_id, after.sequence) == (before.event_id, before.sequence)
    assert after.revision > before.revision
    assert (before.points_scored.points, after.points_scored.points) == (2, 3)


def test_of_two_actions_under_one_number_the_later_edited_counts() -> None:
    def double(game: Any) -> None:
        older = game["actions"][1] | {"actionType": "3pt", "edited": "2021-01-05T00:59:00Z"}
        game["actions"].append(older)

    game = the_game(NBA, changed("quarter_in_progress", double))
    assert only(game, "points_scored")[0].points_scored.points == 2


def test_overtime_is_counted_from_its_own_start_and_the_end_is_final() -> None:
    game = game_of("overtime")
    late = only(game, "points_scored")[-1]
    assert (late.time.kind, late.time.ordinal, late.time.elapsed_ms) == (
        PeriodKind.PERIOD_KIND_OVERTIME,
        1,
        60_000,
    )
    assert game.complete
    assert details(game)[-1] == "status_changed"
    assert game.events[-1].event.status_changed.status == GameStatus.GAME_STATUS_FINAL


def test_only_personal_fouls_that_are_not_double_count_to_the_bonus() -> None:
    fouls = [foul.foul_committed for foul in only(game_of("fouls_of_every_kind"), "foul_committed")]
    assert [foul.counts_to_bonus for foul in fouls] == [True, False, False, False]
    assert [foul.technical for foul in fouls] == [False, False, False, True]


def test_a_document_in_which_nobody_has_scored_needs_a_registered_game() -> None:
    document = fixture_bytes("nba_cdn", "nobody_has_scored")
    fault = the_fault(NBA, document)
    assert fault.field == "game.actions[1].possession"
    assert "box score" in fault.message
    registered = Game(game_id="g1", home=Team(team_id="nba-1610000001"), away=Team(team_id="nba-1610000002"))
    result = NBA.parse(document, provider_id="demo", lookup={"0022000999": registered}.get)
    assert isinstance(result, Translation)
    [shot] = only(result.games[0], "shot_taken")
    assert (shot.game_id, shot.side) == ("g1", HOME)


def test_a_box_score_describes_the_game_without_events() -> None:
    game = game_of("box_score")
    assert not game.events
    assert (game.game.home.name, game.game.away.name) == ("Harbour Herons", "Alpine Goats")
    assert [(one.name, one.shirt_number) for one in game.game.roster] == [
        ("A. Guard", 7),
        ("B. Center", 0),
        ("C. Wing", 23),
    ]
    assert game.game.venue == "Harbour Hall"


def test_the_league_and_its_rules_are_told_by_the_game_id() -> None:
    game = game_of("quarter_in_progress")
    assert (game.competition.name, game.game.season) == ("NBA", "2020-21")
    women = the_game(NBA, changed("box_score", lambda root: root.update(gameId="1022500234")))
    assert (women.game.competition_id, women.game.rules.regular_period_s) == ("wnba", 600)


def test_the_clock_at_the_start_tells_how_long_a_period_is() -> None:
    def shorten(game: Any) -> None:
        game["actions"][0]["clock"] = "PT10M00.00S"
        for action, clock in zip(
            game["actions"][1:], ("09M40", "09M30", "09M30", "09M10", "09M08"), strict=True
        ):
            action["clock"] = f"PT{clock}.00S"

    game = the_game(NBA, changed("quarter_in_progress", shorten))
    assert game.game.rules.regular_period_s == 600
    assert only(game, "points_scored")[0].time.elapsed_ms == 20_000


@pytest.mark.parametrize(
    ("text", "left_ms"),
    [
        ("PT12M00.00S", 720_000),
        ("PT00M07.10S", 7_100),
        ("PT1M5S", 65_000),
        ("PT00M60.00S", None),
        ("11:22", None),
        ("", None),
    ],
)
def test_clocks_are_read_or_refused(text: str, left_ms: int | None) -> None:
    assert spec.clock_left_ms(text) == left_ms


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda game: game.pop("gameId"), "game.gameId"),
        (lambda game: game.update(gameId="../etc"), "game.gameId"),
        (lambda game: game.update(actions=None), "game.actions"),
        (lambda game: game["actions"][1].update(clock="PT13M00.00S"), "game.actions[1].clock"),
        (lambda game: game["actions"][1].update(clock=11), "game.actions[1].clock"),
        (lambda game: game["actions"][1].update(orderNumber=-1), "game.actions[1].orderNumber"),
        (lambda game: game["actions"][1].update(orderNumber=1 << 62), "game.actions[1].orderNumber"),
        (lambda game: game["actions"][1].update(shotResult="Perhaps"), "game.actions[1].shotResult"),
        (lambda game: game["actions"][1].update(scoreHome="-2"), "game.actions[1].scoreHome"),
        (lambda game: game["actions"][1].update(edited="yesterday"), "game.actions[1].edited"),
        (
            lambda game: game["actions"][1].update(timeActual="9999-12-31T23:59:59-23:59"),
            "game.actions[1].timeActual",
        ),
        (lambda game: game["actions"][1].update(period=0), "game.actions[1].period"),
        (lambda game: game["actions"][1].update(teamId=3), "game.actions[1].possession"),
        (lambda game: game["actions"][1].pop("actionNumber"), "game.actions[1].actionNumber"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(change: Callable[[Any], Any], field: str) -> None:
    assert the_fault(NBA, changed("quarter_in_progress", change)).field == field
