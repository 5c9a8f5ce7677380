"""Sportradar's NBA push feed, one oddity at a time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scoreline.feeds.adapter import GameTranslation, Translation
from scoreline.feeds.sportradar_nba import specification as spec
from scoreline.feeds.sportradar_nba.translation import SportradarNba
from scoreline.v1.event_pb2 import EventAction, GameEvent
from scoreline.v1.state_pb2 import GameStatus, PeriodKind
from tests.support.feeds import AWAY, HOME, details, fixture_bytes, only, the_fault, the_game

PUSH = SportradarNba()
FINAL, OFFICIAL = GameStatus.GAME_STATUS_FINAL, GameStatus.GAME_STATUS_OFFICIAL


def messages(name: str) -> list[Any]:
    return list(json.loads(fixture_bytes("sportradar_nba", name)))


def game_of(name: str) -> GameTranslation:
    return the_game(PUSH, fixture_bytes("sportradar_nba", name))


def told(game: GameTranslation, event_id: str) -> list[GameEvent]:
    return [event for _, event in game.events if event.event_id == event_id]


def test_messages_may_be_lines_or_strung_together() -> None:
    values = messages("from_the_tip_off")
    lines = "\n".join(json.dumps(value) for value in values).encode()
    strung = "".join(json.dumps(value, indent=1) for value in values).encode()
    assert the_game(PUSH, lines) == the_game(PUSH, strung) == game_of("from_the_tip_off")


def test_the_tip_off_starts_the_period_before_anybody_has_the_ball() -> None:
    events = game_of("from_the_tip_off").events
    assert [event.event_id for _, event in events[:4]] == ["tip", "tip-possession", "shot-possession", "shot"]
    assert events[0].event.WhichOneof("detail") == "period_started"


def test_a_basket_names_scorer_and_helper() -> None:
    [shot] = told(game_of("from_the_tip_off"), "shot")
    assert (shot.side, shot.player_id) == (HOME, "sportradar-p-11")
    assert (shot.points_scored.points, shot.points_scored.assist_player_id) == (2, "sportradar-p-12")
    assert shot.reported_score.home == 2


def test_a_fact_comes_again_under_its_place_with_other_content() -> None:
    first, second = told(game_of("from_the_tip_off"), "foul")
    assert first.sequence == second.sequence
    assert (first.revision, second.revision) == (0, 0)
    assert len(told(game_of("from_the_tip_off"), "foul-clock")) == 1


def test_a_fact_of_an_earlier_place_says_nothing_of_clock_and_ball() -> None:
    late = [
        event.event_id for _, event in game_of("from_the_tip_off").events if event.event_id.startswith("late")
    ]
    assert late == ["late"]


def test_a_delete_takes_back_even_what_was_never_seen() -> None:
    game = game_of("from_the_tip_off")
    gone, never = told(game, "gone")[-1], told(game, "never")[0]
    for stub in (gone, never):
        assert stub.action == EventAction.EVENT_ACTION_RETRACT
        assert stub.WhichOneof("detail") is None
        assert not stub.sequence


def test_a_stream_joined_in_overtime_states_what_led_there() -> None:
    game = game_of("joined_in_overtime")
    assert details(game)[:2] == ["period_started", "score_stated"]
    start, stated = game.events[0].event, game.events[1].event
    assert (start.time.kind, start.time.ordinal) == (PeriodKind.PERIOD_KIND_REGULAR, 4)
    assert (stated.score_stated.home, stated.score_stated.away) == (100, 100)
    assert (stated.time.kind, stated.time.ordinal) == (PeriodKind.PERIOD_KIND_OVERTIME, 1)
    assert start.sequence < stated.sequence < told(game, "a")[0].sequence


def test_a_single_message_states_no_score_of_its_own() -> None:
    game = the_game(PUSH, json.dumps(messages("joined_in_overtime")[0]).encode())
    assert "score_stated" not in details(game)


def test_the_end_of_overtime_with_a_lead_is_not_the_end_of_the_game() -> None:
    game = game_of("joined_in_overtime")
    assert details(game)[-1] == "period_ended"
    assert not game.complete


def test_complete_is_over_and_closed_is_verified() -> None:
    game = game_of("closed")
    statuses = [event.status_changed.status for event in only(game, "status_changed")]
    assert statuses == [FINAL, FINAL, OFFICIAL]
    assert game.complete


def test_a_delayed_game_goes_on() -> None:
    statuses = [event.status_changed.status for event in only(game_of("delayed"), "status_changed")]
    assert statuses == [GameStatus.GAME_STATUS_INTERRUPTED, GameStatus.GAME_STATUS_LIVE]


def test_games_are_told_apart() -> None:
    result = PUSH.parse(fixture_bytes("sportradar_nba", "two_games"), provider_id="demo")
    assert isinstance(result, Translation)
    assert [game.external_game_id for game in result.games] == ["game-1", "game-2"]
    for game in result.games:
        assert {event.game_id for _, event in game.events} == {game.game.game_id}
    assert only(result.games[1], "points_scored")[0].side == AWAY


def test_heartbeats_tell_of_no_game() -> None:
    assert PUSH.parse(fixture_bytes("sportradar_nba", "heartbeats_only"), provider_id="demo") == Translation(
        ()
    )


def test_a_player_without_an_id_is_nobody() -> None:
    assert [entry.name for entry in game_of("from_the_tip_off").game.roster] == ["A. Anders"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m["payload"]["event"].pop("period"), "is missing"),
        (lambda m: m["payload"]["event"].update(clock="noon"), "what is left"),
        (lambda m: m["payload"]["event"].update(clock="13:00"), "shows more"),
        (lambda m: m["payload"]["event"].update(id="a b"), "should be an id"),
        (lambda m: m["payload"]["event"]["period"].update(number=7), "at most 4"),
        (lambda m: m["payload"]["event"].update(possession={"id": "stranger"}), "does not play"),
        (lambda m: m["payload"]["game"]["away"].update(id="team-h"), "once more"),
        (lambda m: m.pop("payload"), "neither a heartbeat"),
    ],
)
def test_a_message_that_cannot_be_is_refused(change: Any, message: str) -> None:
    [first] = messages("from_the_tip_off")[1:2]
    change(first)
    fault = the_fault(PUSH, json.dumps(first).encode())
    assert message in fault.message


def test_a_message_of_the_game_alone_tells_nothing() -> None:
    [first] = messages("from_the_tip_off")[1:2]
    del first["payload"]["event"]
    assert not the_game(PUSH, json.dumps(first).encode()).events


@pytest.mark.parametrize(("text", "left_ms"), [("5:02", 302_000), ("00:03.4", 3_400), ("1:61", None)])
def test_clocks(text: str, left_ms: int | None) -> None:
    assert spec.clock_left_ms(text) == left_ms
