"""A football match of a few events, by hand, for tests of the fold's shell."""

from __future__ import annotations

import time
from typing import Any

from scoreline.v1.event_pb2 import (
    EventAction,
    FeedOrdering,
    GameEvent,
    GoalScored,
    MatchTime,
    PeriodEnded,
    PeriodStarted,
    PlayObserved,
    StatusChanged,
)
from scoreline.v1.game_pb2 import Game, GameProvider, RosterEntry, Side, Sport, Team
from scoreline.v1.state_pb2 import GameStatus, PeriodKind

PROVIDER = "acme"


def game(game_id: str = "g1", *, topic: int = 7, **other: Any) -> Game:
    """A fixture of two sides with two players each."""
    fixture = Game(
        game_id=game_id,
        sport=Sport.SPORT_FOOTBALL,
        competition_id="cup",
        season="2018",
        home=Team(team_id="fra", name="France", short_name="FRA"),
        away=Team(team_id="arg", name="Argentina", short_name="ARG"),
        roster=[
            RosterEntry(roster_number=1, player_id="h1", name="Home One", side=Side.SIDE_HOME),
            RosterEntry(roster_number=2, player_id="a1", name="Away One", side=Side.SIDE_AWAY),
        ],
        providers=[GameProvider(provider_id=PROVIDER, external_game_id=f"ext-{game_id}")],
        topic=topic,
    )
    fixture.scheduled_time.FromSeconds(1_530_367_200)
    for name, value in other.items():
        setattr(fixture, name, value)
    return fixture


def event(number: int, game_id: str = "g1", *, minute: int = 10, half: int = 1, **detail: Any) -> GameEvent:
    """The event of a contiguous feed; `detail` is a field of the oneof, `side`, `player_id`."""
    made = GameEvent(
        game_id=game_id,
        event_id=f"e{number}",
        action=EventAction.EVENT_ACTION_CREATE,
        ordering=FeedOrdering.FEED_ORDERING_CONTIGUOUS,
        sequence=number,
        provider_id=PROVIDER,
        time=MatchTime(
            kind=PeriodKind.PERIOD_KIND_REGULAR, ordinal=half, elapsed_ms=minute * 60_000 + number * 10
        ),
        **detail,
    )
    made.received_time.FromMicroseconds(time.time_ns() // 1000)
    return made


def kick_off(number: int = 1, game_id: str = "g1") -> GameEvent:
    """The first half begins."""
    return event(number, game_id, minute=0, period_started=PeriodStarted())


def goal(
    number: int, game_id: str = "g1", *, side: Side.ValueType = Side.SIDE_HOME, minute: int = 10
) -> GameEvent:
    """A goal."""
    player = "h1" if side == Side.SIDE_HOME else "a1"
    return event(number, game_id, minute=minute, side=side, player_id=player, goal_scored=GoalScored())


def play(number: int, game_id: str = "g1") -> GameEvent:
    """Something that moves nothing."""
    return event(number, game_id, side=Side.SIDE_HOME, play_observed=PlayObserved(kind="pass"))


def half_match(game_id: str = "g1", *, goals: int = 3) -> list[GameEvent]:
    """Kick-off, goals of both sides in turn with plays between them, and the end of the half."""
    events = [kick_off(1, game_id)]
    for i in range(goals):
        side = Side.SIDE_AWAY if i % 2 else Side.SIDE_HOME
        events.append(goal(len(events) + 1, game_id, side=side, minute=min(10 + i, 44)))
        events.append(play(len(events) + 1, game_id))
    events.append(event(len(events) + 1, game_id, minute=46, period_ended=PeriodEnded()))
    return events


def final_whistle(number: int, game_id: str = "g1") -> GameEvent:
    """The game is over."""
    return event(
        number,
        game_id,
        minute=48,
        half=2,
        status_changed=StatusChanged(status=GameStatus.GAME_STATUS_FINAL, is_correction=True),
    )
