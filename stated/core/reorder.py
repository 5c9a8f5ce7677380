"""Hold early events until the missing ones arrive, or until patience ends [B3].

Knows sequence numbers and deadlines; knows nothing of matches, tasks or clocks: the caller passes `now_us`.
Only a contiguous feed may be held: in any other a gap proves nothing, so waiting would be for nothing.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Generic, TypeVar

#: How long the oldest early event waits for those before it, microseconds.
WINDOW_US = 500_000
#: How many events wait at most; one more ends the patience with the first gap.
MAX_HELD = 2_000

T = TypeVar("T")


class ReorderBuffer(Generic[T]):
    """The early events of one provider's feed of one game."""

    def __init__(
        self, next_sequence: int = 1, *, window_us: int = WINDOW_US, max_held: int = MAX_HELD
    ) -> None:
        self.next_sequence = next_sequence
        """The sequence that is missing; everything before it was released or given up."""
        self._window_us = window_us
        self._max_held = max_held
        self._heap: list[tuple[int, int, T]] = []
        # In order of arrival, so that the first is the oldest: ticket to time of arrival.
        self._arrivals: dict[int, int] = {}
        self._tickets = 0

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def deadline_us(self) -> int | None:
        """When the patience with the oldest event held ends, or nothing when none is held."""
        return next(iter(self._arrivals.values())) + self._window_us if self._arrivals else None

    def offer(self, sequence: int, item: T, now_us: int) -> list[T]:
        """Return what can go on now, in order: nothing while the item is early.

        An item whose place has passed goes on at once; whether it still means something is not decided here.
        """
        if sequence < self.next_sequence:
            return [item]
        self._tickets += 1
        heappush(self._heap, (sequence, self._tickets, item))
        self._arrivals[self._tickets] = now_us
        released = self._run()
        while len(self._heap) > self._max_held:
            released += self._skip()
        return released

    def release(self, now_us: int) -> list[T]:
        """Return what goes on because its patience, or that of one after it, has ended."""
        released: list[T] = []
        while self.deadline_us is not None and self.deadline_us <= now_us:
            released += self._skip()
        return released

    def _skip(self) -> list[T]:
        self.next_sequence = self._heap[0][0]
        return self._run()

    def _run(self) -> list[T]:
        released: list[T] = []
        # Equal sequences stand side by side: a fact that was sent again with other content.
        while self._heap and self._heap[0][0] <= self.next_sequence:
            sequence, ticket, item = heappop(self._heap)
            del self._arrivals[ticket]
            self.next_sequence = max(self.next_sequence, sequence + 1)
            released.append(item)
        return released
