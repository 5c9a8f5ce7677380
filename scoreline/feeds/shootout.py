"""When a shoot-out of football is over."""

from __future__ import annotations

from collections.abc import Iterable

from scoreline.v1.game_pb2 import Side

#: Kicks of each side before sudden death.
KICKS_EACH = 5


def is_decided(kicks: Iterable[tuple[Side.ValueType, bool]]) -> bool:
    """Whether the side that is behind can't catch up any more; `kicks` are (side, scored) as taken."""
    taken = {Side.SIDE_HOME: 0, Side.SIDE_AWAY: 0}
    scored = dict(taken)
    for side, went_in in kicks:
        taken[side] += 1
        scored[side] += went_in
    home, away = Side.SIDE_HOME, Side.SIDE_AWAY
    # In sudden death both sides take the same number: whoever has kicked less still has that kick.
    rounds = max(KICKS_EACH, *taken.values())
    lead = scored[home] - scored[away]
    behind = away if lead > 0 else home
    return abs(lead) > rounds - taken[behind]
