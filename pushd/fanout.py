"""Runs the scheduler on the loop: at once when idle, else half a millisecond a turn, reading in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter

from pushd import metrics, multisend
from pushd.core.line import SendMany
from pushd.core.room import Room
from pushd.core.scheduler import Scheduler

#: How long is written before the loop may read again. A patch needs three turns of the loop from the socket
#: of NATS to its room: so much a small game waits beside a large one.
TURN_S = 0.0005


class FanOut:
    """The one place from which patches are written."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        send_many: SendMany | None = None,
        *,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._scheduler = Scheduler(metrics.burst_written, send_many or multisend.choose().send)
        self._scheduled = False

    def offer(self, room: Room) -> None:
        """Send on what a room has that is new."""
        self._scheduler.offer(room)
        if not self._scheduled:
            self._turn()

    def _turn(self) -> None:
        deadline = self._clock() + TURN_S
        self._scheduled = False
        while self._scheduler.turn():
            if self._clock() >= deadline:
                self._scheduled = True
                self._loop.call_soon(self._turn)
                return
