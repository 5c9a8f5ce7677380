"""Deadlines of many connections in one structure, so that no connection owns a timer.

Coarse on purpose: heartbeats and handshake deadlines don't care for a second. Knows no clock: whoever owns it
calls `advance` once a tick.
"""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class TimerWheel(Generic[T]):
    """A ring of slots, one tick each; an item is in one slot at most."""

    __slots__ = ("_at", "_slots", "_where")

    def __init__(self, slots: int = 128) -> None:
        self._slots: list[set[T]] = [set() for _ in range(slots)]
        self._where: dict[T, int] = {}
        self._at = 0

    def __len__(self) -> int:
        return len(self._where)

    def schedule(self, item: T, ticks: int) -> None:
        """Make `item` due after `ticks`, instead of any earlier plan for it."""
        if not 1 <= ticks < len(self._slots):
            raise AssertionError(f"a wheel of {len(self._slots)} slots can't wait {ticks} ticks")
        self.cancel(item)
        slot = (self._at + ticks) % len(self._slots)
        self._slots[slot].add(item)
        self._where[item] = slot

    def cancel(self, item: T) -> None:
        """Forget `item`; it need not be known."""
        slot = self._where.pop(item, None)
        if slot is not None:
            self._slots[slot].discard(item)

    def advance(self) -> list[T]:
        """Move on by one tick and return what is due; it is forgotten until it is scheduled again."""
        self._at = (self._at + 1) % len(self._slots)
        due = list(self._slots[self._at])
        self._slots[self._at].clear()
        for item in due:
            del self._where[item]
        return due
