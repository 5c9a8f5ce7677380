"""What a reducer may know besides the state and the event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from scoreline.domain.rulebook import Rulebook, rules_for
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Game, GameRules
from scoreline.v1.state_pb2 import ScoreState


class GameContext(NamedTuple):
    """What is fixed about a game while it is folded."""

    rules: Rulebook
    reference_us: int
    """The instant that clock anchors count from, unix microseconds."""
    clock_rate: int
    """How many seconds the game clock runs in a real one."""
    roster: Mapping[str, int]
    """Roster numbers by player."""
    own_rules: GameRules
    """What the game itself states of its rules."""


class Context(NamedTuple):
    """Where one event stands."""

    game: GameContext
    at_us: int
    """When it happened, or was received where the feed does not say; unix microseconds."""
    earlier: Iterator[GameEvent]
    """The facts that stand before it in the feed, the nearest first."""
    before: ScoreState | None = None
    """The state before it, for the line in the timeline; nothing while the state is being reckoned."""
    after: ScoreState | None = None
    """The state after it, likewise."""


def context_of(game: Game) -> GameContext:
    """Return what is fixed about a game."""
    return GameContext(
        rules=rules_for(game),
        # Whole seconds, as the sheet says it.
        reference_us=game.scheduled_time.seconds * 1_000_000,
        clock_rate=game.clock_rate or 1,
        roster={entry.player_id: entry.roster_number for entry in game.roster},
        own_rules=game.rules,
    )
