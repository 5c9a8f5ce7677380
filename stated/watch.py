"""Follow games live for WatchStates: one copy of each topic, any number of readers, no queues.

A reader is a position per game. While it is slow its games are only marked; when it reads
on it gets one merged patch each.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from scoreline.domain.ids import game_topic
from scoreline.domain.position import Position
from scoreline.domain.topic_log import Appended, CatchUp, Gap, OtherEpoch, TopicLog, UpToDate
from scoreline.runtime import logs
from scoreline.runtime.jetstream import NatsLink
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import ScoreState
from scoreline.v1.state_service_pb2 import WatchStatesResponse
from scoreline.wire.names import Header, patch_subject
from stated import metrics
from stated.core.game_fold import GameFold
from stated.ports import PatchStore, StoreUnavailable

log = logs.get(__name__)

_RETRY_S = 0.25


class Wanted(NamedTuple):
    """A game to follow and where the reader stands."""

    game: Game
    position: Position | None


class Reader:
    """Where one call stands in each of its games."""

    def __init__(self) -> None:
        self.positions: dict[str, Position | None] = {}
        self._marked: dict[str, None] = {}
        self._wake = asyncio.Event()

    def mark(self, game_id: str) -> None:
        """Note that a game has moved."""
        self._marked[game_id] = None
        self._wake.set()

    async def marked(self) -> list[str]:
        """Return the games that have moved since the last time, at least one."""
        await self._wake.wait()
        self._wake.clear()
        moved, self._marked = list(self._marked), {}
        return moved


class _Topic:
    """The one copy of a followed game."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.log = TopicLog(game.topic, game_topic(game.game_id))
        self.readers: set[Reader] = set()
        self.reload = asyncio.Event()
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.keeper: asyncio.Task[None] | None = None

    def tell(self) -> None:
        for reader in self.readers:
            reader.mark(self.game.game_id)


class WatchHub:
    """All games that are followed in this process."""

    def __init__(self, link: NatsLink, store: PatchStore) -> None:
        self._link, self._store = link, store
        self._topics: dict[str, _Topic] = {}
        link.after_reconnect(self._reload_all)

    async def run(self, every_s: float) -> None:
        """Compare all topics with the store every `every_s`: core NATS may lose a message silently."""
        while True:
            await asyncio.sleep(every_s)
            topics = dict(self._topics)
            try:
                stored = await self._store.states(list(topics)) if topics else {}
            except StoreUnavailable:
                continue
            for game_id, topic in topics.items():
                state = stored.get(game_id)
                if state is not None and (state.epoch, state.version) > topic.log.position:
                    topic.reload.set()

    @asynccontextmanager
    async def reading(self, wanted: Sequence[Wanted]) -> AsyncIterator[AsyncIterator[WatchStatesResponse]]:
        """Follow games; the iterator gives a step for each game first and then whenever one moves.

        Raises:
            StoreUnavailable: the states can't be read.
        """
        reader = Reader()
        metrics.watchers.inc()
        try:
            for one in wanted:
                reader.positions[one.game.game_id] = one.position
            opening = [self._join(one.game, reader) for one in wanted]
            await asyncio.gather(*(asyncio.shield(topic.opened) for topic in opening))
            for one in wanted:
                reader.mark(one.game.game_id)
            yield self._steps(reader)
        finally:
            metrics.watchers.dec()
            for game_id in reader.positions:
                self._leave(game_id, reader)

    async def _steps(self, reader: Reader) -> AsyncIterator[WatchStatesResponse]:
        while True:
            for game_id in await reader.marked():
                response = self._step(game_id, reader)
                if response is not None:
                    yield response

    def _step(self, game_id: str, reader: Reader) -> WatchStatesResponse | None:
        topic_log = self._topics[game_id].log
        standing = reader.positions[game_id]
        response = WatchStatesResponse(game_id=game_id)
        # Also at version 0: who stands at the very state before the first event misses nothing.
        if standing == topic_log.position:
            return None
        match topic_log.catch_up(standing):
            case UpToDate():
                return None
            case CatchUp(patch=patch):
                response.patch.CopyFrom(patch)
            case _:
                assert isinstance(topic_log.body, ScoreState)  # a game's topic has no other body
                response.snapshot.CopyFrom(topic_log.body)
        reader.positions[game_id] = topic_log.position
        response.position.epoch, response.position.version = topic_log.position
        return response

    def _join(self, game: Game, reader: Reader) -> _Topic:
        topic = self._topics.get(game.game_id)
        if topic is None:
            topic = self._topics[game.game_id] = _Topic(game)
            topic.keeper = asyncio.create_task(self._keep(topic), name=f"watch-{game.game_id}")
        topic.readers.add(reader)
        return topic

    def _leave(self, game_id: str, reader: Reader) -> None:
        topic = self._topics.get(game_id)
        if topic is None:
            return
        topic.readers.discard(reader)
        if not topic.readers:
            del self._topics[game_id]
            if topic.keeper is not None:
                topic.keeper.cancel()

    async def _keep(self, topic: _Topic) -> None:
        """Subscribe first, then read: what is published between the two is dropped as stale or applied."""
        subscription = None
        try:
            subscription = await self._link.client.subscribe(
                patch_subject(topic.log.name), cb=self._taking(topic)
            )
            await self._link.client.flush(2)
            await self._load(topic)
            topic.opened.set_result(None)
            while True:
                await topic.reload.wait()
                topic.reload.clear()
                await self._reload(topic)
                topic.tell()
        except (NatsError, StoreUnavailable, TimeoutError, OSError) as error:
            self._topics.pop(topic.game.game_id, None)
            if not topic.opened.done():
                topic.opened.set_exception(StoreUnavailable(str(error) or type(error).__name__))
        finally:
            topic.opened.cancel()
            if subscription is not None:
                await _quietly(subscription.unsubscribe())

    def _taking(self, topic: _Topic) -> Callable[[Msg], Awaitable[None]]:
        async def take(message: Msg) -> None:
            if not topic.opened.done():
                # Published while the state is read: read it once more, then nothing can be missing.
                topic.reload.set()
                return
            headers = message.headers or {}
            outcome = topic.log.append(
                message.data,
                int(headers.get(Header.EPOCH, 0)),
                as_of_us=int(headers.get(Header.RECEIVED_US, 0)),
            )
            if isinstance(outcome, Appended):
                topic.tell()
            elif isinstance(outcome, Gap | OtherEpoch):
                topic.reload.set()

        return take

    async def _load(self, topic: _Topic) -> None:
        found = await self._store.patches(topic.game.game_id)
        if found is None:
            topic.log.reset(Position(0, 0), GameFold(topic.game, None).state)
            return
        state, kept = found
        position = Position(state.epoch, state.version)
        if position > topic.log.position or not topic.opened.done():
            topic.log.reset(
                position,
                ScoreState.FromString(state.body),
                as_of_us=state.as_of_us,
                frames=[patch.frame for patch in kept],
            )

    async def _reload(self, topic: _Topic) -> None:
        while True:
            try:
                await self._load(topic)
            except StoreUnavailable:
                await asyncio.sleep(_RETRY_S)
            else:
                return

    async def _reload_all(self) -> None:
        for topic in self._topics.values():
            topic.reload.set()


async def _quietly(work: Awaitable[object]) -> None:
    with suppress(NatsError):  # the connection is closed: nothing is subscribed any more
        await work
