"""Try until what is needed answers: nothing is lost meanwhile, everything waits in the log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from scoreline.runtime import logs
from stated import metrics
from stated.event_log import LogUnavailable
from stated.ports import StoreUnavailable

log = logs.get(__name__)

_BACKOFF_S = (0.05, 0.1, 0.25, 0.5, 1.0)

T = TypeVar("T")


class Persistence:
    """The patience of one partition."""

    def __init__(self, partition: int) -> None:
        self._partition = partition
        self.stalled: str | None = None
        """Why nothing advances, for readiness."""

    async def until_done(self, what: str, work: Callable[[], Awaitable[T]]) -> T:
        """Return what `work` returns once the store and the log answer."""
        attempt = 0
        while True:
            try:
                result = await work()
            except (StoreUnavailable, LogUnavailable) as error:
                dependency = "redis" if isinstance(error, StoreUnavailable) else "nats"
                if attempt == 0:
                    log.warning("partition.stalled", partition=self._partition, step=what, reason=str(error))
                self.stalled = f"{what}: {dependency} does not answer"
                metrics.retries.labels(dependency).inc()
                await asyncio.sleep(backoff_s(attempt))
                attempt += 1
            else:
                if attempt:
                    log.info("partition.resumed", partition=self._partition, step=what, attempts=attempt)
                self.stalled = None
                return result


def backoff_s(attempt: int) -> float:
    """Return how long to wait after an attempt, counted from 0."""
    return _BACKOFF_S[min(attempt, len(_BACKOFF_S) - 1)]
