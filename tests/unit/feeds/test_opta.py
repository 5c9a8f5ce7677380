"""Opta's documents, one oddity at a time."""

from __future__ import annotations

import pytest

from scoreline.feeds.adapter import Translation
from scoreline.feeds.opta.translation import Opta
from scoreline.v1.event_pb2 import CardColor, EventAction
from scoreline.v1.game_pb2 import Game, Team
from tests.support.feeds import AWAY, FIXTURES, HOME, details, goals, only, the_fault, the_game

OPTA = Opta()


def document(name: str) -> bytes:
    return (FIXTURES / "opta" / f"{name}.xml").read_bytes()


def test_an_own_goal_counts_for_the_other_side_and_a_deleted_goal_for_nobody() -> None:
    game = the_game(OPTA, document("f24_whole_match"))
    own, penalty = only(game, "goal_scored")
    assert (own.side, own.goal_scored.own_goal) == (HOME, True)
    assert (penalty.side, penalty.goal_scored.penalty) == (AWAY, True)
    assert goals(game) == (1, 1)
    [gone] = [event for _, event in game.events if event.action == EventAction.EVENT_ACTION_RETRACT]
    # The newest version counts, wherever it stands in the document.
    assert (gone.event_id, gone.revision) == ("22", 9)


def test_each_fact_of_football_has_its_event() -> None:
    game = the_game(OPTA, document("f24_whole_match"))
    assert [one.event_id for one in only(game, "foul_committed")] == ["6"]
    assert [one.event_id for one in only(game, "corner_awarded")] == ["9"]
    assert [one.side for one in only(game, "offside_called")] == [AWAY]
    assert [one.shot_taken.on_target for one in only(game, "shot_taken")] == [True, False, False, False]
    assert [one.card_shown.color for one in only(game, "card_shown")] == [
        CardColor.CARD_COLOR_YELLOW,
        CardColor.CARD_COLOR_RED,
    ]
    exchanged = [
        (one.player_id, one.player_substituted.player_in_id) for one in only(game, "player_substituted")
    ]
    assert exchanged == [("opta-101", "opta-102"), ("opta-202", "")]
    assert [one.event_id for one in only(game, "penalty_awarded")] == ["18-award", "19-award"]


def test_periods_begin_and_end_once_though_both_teams_say_so() -> None:
    game = the_game(OPTA, document("f24_whole_match"))
    ends = only(game, "period_ended")
    assert [one.time.elapsed_ms for one in ends] == [(46 * 60 + 9) * 1000, 48 * 60 * 1000]
    assert len(only(game, "period_started")) == 2
    assert details(game)[-1] == "status_changed"
    assert game.complete
    sequences = [event.sequence for _, event in game.events]
    assert sequences == sorted(set(sequences))


def test_a_place_off_the_field_is_left_out() -> None:
    plays = [one.play_observed for one in only(the_game(OPTA, document("f24_whole_match")), "play_observed")]
    assert [one.HasField("x_permille") for one in plays] == [True, False, False]
    assert (plays[0].x_permille, plays[0].kind) == (500, "pass")


def test_a_match_that_has_not_ended_is_not_over() -> None:
    body = document("f24_whole_match").replace(b'period_id="14"', b'period_id="10"')
    assert not the_game(OPTA, body).complete


def test_without_a_head_the_second_document_tells_who_is_at_home() -> None:
    assert "F7" in the_fault(OPTA, document("f24_without_head")).message
    described = the_game(OPTA, document("f7_of_two_teams"))
    assert described.external_game_id == "11-22"
    known = {described.external_game_id: described.game}
    result = OPTA.parse(document("f24_without_head"), provider_id="demo", lookup=known.get)
    assert isinstance(result, Translation)
    [game] = result.games
    assert game.game.home.name == "Northport"
    assert [one.shootout_attempted.scored for one in only(game, "shootout_attempted")] == [True, False]
    assert goals(game) == (0, 1)


def test_the_match_document_tells_teams_players_and_start() -> None:
    game = the_game(OPTA, document("f7_of_a_match"))
    assert (game.external_game_id, game.game.game_id, game.events) == ("6001", "opta-6001", ())
    names = [(entry.name, entry.side, entry.shirt_number) for entry in game.game.roster]
    assert names == [("A. Berg", HOME, 1), ("Cyd", HOME, 2), ("Eck", AWAY, 1), ("202", AWAY, 0)]
    assert game.game.scheduled_time.ToJsonString() == "2031-05-01T16:00:00Z"


def test_a_registered_game_gives_the_events_its_id_and_sides() -> None:
    known = Game(
        game_id="derby", home=Team(team_id="opta-22", name="S"), away=Team(team_id="opta-11", name="N")
    )
    result = OPTA.parse(document("f24_whole_match"), provider_id="demo", lookup={"6001": known}.get)
    [game] = result.games  # type: ignore[union-attr]
    assert {event.game_id for _, event in game.events} == {"derby"}
    assert only(game, "goal_scored")[0].side == AWAY


@pytest.mark.parametrize(
    ("name", "old", "new", "field"),
    [
        ("f24_whole_match", b'team_id="22" outcome="1"', b'team_id="23" outcome="1"', "line 2 Game"),
        ("f24_whole_match", b'min="12"', b'min="x"', "line 7 Event.min"),
        ("f24_whole_match", b'<Game id="6001"', b'<Game id="x"', "line 2 Game.id"),
        ("f24_whole_match", b"Games>", b"Gamez>", "line 1"),
        ("f24_without_head", b'team_id="22"', b'team_id="11"', "line 2 Game"),
        ("f7_of_a_match", b'Side="Away"', b'Side="Home?"', "line 2 TeamData.Side"),
        ("f7_of_a_match", b"20310501T18", b"20319901T18", "line 2 Date"),
        ("f7_of_a_match", b"TeamData ", b"TeamDate ", None),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(
    name: str, old: bytes, new: bytes, field: str | None
) -> None:
    fault = the_fault(OPTA, document(name).replace(old, new))
    assert field is None or fault.field == field


@pytest.mark.parametrize("body", [b"<Games/>", b"<Other/>", b"<SoccerFeed><SoccerDocument/></SoccerFeed>"])
def test_a_document_without_a_match_is_refused(body: bytes) -> None:
    assert the_fault(OPTA, body).message


def test_one_event_twice_is_one_fact() -> None:
    whole = the_game(OPTA, document("f24_whole_match"))
    ids = [event.event_id for _, event in whole.events]
    assert len(ids) == len(set(ids))
    assert not [one for one in ids if one in ("24", "1", "29")]
