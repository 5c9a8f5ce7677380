"""Sportradar's MLB push feed, one oddity at a time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scoreline.feeds.adapter import GameTranslation
from scoreline.feeds.sportradar_mlb import specification as spec
from scoreline.feeds.sportradar_mlb.translation import SportradarMlb
from scoreline.v1.event_baseball_pb2 import BaseballResult
from scoreline.v1.event_pb2 import EventAction, GameEvent
from scoreline.v1.situation_baseball_pb2 import InningHalf
from scoreline.v1.state_pb2 import GameStatus, PeriodKind
from tests.support.feeds import AWAY, HOME, details, fixture_bytes, only, the_fault, the_game

PUSH = SportradarMlb()


def game_of(name: str) -> GameTranslation:
    return the_game(PUSH, fixture_bytes("sportradar_mlb", name))


def told(game: GameTranslation, event_id: str) -> list[GameEvent]:
    return [event for _, event in game.events if event.event_id == event_id]


def test_a_half_inning_is_told_pitch_by_pitch() -> None:
    game = game_of("from_the_first_pitch")
    ids = [event.event_id for _, event in game.events]
    assert ids == ["h1", "a1", "p1", "p2", "p2", "s1", "p3", "p4", "h2", "m", "p4"]
    assert details(game)[:2] == ["period_started", "baseball_play"]
    assert [(one.player_id, one.side) for one in game.game.roster] == [
        ("sportradar-mp-1", AWAY),
        ("sportradar-mp-2", HOME),
    ]


def test_a_ball_in_play_is_told_twice_and_counts_once() -> None:
    pending, double = told(game_of("from_the_first_pitch"), "p2")
    assert pending.baseball_play.result == BaseballResult.BASEBALL_RESULT_PITCH
    assert double.baseball_play.result == BaseballResult.BASEBALL_RESULT_DOUBLE
    assert (double.baseball_play.bases, double.baseball_play.balls) == (2, 0)


def test_an_ending_base_of_four_is_a_run() -> None:
    [homer] = told(game_of("from_the_first_pitch"), "p3")
    assert (homer.side, homer.baseball_play.runs, homer.baseball_play.bases) == (AWAY, 2, 0)
    assert homer.reported_score.away == 2


def test_a_steal_moves_the_runner_and_the_third_out_clears_the_bases() -> None:
    game = game_of("from_the_first_pitch")
    assert told(game, "s1")[0].baseball_play.bases == 4
    assert (told(game, "p4")[0].baseball_play.outs, told(game, "p4")[0].baseball_play.bases) == (3, 0)


def test_a_delete_is_a_stub() -> None:
    stub = told(game_of("from_the_first_pitch"), "p4")[-1]
    assert (stub.action, stub.WhichOneof("detail")) == (EventAction.EVENT_ACTION_RETRACT, None)


def test_a_stream_joined_in_the_bottom_of_the_tenth_states_what_led_there() -> None:
    game = game_of("joined_in_the_tenth")
    start, stated, half = (event for _, event in game.events[:3])
    assert (start.time.kind, start.time.ordinal) == (PeriodKind.PERIOD_KIND_REGULAR, 9)
    assert (stated.score_stated.home, stated.score_stated.away) == (4, 4)
    assert half.half_inning_started.half == InningHalf.INNING_HALF_BOTTOM
    assert game.complete


def test_delays_pass_and_closed_is_verified() -> None:
    statuses = [
        event.status_changed.status for event in only(game_of("delayed_and_closed"), "status_changed")
    ]
    assert statuses == [
        GameStatus.GAME_STATUS_INTERRUPTED,
        GameStatus.GAME_STATUS_LIVE,
        GameStatus.GAME_STATUS_FINAL,
        GameStatus.GAME_STATUS_OFFICIAL,
    ]


@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        ("aS", BaseballResult.BASEBALL_RESULT_SINGLE),
        ("aHR", BaseballResult.BASEBALL_RESULT_HOME_RUN),
        ("aHBP", BaseballResult.BASEBALL_RESULT_HIT_BY_PITCH),
        ("kKS", BaseballResult.BASEBALL_RESULT_STRIKEOUT),
        ("bB", BaseballResult.BASEBALL_RESULT_WALK),
        ("oGO", BaseballResult.BASEBALL_RESULT_OUT),
        ("", BaseballResult.BASEBALL_RESULT_OUT),
    ],
)
def test_outcomes(outcome: str, result: int) -> None:
    assert spec.result_of(outcome) == result


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m["payload"]["event"].pop("inning"), "is missing"),
        (lambda m: m["payload"]["event"].update(id="a b"), "should be an id"),
        (lambda m: m["payload"]["event"]["count"].update(outs="two"), "whole number"),
        (lambda m: m.pop("payload"), "neither a heartbeat"),
    ],
)
def test_a_message_that_cannot_be_is_refused(change: Any, message: str) -> None:
    first = json.loads(fixture_bytes("sportradar_mlb", "joined_in_the_tenth"))[0]
    change(first)
    assert message in the_fault(PUSH, json.dumps(first).encode()).message
