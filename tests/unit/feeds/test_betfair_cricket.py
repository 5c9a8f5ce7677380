"""Betfair's cricket states: the latest one counts."""

from __future__ import annotations

import json

import pytest

from scoreline.feeds.betfair_cricket.translation import BetfairCricket
from scoreline.v1.event_cricket_pb2 import CricketOutcome
from scoreline.v1.game_pb2 import Game, Team
from stated.core.steps import RecordReason
from tests.support.feeds import AWAY, FIXTURES, HOME, only, the_fault, the_game
from tests.unit.stated.match import Folder

BETFAIR = BetfairCricket()


def document(name: str) -> bytes:
    return (FIXTURES / "betfair_cricket" / f"{name}.ndjson").read_bytes()


def lines(name: str) -> list[bytes]:
    return document(name).splitlines()


def folder_of(*bodies: bytes) -> Folder:
    translated = [the_game(BETFAIR, body) for body in bodies]
    game = Game()
    game.CopyFrom(translated[0].game)
    game.topic = 7
    folder = Folder(game)
    for one in translated:
        for _, event in one.events:
            event.provider_id = "demo"
            folder.offer(event)
    return folder


def test_states_are_taken_by_their_time_and_a_score_may_go_down() -> None:
    game = the_game(BETFAIR, document("goes_down"))
    stated = [one.innings_stated for one in only(game, "innings_stated")]
    assert [(one.runs, one.wickets, one.overs, one.balls) for one in stated] == [
        (4, 0, 1, 0),
        (4, 1, 1, 1),
        (8, 1, 1, 2),
        (7, 1, 1, 2),
    ]
    assert {one.event_id for one in only(game, "innings_stated")} == {"innings-1"}
    state = folder_of(document("goes_down")).fold.state
    assert (state.score.home, state.cricket.wickets, state.cricket.balls) == (7, 1, 2)


def test_messages_one_by_one_in_any_order_end_in_the_same_score() -> None:
    own = [line for line in lines("goes_down") if b"matchStats" in line]
    folder = folder_of(*reversed(own))
    assert folder.fold.state.score.home == 7
    assert RecordReason.STALE_REVISION in [getattr(step, "reason", None) for step in folder.steps]


def test_incidents_are_told_once() -> None:
    assert [
        one.play_observed.kind for one in only(the_game(BETFAIR, document("goes_down")), "play_observed")
    ] == [
        "runs",
        "wicket",
    ]


def test_a_winner_ends_the_match() -> None:
    game = the_game(BETFAIR, document("to_the_end"))
    [result] = only(game, "result_declared")
    assert (result.side, result.result_declared.outcome) == (AWAY, CricketOutcome.CRICKET_OUTCOME_WON)
    assert game.complete
    tied = document("to_the_end").replace(b'"winner": "Southvale"', b'"winner": "Tie"')
    [result] = only(the_game(BETFAIR, tied), "result_declared")
    assert result.result_declared.outcome == CricketOutcome.CRICKET_OUTCOME_TIE


def test_innings_beyond_those_of_the_match_are_super_overs() -> None:
    body = document("to_the_end").replace(b'"inningsNum": 2', b'"inningsNum": 4')
    game = the_game(BETFAIR, body)
    [begun] = only(game, "innings_begun")
    assert (begun.innings_begun.super_over, begun.side) == (1, AWAY)
    long = the_game(BETFAIR, body.replace(b'"maxOvers": 20', b'"maxOvers": 0'))
    assert not only(long, "innings_begun")


def test_a_match_that_is_called_off_is_over() -> None:
    body = document("goes_down").replace(b"IN_RUNNING", b"ABANDONED")
    game = the_game(BETFAIR, body)
    assert game.complete
    assert only(game, "status_changed")


def test_the_teams_of_a_registered_game_stand() -> None:
    known = Game(
        game_id="derby", home=Team(team_id="s", name="Southvale"), away=Team(team_id="n", name="Northport")
    )
    result = BETFAIR.parse(document("goes_down"), provider_id="demo", lookup={"77001": known}.get)
    [stated, *_] = only(result.games[0], "innings_stated")  # type: ignore[union-attr]
    assert (stated.game_id, stated.side) == ("derby", AWAY)


def test_two_sides_of_one_name_are_two_teams() -> None:
    body = document("goes_down").replace(b"Northport v Southvale", b"Northport v northport")
    game = the_game(BETFAIR, body).game
    assert game.home.team_id != game.away.team_id
    assert only(the_game(BETFAIR, body), "innings_stated")[0].side == HOME


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"inningsOvers": "many"}, "line 1.cc[0].matchStats.inningsStats[0].inningsOvers"),
        ({"inningsRuns": -1}, "line 1.cc[0].matchStats.inningsStats[0].inningsRuns"),
        ({"battingTeam": "Else"}, "line 1.cc[0].matchStats.inningsStats[0].battingTeam"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(change: dict[str, object], field: str) -> None:
    message = json.loads(lines("goes_down")[1])
    message["cc"][0]["matchStats"]["inningsStats"][0].update(change)
    assert the_fault(BETFAIR, json.dumps(message).encode()).field == field


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"{", b'{"op":"ccm","pt":-1}', b'{"op":"ccm","pt":1,"cc":[{"eventId":"?"}]}']
)
def test_what_is_no_message_is_refused(body: bytes) -> None:
    assert the_fault(BETFAIR, body).message
