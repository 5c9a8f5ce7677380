"""Check the facts of American football and ice hockey: what is wrong, in which field; see validation.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Side

#: Downs to gain ten yards, and the length of the field.
MOST_DOWNS = 4
FIELD_YARDS = 100
#: The longest penalty of ice hockey, a match penalty.
MOST_PENALTY_MINUTES = 25
MOST_SKATERS = 6

_OFFENCE = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)

#: The field within the event, and what it must be.
Fault = tuple[str, str]


def fault_of(event: GameEvent, detail: str) -> Fault | None:
    """Return the first thing that is wrong, or nothing."""
    return next(_CHECKS[detail](event), None)


def _scrimmage(event: GameEvent) -> Iterator[Fault]:
    yield from _limits(
        event,
        "scrimmage_set",
        {"down": MOST_DOWNS, "distance": FIELD_YARDS, "yards_to_goal": FIELD_YARDS},
    )
    yield from _needs_side(event)


def _strength(event: GameEvent) -> Iterator[Fault]:
    yield from _limits(
        event, "strength_changed", {"home_skaters": MOST_SKATERS, "away_skaters": MOST_SKATERS}
    )


def _penalty(event: GameEvent) -> Iterator[Fault]:
    yield from _limits(event, "penalty_imposed", {"minutes": MOST_PENALTY_MINUTES})
    offence = event.penalty_imposed.offence
    if offence and not _OFFENCE.fullmatch(offence):
        yield "penalty_imposed.offence", "must be a lower-case word of at most 32 characters"
    yield from _needs_side(event)


def _limits(event: GameEvent, detail: str, limits: dict[str, int]) -> Iterator[Fault]:
    fact = getattr(event, detail)
    for name, most in limits.items():
        if getattr(fact, name) > most:
            yield f"{detail}.{name}", f"must be at most {most}"


def _needs_side(event: GameEvent) -> Iterator[Fault]:
    if event.side == Side.SIDE_UNSPECIFIED:
        yield "side", "must say which side the fact belongs to"


_CHECKS: dict[str, Callable[[GameEvent], Iterator[Fault]]] = {
    "scrimmage_set": _scrimmage,
    "strength_changed": _strength,
    "penalty_imposed": _penalty,
}
#: The arms of GameEvent.detail that are checked here.
DETAILS = frozenset(_CHECKS)
