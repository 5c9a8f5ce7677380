"""One partition's consumer over real NATS and Redis, with places where a test can let it die."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from nats.js.api import ConsumerInfo
from redis.asyncio import Redis

from scoreline.runtime.jetstream import NatsLink
from scoreline.runtime.lifecycle import cancel_all
from scoreline.runtime.pull_consumer import ConsumerSpec, PullConsumer
from scoreline.runtime.streams import configs, ensure_streams
from scoreline.testing.catalog import MemoryCatalog
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.frame_pb2 import ServerFrame
from scoreline.v1.game_pb2 import Game
from scoreline.wire import names
from stated.app import now_us
from stated.consumer import FoldLimits, PartitionConsumer
from stated.event_log import JetStreamEventLog
from stated.loader import GameLoader
from stated.ports import Commit, Outcome, StoredState
from stated.publisher import JetStreamPublisher, Publication
from stated.store import RedisPatchStore

#: Longer than anything here takes; who waits so long waits in vain.
DEADLINE_S = 20.0


class Died(BaseException):
    """The process is gone, at this line."""


class FaultyStore(RedisPatchStore):
    """A store whose process dies just before or just after a commit."""

    dies: str | None = None

    async def commit_batch(self, commits: Sequence[Commit]) -> list[Outcome]:
        if self.dies == "before commit":
            raise Died
        outcomes = await super().commit_batch(commits)
        if self.dies == "after commit":
            raise Died
        return outcomes


class FaultyPublisher(JetStreamPublisher):
    """A publisher whose process dies half-way through, or just after."""

    dies: str | None = None

    async def publish(self, publications: Sequence[Publication]) -> None:
        if self.dies == "half-way through the publications":
            await super().publish(publications[: len(publications) // 2])
            raise Died
        await super().publish(publications)
        if self.dies == "after publication":
            raise Died


class Games:
    """A `GameSource` that knows what the test registered."""

    def __init__(self, catalog: MemoryCatalog) -> None:
        self.catalog = catalog

    async def game(self, game_id: str) -> Game | None:
        return self.catalog.get(game_id)


class FoldRig:
    """What one test needs; `start` may be called again after a death, as a restart."""

    def __init__(self, link: NatsLink, redis: Redis) -> None:
        self.link, self.redis = link, redis
        self.catalog = MemoryCatalog()
        self.store = FaultyStore(redis)
        self.publisher = FaultyPublisher(link, self.ensure)
        self.log = JetStreamEventLog(link, names.PARTITIONS)
        self.consumers: dict[int, PartitionConsumer] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self.pulls: dict[int, PullConsumer] = {}
        self.now_us: Callable[[], int] = now_us

    async def ensure(self) -> None:
        await ensure_streams(self.link.js, configs())

    async def publish(self, *events: GameEvent, **headers: str) -> None:
        """Do what ingestd does."""
        for event in events:
            await self.link.js.publish(
                names.event_subject(event.game_id),
                event.SerializeToString(),
                headers={names.Header.MESSAGE_ID.value: names.event_identity(event), **headers},
            )

    def start(self, *game_ids: str, ack_wait_s: float = 5.0, **limits: Any) -> None:
        """Start a process that owns the partitions of these games."""
        for partition in sorted({names.partition_of(game_id) for game_id in game_ids}):
            consumer = self.build(partition, ack_wait_s=ack_wait_s, **limits)
            self.tasks.append(asyncio.create_task(consumer.run()))

    def build(self, partition: int, *, ack_wait_s: float = 5.0, **limits: Any) -> PartitionConsumer:
        """Return a partition's consumer that does not run yet."""
        spec = ConsumerSpec(
            names.EVENTS_STREAM,
            names.fold_durable(partition),
            (names.partition_subjects(partition),),
            ack_wait_s=ack_wait_s,
        )
        self.pulls[partition] = PullConsumer(self.link, spec)
        consumer = self.consumers[partition] = PartitionConsumer(
            partition,
            self.pulls[partition],
            self.store,
            self.publisher,
            GameLoader(self.store, self.log, self.publisher, now_us=self.now_us, hot_after_end_s=86_400),
            Games(self.catalog),
            self.log,
            now_us=self.now_us,
            limits=FoldLimits(**limits),
        )
        return consumer

    async def stop(self) -> None:
        """Stop as a service does that is told to."""
        await cancel_all(self.tasks)
        self.tasks.clear()
        self.store.dies = self.publisher.dies = None

    async def until_dead(self) -> None:
        """Wait for the injected death."""
        done, _ = await asyncio.wait(self.tasks, timeout=DEADLINE_S, return_when=asyncio.FIRST_COMPLETED)
        assert done, "nobody died"
        assert isinstance(done.pop().exception(), Died)
        await self.stop()

    async def until_acked(self, game_id: str = "g1") -> ConsumerInfo:
        """Wait until every event of the game's partition is folded and acked."""
        return await self.until(self._acked(game_id))

    def _acked(self, game_id: str) -> Callable[[], Any]:
        async def acked() -> ConsumerInfo | None:
            info = await self.link.js.consumer_info(
                names.EVENTS_STREAM, names.fold_durable(names.partition_of(game_id))
            )
            return info if not info.num_pending and not info.num_ack_pending else None

        return acked

    async def until(self, question: Callable[[], Any]) -> Any:
        """Ask until the answer is true; tells at once when the consumer has died."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                for task in self.tasks:
                    if task.done():
                        task.result()
                try:
                    if answer := await question():
                        return answer
                except Exception:  # not there yet: the consumer or the server comes later
                    pass
                await asyncio.sleep(0.01)

    async def state(self, game_id: str = "g1") -> StoredState:
        return (await self.store.states([game_id]))[game_id]

    async def published(self, game_id: str = "g1") -> list[tuple[int, int]]:
        """(epoch, version) of the patches in the stream, in its order; checks that frames say the same."""
        subscription = await self.link.js.pull_subscribe(
            names.patch_subject(f"game/{game_id}"), stream=names.PATCHES_STREAM
        )
        info = await subscription.consumer_info()
        found: list[tuple[int, int]] = []
        while len(found) < info.num_pending:
            for message in await subscription.fetch(info.num_pending - len(found), timeout=5):
                version = int(message.headers[names.Header.VERSION])
                assert ServerFrame.FromString(message.data).patch.version == version
                found.append((int(message.headers[names.Header.EPOCH]), version))
        await subscription.unsubscribe()
        return found
