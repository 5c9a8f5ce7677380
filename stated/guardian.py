"""Notice that Redis has lost data, and bring the games back from the log before anybody asks [E4].

Each partition has a mark in Redis beside its games, which names the life of the server in which they were
whole. Whatever loses all games loses the mark; a restart or a failover, which may lose the last second's
writes, makes it the mark of another life.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from scoreline.runtime import logs
from scoreline.v1.game_pb2 import Game
from stated.event_log import EventLog, LogUnavailable
from stated.loader import GameSource, SourceUnavailable
from stated.ports import PatchStore, StoreUnavailable

log = logs.get(__name__)


class Restorer(Protocol):
    """Brings a game back in its partition's turn."""

    async def restore(self, game: Game) -> None:
        """Bring a game's state back from the log if the store has none, or an older one than it had."""


class Guardian:
    """Looks after the marks of the partitions that this process owns."""

    def __init__(
        self,
        partitions: Mapping[int, Restorer],
        store: PatchStore,
        event_log: EventLog,
        games: GameSource,
        *,
        now_us: Callable[[], int],
        restored_age_s: int,
    ) -> None:
        self._partitions, self._store, self._log, self._games = partitions, store, event_log, games
        self._now_us, self._restored_age_us = now_us, restored_age_s * 1_000_000
        self._missing: set[int] = set(partitions)

    async def check(self) -> str | None:
        """Answer the readiness question."""
        if not self._missing:
            return None
        return f"partitions not yet restored from the log: {sorted(self._missing)}"

    async def run(self, every_s: float) -> None:
        """Look every `every_s`, until cancelled."""
        while True:
            try:
                await self.look()
            except (StoreUnavailable, LogUnavailable, SourceUnavailable) as error:
                log.info("guardian.waits", reason=str(error))
            await asyncio.sleep(every_s)

    async def look(self) -> None:
        """Restore the partitions whose mark is missing."""
        life, built = await self._store.built(sorted(self._partitions))
        self._missing = set(self._partitions) - built
        if self._missing:
            await asyncio.gather(*(self._restore(partition, life) for partition in sorted(self._missing)))

    async def _restore(self, partition: int, life: str) -> None:
        restored = 0
        unknown: SourceUnavailable | None = None
        for game_id in await self._log.games(partition):
            # What was over long ago had expired anyway; it comes back when somebody asks for it.
            last_us = await self._log.last_time_us(game_id)
            if last_us is None or last_us < self._now_us() - self._restored_age_us:
                continue
            try:
                game = await self._games.game(game_id)
            except SourceUnavailable as error:
                unknown = error  # the others need not wait for the catalog
                continue
            if game is not None:
                await self._partitions[partition].restore(game)
                restored += 1
        if unknown is not None:
            raise unknown
        await self._store.mark_built(partition, life)
        self._missing.discard(partition)
        if restored:
            log.info("partition.restored", partition=partition, games=restored)
