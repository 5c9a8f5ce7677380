"""What rooms are made of, asked for with patience: a source that is away is asked again until it answers.

Whoever loses interest cancels; nobody is told that a game does not exist because a server was down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from pushd import metrics
from pushd.ports import (
    Directory,
    PatchFeed,
    Published,
    SourceUnavailable,
    StateReader,
    StoredTopic,
    Unsubscribe,
)
from scoreline.domain.position import Position
from scoreline.runtime import logs
from scoreline.v1.game_pb2 import Game

log = logs.get(__name__)
T = TypeVar("T")

#: Questions asked at the same time; a storm over many games must not become one over Redis.
PARALLEL = 64
_RETRY_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0)


class Sources:
    """The directory, the reader and the feed behind one door."""

    def __init__(self, directory: Directory, reader: StateReader, feed: PatchFeed) -> None:
        self._directory, self._reader, self._feed = directory, reader, feed
        self._turns = asyncio.Semaphore(PARALLEL)

    async def find(self, game_id: str) -> Game | None:
        """Return a game, or nothing when there surely is none."""
        return await self._patiently(lambda: self._directory.find(game_id))

    async def subscribe(self, topic: str, receive: Callable[[Published], None]) -> Unsubscribe:
        """Deliver a topic's patches from now on."""
        return await self._patiently(lambda: self._feed.subscribe(topic, receive))

    async def read(self, game_id: str, cause: str) -> StoredTopic | None:
        """Return a game's state and recent frames, or nothing before its first commit."""
        metrics.state_loads.labels(cause).inc()
        return await self._patiently(lambda: self._reader.read(game_id))

    async def positions(self, game_ids: Sequence[str]) -> dict[str, Position]:
        """Return where games stand, once: raises `SourceUnavailable`."""
        return await self._reader.positions(game_ids)

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        attempt = 0
        while True:
            try:
                async with self._turns:
                    return await ask()
            except SourceUnavailable as error:
                if attempt == 0:
                    log.warning("source.awaited", reason=str(error))
            await asyncio.sleep(retry_s(attempt))
            attempt += 1


def retry_s(attempt: int) -> float:
    """Return how long to wait after the attempt of that number, from 0."""
    return _RETRY_S[min(attempt, len(_RETRY_S) - 1)]
