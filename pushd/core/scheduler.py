"""Fairness of fan-out: rooms take turns by slices, critical steps before decoration [C8].

When idle, a step is written at once. While a room's burst is still being written, its later patches wait in
the room's log and leave as one merged burst. A small game waits for a slice, never for a final.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from pushd.core.burst import Burst
from pushd.core.line import SendMany
from pushd.core.room import Room

#: Writes of a small frame in one turn of a room; some 0.6 ms.
SLICE = 128
#: Turns of critical bursts before an ordinary one gets its own, so that nothing starves.
CRITICAL_TURNS = 3


class Scheduler:
    """Deficit round robin over the rooms that have something to send; a write is the unit of cost."""

    __slots__ = ("_critical", "_finished", "_in_turn", "_ordinary", "_running", "_send_many", "_slice")

    def __init__(
        self, finished: Callable[[Burst], None], send_many: SendMany, slice_size: int = SLICE
    ) -> None:
        self._finished = finished
        self._send_many = send_many
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

    def turn(self) -> bool:
        """Serve one slice of one room and say whether there is more to do."""
        if self.busy:
            burst = self._next()
            # A slice never exceeds what it may cost, so no room owes anything to the next round.
            burst.write(max(1, self._slice // burst.unit), self._send_many)
            if not burst.done:
                (self._critical if burst.critical else self._ordinary).append(burst)
            else:
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
