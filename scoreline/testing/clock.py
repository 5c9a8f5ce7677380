"""A clock that a test moves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class ManualClock:
    """Tells unix microseconds, and only as many as the test has set."""

    now_us: int

    def __call__(self) -> int:
        """Return the time."""
        return self.now_us
