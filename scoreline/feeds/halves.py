"""The periods of football as providers number them: 1 and 2, then 3 and 4 of extra time, 5 the shoot-out.

Such feeds count the minutes on through the periods: the second half begins at 45:00.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from scoreline.v1.state_pb2 import PeriodKind


class Half(NamedTuple):
    """A numbered period in our terms."""

    kind: PeriodKind.ValueType
    ordinal: int
    begins_s: int
    """What the feed's clock shows at its start."""
    break_before_s: int
    """A plausible break before it, for replays."""


HALVES = MappingProxyType(
    {
        1: Half(PeriodKind.PERIOD_KIND_REGULAR, 1, 0, 0),
        2: Half(PeriodKind.PERIOD_KIND_REGULAR, 2, 2_700, 900),
        3: Half(PeriodKind.PERIOD_KIND_OVERTIME, 1, 5_400, 300),
        4: Half(PeriodKind.PERIOD_KIND_OVERTIME, 2, 6_300, 60),
        5: Half(PeriodKind.PERIOD_KIND_SHOOTOUT, 1, 7_200, 300),
    }
)


class ReplayClock:
    """Turns periods and seconds into seconds since the first event that never fall."""

    def __init__(self) -> None:
        self._half = 0
        self._began_s = 0.0
        self._latest_s = 0.0

    def offset_s(self, half: int, second: float) -> float:
        """Return when something at `second` of a period is due; periods come in order."""
        if half != self._half:
            self._began_s = self._latest_s + HALVES[half].break_before_s
            self._half = half
        self._latest_s = max(self._latest_s, self._began_s + second)
        return self._latest_s
