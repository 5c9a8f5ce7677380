"""Those whose input waits are served in turn, a little each, so that no burst makes others wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Protocol

from scoreline.runtime import logs

log = logs.get(__name__)

#: Client's frames that one connection gets answered at a time.
FRAMES = 8
#: How long those who wait are served before the loop may do something else.
TURN_S = 0.001


class Waiting(Protocol):
    """Whoever has more to say than one turn takes."""

    def take_turn(self) -> None:
        """Go on; asks for another turn if there is still more."""

    def abort(self) -> None:
        """End."""


class Turns:
    """A round of those who wait; each is in it once."""

    def __init__(self, *, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        # A set that keeps its order.
        self._round: dict[Waiting, None] = {}
        self._scheduled = False

    def ask(self, waiting: Waiting) -> None:
        """Give a turn, behind all who wait already."""
        self._round[waiting] = None
        self._schedule()

    def forget(self, waiting: Waiting) -> None:
        """Give no turn; it need not be known."""
        self._round.pop(waiting, None)

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._serve)

    def _serve(self) -> None:
        deadline = self._clock() + TURN_S
        while self._round:
            first = next(iter(self._round))
            del self._round[first]
            try:
                first.take_turn()
            except Exception as error:
                log.error("connection.turn_failed", exc_info=error)
                first.abort()
            if self._clock() >= deadline:
                break
        self._scheduled = False
        if self._round:
            self._schedule()
