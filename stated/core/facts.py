"""How a reducer takes a fact: into a copy of the state, by the function that the sport has for its kind.

And for whom the fact counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Side
from scoreline.v1.state_pb2 import ScoreState
from stated.core.context import Context

#: Changes the state given as the fact demands.
Fact = Callable[[ScoreState, GameEvent, Context], None]

S = TypeVar("S")


def taken(facts: Mapping[str, Fact], state: ScoreState, event: GameEvent, context: Context) -> ScoreState:
    """Return the state after a fact; the same one when the sport makes nothing of its kind."""
    fact = facts.get(event.WhichOneof("detail") or "")
    if fact is None:
        return state
    following = ScoreState()
    following.CopyFrom(state)
    fact(following, event, context)
    return following


def side_of(event: GameEvent, home: S, away: S, nobody: S) -> S:
    """Return what the fact counts for: `nobody` when it names no side."""
    if event.side == Side.SIDE_HOME:
        return home
    return away if event.side == Side.SIDE_AWAY else nobody
