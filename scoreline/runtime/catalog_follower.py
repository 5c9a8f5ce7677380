"""Every registered game in memory, without PostgreSQL and without asking stated.

stated publishes each `Game` to the stream CATALOG, which keeps the last one per subject.
A follower reads the stream from its start and then live; a game that is asked for before
it came by is looked up once, so that nobody is refused for being quick.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime

from google.protobuf.message import DecodeError
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from scoreline.domain.ids import is_id
from scoreline.runtime import logs
from scoreline.runtime.absences import Absences
from scoreline.runtime.catalog_index import Catalog as Catalog
from scoreline.runtime.catalog_index import CatalogIndex
from scoreline.runtime.jetstream import NatsLink, unsubscribe
from scoreline.runtime.lifecycle import cancel_all
from scoreline.v1.game_pb2 import Game
from scoreline.wire import names

log = logs.get(__name__)

_HEARTBEAT_S = 1.0
_SILENCE_S = 2.5
"""Two heartbeats and a half without a word: the consumer died with its server."""
_RETRY_S = 0.25
_LOOK_UP_S = 1.0
_ABSENT_FOR_S = 2.0
"""How long "no such game" is believed: a sender of nonsense costs one look-up in so long."""
_ABSENT_KEPT = 10_000


class CatalogFollower:
    """The catalog as the stream CATALOG tells it; survives restarts of NATS with what it knows."""

    def __init__(
        self,
        link: NatsLink,
        *,
        ensure_stream: Callable[[], Awaitable[object]] | None = None,
        changed: Callable[[Game], object] | None = None,
    ) -> None:
        self._link, self._ensure_stream, self._changed = link, ensure_stream, changed
        self._index = CatalogIndex()
        self._absent = Absences(_ABSENT_FOR_S, _ABSENT_KEPT, time.monotonic)
        self._last_was_answered = True
        self._last_sequence = 0
        self._stream_created: datetime | None = None
        self._arrived: asyncio.Queue[Msg | None] = asyncio.Queue()
        self._advanced = asyncio.Condition()
        self._caught_up = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def caught_up(self) -> bool:
        """Whether everything that was registered before the start has been read."""
        return self._caught_up.is_set()

    @property
    def is_certain(self) -> bool:
        """Whether "no such game" can be believed: the last look-up was answered and the server is there."""
        return self._last_was_answered and self._link.client.is_connected

    async def check(self) -> str | None:
        """Answer the readiness question."""
        return None if self.caught_up else "the catalog is still being read"

    async def start(self) -> None:
        """Begin to follow; returns at once, also while NATS is away."""
        self._task = asyncio.create_task(self._follow(), name="catalog-follower")

    async def stop(self) -> None:
        """Stop following; what is known stays readable."""
        if self._task is not None:
            await cancel_all([self._task])

    async def wait_caught_up(self) -> None:
        """Return once `caught_up` is true."""
        await self._caught_up.wait()

    def get(self, game_id: str) -> Game | None:
        """Return a game from memory."""
        return self._index.get(game_id)

    def resolve(self, provider_id: str, external_game_id: str) -> Game | None:
        """Return the game that a provider calls so, from memory."""
        return self._index.resolve(provider_id, external_game_id)

    def games(self) -> Iterator[Game]:
        """Iterate over all games known."""
        return self._index.games()

    async def find(self, game_id: str) -> Game | None:
        """Return a game from memory or, once, from the stream; nothing for an id that can't be one."""
        game = self._index.get(game_id)
        if game is not None or not is_id(game_id) or game_id in self._absent:
            return game
        if not self._link.client.is_connected:
            # A request would wait for its time-out, and a batch of events would wait as often.
            return None
        subject = names.catalog_subject(game_id)
        try:
            async with asyncio.timeout(_LOOK_UP_S):
                found = await self._link.js.get_last_msg(names.CATALOG_STREAM, subject)
        except NotFoundError:
            self._last_was_answered = True
            self._absent.add(game_id)
            return None
        except (NatsError, TimeoutError, OSError) as error:
            self._last_was_answered = False
            log.warning("catalog.look_up_failed", game_id=game_id, reason=_reason(error))
            return None
        self._last_was_answered = True
        if self._index.get(game_id) is None:  # what came by meanwhile is at least as new
            self._take(found.data or b"", found.subject or subject)
        return self._index.get(game_id)

    async def find_external(self, provider_id: str, external_game_id: str) -> Game | None:
        """Return the game that a provider calls so, after reading on to the end of the stream if need be."""
        game = self._index.resolve(provider_id, external_game_id)
        # A space can't stand in an id, so this never meets a game's own entry.
        key = f"{provider_id} {external_game_id}"
        if game is not None or key in self._absent:
            return game
        try:
            async with asyncio.timeout(_LOOK_UP_S):
                end = (await self._link.js.stream_info(names.CATALOG_STREAM)).state.last_seq
                async with self._advanced:
                    await self._advanced.wait_for(lambda: self._last_sequence >= end)
        except (NatsError, TimeoutError, OSError) as error:
            self._last_was_answered = False
            log.warning("catalog.look_up_failed", provider_id=provider_id, reason=_reason(error))
            return self._index.resolve(provider_id, external_game_id)
        self._last_was_answered = True
        game = self._index.resolve(provider_id, external_game_id)
        if game is None:
            self._absent.add(key)
        return game

    async def _follow(self) -> None:
        while True:
            subscription: Subscription | None = None
            forget = self._link.after_reconnect(self._wake)
            try:
                subscription = await self._bind()
                await self._read()
            except NotFoundError:
                await self._create_stream()
            except (NatsError, TimeoutError, OSError) as error:
                log.info("catalog.read_again", reason=_reason(error))
                await asyncio.sleep(_RETRY_S)
            finally:
                forget()
                if subscription is not None:
                    await unsubscribe(subscription)

    async def _create_stream(self) -> None:
        if self._ensure_stream is not None:
            try:
                await self._ensure_stream()
                return
            except (NatsError, TimeoutError, OSError) as error:
                log.warning("catalog.stream_missing", reason=_reason(error))
        await asyncio.sleep(_RETRY_S)

    async def _bind(self) -> Subscription:
        """Open an ordered consumer behind what was read: no acks, heartbeats, contiguous delivery numbers."""
        js = self._link.js
        created = (await js.stream_info(names.CATALOG_STREAM)).created
        if created != self._stream_created:
            # Another stream under the same name: its numbers start anew. Games known from before stay known.
            self._stream_created, self._last_sequence = created, 0
        arrived: asyncio.Queue[Msg | None] = asyncio.Queue()
        self._arrived = arrived
        inbox = self._link.client.new_inbox()

        async def receive(message: Msg) -> None:
            arrived.put_nowait(message)

        subscription = await self._link.client.subscribe(inbox, cb=receive)
        try:
            info = await js.add_consumer(names.CATALOG_STREAM, _ordered(inbox, self._last_sequence))
        except BaseException:
            await unsubscribe(subscription)
            raise
        if not info.num_pending:
            self._caught_up.set()
        return subscription

    async def _read(self) -> None:
        delivered = 0
        while True:
            async with asyncio.timeout(_SILENCE_S):
                message = await self._arrived.get()
            if message is None:  # reconnected: the consumer may be gone, and asking is cheap
                return
            if message.headers and message.headers.get("Status") == "100":
                await self._answer_flow_control(message)
                continue
            place = message.metadata
            delivered += 1
            if place.sequence.consumer != delivered:
                log.warning("catalog.gap_seen", expected=delivered, got=place.sequence.consumer)
                return
            self._take(message.data, message.subject)
            async with self._advanced:
                self._last_sequence = place.sequence.stream
                self._advanced.notify_all()
            if not place.num_pending:
                self._caught_up.set()

    async def _answer_flow_control(self, message: Msg) -> None:
        stalled = (message.headers or {}).get("Nats-Consumer-Stalled")
        if message.reply or stalled:
            await self._link.client.publish(message.reply or stalled or "")

    def _take(self, body: bytes, subject: str) -> None:
        try:
            game = Game.FromString(body)
        except DecodeError:
            log.error("catalog.entry_unreadable", subject=subject)
            return
        if not is_id(game.game_id):
            log.error("catalog.entry_unreadable", subject=subject)
            return
        self._index.put(game)
        self._absent.discard(game.game_id)
        for provider in game.providers:
            self._absent.discard(f"{provider.provider_id} {provider.external_game_id}")
        if self._changed is not None:
            self._changed(game)

    async def _wake(self) -> None:
        self._arrived.put_nowait(None)


def _ordered(inbox: str, behind: int) -> ConsumerConfig:
    config = ConsumerConfig(
        deliver_subject=inbox,
        filter_subject=names.CATALOG_SUBJECTS,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE if behind else DeliverPolicy.ALL,
        ack_policy=AckPolicy.NONE,
        max_deliver=1,
        mem_storage=True,
        num_replicas=1,
        flow_control=True,
        idle_heartbeat=_HEARTBEAT_S,
        inactive_threshold=30.0,
    )
    if behind:
        config.opt_start_seq = behind + 1
    return config


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
