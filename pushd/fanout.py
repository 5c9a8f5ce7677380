"""Runs the scheduler on the loop: at once when idle, else a budget per turn, with reading in between."""

from __future__ import annotations

import asyncio

from pushd import metrics
from pushd.core.room import Room
from pushd.core.scheduler import Scheduler

#: Members served before the loop may read again: one to two milliseconds of writing.
BUDGET = 1024


class FanOut:
    """The one place from which patches are written."""

    def __init__(self, loop: asyncio.AbstractEventLoop, budget: int = BUDGET) -> None:
        self._loop = loop
        self._budget = budget
        self._scheduler = Scheduler(metrics.burst_written)
        self._scheduled = False

    def offer(self, room: Room) -> None:
        """Send on what a room has that is new."""
        self._scheduler.offer(room)
        if not self._scheduled:
            self._turn()

    def _turn(self) -> None:
        self._scheduled = self._scheduler.run(self._budget)
        if self._scheduled:
            self._loop.call_soon(self._turn)
