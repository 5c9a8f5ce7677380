"""How far behind the log we are: a metric, and a readiness check."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from nats.errors import Error as NatsError

from scoreline.runtime import logs
from scoreline.runtime.pull_consumer import PullConsumer
from stated import metrics

log = logs.get(__name__)


class LagMonitor:
    """Asks the server how much each consumer has before it."""

    def __init__(self, folds: Mapping[int, PullConsumer], archive: PullConsumer, limit: int) -> None:
        self._folds, self._archive, self._limit = folds, archive, limit
        self._lag: int | None = None

    async def check(self) -> str | None:
        """Answer the readiness question: are we caught up?"""
        if self._lag is None:
            return "lag not known yet"
        return None if self._lag <= self._limit else f"{self._lag} events behind, limit {self._limit}"

    async def run(self, every_s: float) -> None:
        """Measure every `every_s`, until cancelled."""
        while True:
            try:
                await self._measure()
            except (NatsError, TimeoutError, OSError) as error:
                # Readiness learns of it from its own question to NATS.
                log.debug("lag.unknown", reason=str(error) or type(error).__name__)
            await asyncio.sleep(every_s)

    async def _measure(self) -> None:
        total = 0
        for partition, consumer in self._folds.items():
            pending = (await consumer.info()).num_pending or 0
            metrics.consumer_lag.labels(partition).set(pending)
            total += pending
        self._lag = total
        metrics.archive_lag.set((await self._archive.info()).num_pending or 0)
