"""Fairness of fan-out: rooms take turns by slices, critical steps before decoration [C8].

When idle, a step is written at once. While a room's burst is still being written, its later patches wait in
the room's log and leave as one merged burst. A small game waits for a slice, never for a final.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from pushd.core.room import Burst, Room

#: Members served in one turn; some 0.3 ms of writing.
SLICE = 256
#: Turns of critical bursts before an ordinary one gets its own, so that nothing starves.
CRITICAL_TURNS = 3


class Scheduler:
    """Round robin over the rooms that have something to send."""

    __slots__ = ("_critical", "_finished", "_in_turn", "_ordinary", "_running", "_slice")

    def __init__(self, finished: Callable[[Burst], None], slice_size: int = SLICE) -> None:
        self._finished = finished
        self._slice = slice_size
        self._running: set[Room] = set()
        self._critical: deque[Burst] = deque()
        self._ordinary: deque[Burst] = deque()
        self._in_turn = 0

    @property
    def busy(self) -> bool:
        """Whether anything is still to be written."""
        return bool(self._critical or self._ordinary)

    def offer(self, room: Room) -> None:
        """Take note that a room has moved on."""
        if room not in self._running:
            self._begin(room)

    def run(self, budget: int) -> bool:
        """Serve up to about `budget` members and say whether there is more to do."""
        while budget > 0 and self.busy:
            burst = self._next()
            budget -= max(1, burst.write(self._slice))
            if not burst.done:
                (self._critical if burst.critical else self._ordinary).append(burst)
                continue
            self._running.discard(burst.room)
            self._finished(burst)
            # Behind the others: a room that moves on without end must not keep its turn.
            self._begin(burst.room)
        return self.busy

    def _begin(self, room: Room) -> None:
        burst = room.next_burst()
        if burst is not None:
            self._running.add(room)
            (self._critical if burst.critical else self._ordinary).append(burst)

    def _next(self) -> Burst:
        if self._critical and (self._in_turn < CRITICAL_TURNS or not self._ordinary):
            self._in_turn += 1
            return self._critical.popleft()
        self._in_turn = 0
        return self._ordinary.popleft()
