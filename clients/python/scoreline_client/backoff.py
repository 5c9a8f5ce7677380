"""How long to wait before the next attempt: full jitter, so that a crowd never comes back at once.

Pure: the dice are an argument.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

#: A number in [0, 1), as random.random gives it.
Dice = Callable[[], float]


class Backoff(NamedTuple):
    """Exponential backoff with full jitter."""

    base_s: float = 0.5
    cap_s: float = 30.0

    def delay_s(self, failures: int, dice: Dice, hint_s: float = 0.0) -> float:
        """Return the wait after `failures` failures in a row, never less than the server's hint.

        The hint is a floor that may lie above the cap: a server that drains knows better than we do.
        """
        # 2 ** 64 times half a second is beyond any cap; a larger exponent would overflow a float one day.
        ceiling_s = min(self.cap_s, self.base_s * 2.0 ** min(max(failures - 1, 0), 64))
        return hint_s + dice() * ceiling_s


def jittered_s(interval_s: float, dice: Dice, spread: float = 0.2) -> float:
    """Return the interval moved by up to `spread` of itself either way."""
    return interval_s * (1 + spread * (2 * dice() - 1))
