"""A durable pull consumer that hands out what is there, at once, and outlives its server.

nats-py's `fetch(n)` waits for the n-th message until its time-out even when the first
one has come, which costs an idle game its whole time-out; and it does not notice that
its consumer is gone (nats-io/nats.py#504). This one keeps a single pull request open,
yields whatever has arrived, and watches idle heartbeats: silence means asking the
server whether stream and consumer still exist, and creating again what does not.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy
from nats.js.errors import NotFoundError

from scoreline.runtime import logs
from scoreline.runtime.jetstream import NatsLink, unsubscribe

log = logs.get(__name__)

_HEARTBEAT_S = 1.0
_SILENCE_S = 2.5
"""Two heartbeats and a half without a word: the request is lost or its consumer gone."""
_PULL_EXPIRES_S = 30.0
_RETRY_S = 0.5
_DRAIN_S = 1.0
_FLOOR_EVERY_S = 10.0
"""How often the ack floor is asked for: behind it a consumer made anew goes on, instead of from the start."""


class _Gone(Exception):
    """The consumer or its stream no longer exists on the server."""


@dataclass(frozen=True, slots=True)
class ConsumerSpec:
    """What the server is told about a durable consumer."""

    stream: str
    durable: str
    filter_subjects: tuple[str, ...]
    ack_wait_s: float = 30.0
    max_ack_pending: int = 2000
    deliver_policy: DeliverPolicy = DeliverPolicy.ALL


class PullConsumer:
    """Batches of one durable, for one task at a time."""

    def __init__(
        self,
        link: NatsLink,
        spec: ConsumerSpec,
        *,
        batch: int = 100,
        ensure_stream: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._link, self._spec, self._batch = link, spec, batch
        self._ensure_stream = ensure_stream
        self._arrived: deque[Msg] = deque()
        self._wake = asyncio.Event()
        self._owed = 0
        self._gone: str | None = None
        self._heard_at = 0.0
        self._stream_created: datetime | None = None
        self._ack_floor = 0
        self._floor_asked_at = 0.0

    async def batches(self) -> AsyncGenerator[list[Msg], None]:
        """Yield messages in stream order, at most `batch` at a time; runs until cancelled or closed.

        A message that is not acked within `ack_wait_s` comes again, also after a restart.
        """
        while True:
            try:
                inbox = await self._bind()
            except (NatsError, TimeoutError, OSError) as error:
                log.warning("consumer.bind_failed", durable=self._spec.durable, reason=_reason(error))
                await asyncio.sleep(_RETRY_S)
                continue
            forget = self._link.after_reconnect(self._restart_pull)
            try:
                while True:
                    await self._await_messages(inbox[0])
                    take = min(self._batch, len(self._arrived))
                    yield [self._arrived.popleft() for _ in range(take)]
            except (asyncio.CancelledError, GeneratorExit):
                await self._give_back(inbox[1])
                raise
            except _Gone as error:
                log.warning("consumer.lost", durable=self._spec.durable, reason=str(error))
            except (NatsError, TimeoutError, OSError) as error:
                log.warning("consumer.broken", durable=self._spec.durable, reason=_reason(error))
                await asyncio.sleep(_RETRY_S)
            finally:
                forget()
                await unsubscribe(inbox[1])

    async def info(self) -> ConsumerInfo:
        """Return the server's view: pending messages are the lag."""
        info: ConsumerInfo = await self._link.js.consumer_info(self._spec.stream, self._spec.durable)
        return info

    async def _bind(self) -> tuple[str, Subscription]:
        if await self._ensure_consumer():
            self._arrived.clear()  # the new consumer delivers them again, in order
        self._owed, self._gone = 0, None
        inbox = self._link.client.new_inbox()
        subscription = await self._link.client.subscribe(inbox, cb=self._receive)
        return inbox, subscription

    async def _ensure_consumer(self) -> bool:
        js, spec = self._link.js, self._spec
        try:
            stream = await js.stream_info(spec.stream)
        except NotFoundError:
            if self._ensure_stream is None:
                raise
            await self._ensure_stream()
            stream = await js.stream_info(spec.stream)
        created = getattr(stream, "created", None)
        try:
            found = await js.consumer_info(spec.stream, spec.durable)
        except NotFoundError:
            # Same stream: go on behind what was acked. Another stream under the same name: from its start.
            known = self._ack_floor if created is not None and created == self._stream_created else 0
            await js.add_consumer(spec.stream, _config(spec, behind=known))
            log.info("consumer.created", durable=spec.durable, behind=known)
            self._stream_created = created
            return True
        else:
            if _differs(found.config, spec):
                await js.add_consumer(spec.stream, _updated(found.config, spec))
                log.info("consumer.updated", durable=spec.durable)
            self._remember(found)
        self._stream_created = created
        return False

    async def _give_back(self, subscription: Subscription) -> None:
        # What is on its way to us must arrive first: once nobody listens it is lost until the ack wait.
        with suppress(NatsError, TimeoutError):
            async with asyncio.timeout(_DRAIN_S):
                await subscription.drain()  # type: ignore[no-untyped-call]  # nats-py leaves it untyped
        # Another replica gets them at once instead of after ack_wait.
        while self._arrived:
            try:
                await self._arrived.popleft().nak()
            except NatsError:
                return

    def _remember(self, info: ConsumerInfo) -> None:
        floor: Any = info.ack_floor
        self._ack_floor = int(getattr(floor, "stream_seq", 0) or 0) if floor is not None else 0

    async def _receive(self, message: Msg) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        status = message.headers.get("Status") if message.headers and not message.data else None
        if status is None:
            self._owed = max(0, self._owed - 1)
            self._arrived.append(message)
        elif status != "100":  # 100 is the idle heartbeat
            self._ended(status, message.headers or {})
        if status != "100":
            self._wake.set()

    def _ended(self, status: str, headers: dict[str, str]) -> None:
        # 404, 408 and most 409 end a pull request; the number it still owed comes with them.
        text = headers.get("Description", "")
        self._owed = 0
        if status == "503" or (status == "409" and ("Deleted" in text or "not found" in text.lower())):
            self._gone = f"{status} {text}".strip()

    async def _await_messages(self, inbox: str) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            if self._gone is not None:
                await self._verify()
            if self._owed == 0 and len(self._arrived) < self._batch:
                await self._pull(inbox)
            if self._arrived:
                if loop.time() - self._floor_asked_at > _FLOOR_EVERY_S:
                    await self._ask_floor()
                return
            try:
                async with asyncio.timeout(_SILENCE_S):
                    await self._wake.wait()
            except TimeoutError:
                if loop.time() - self._heard_at >= _SILENCE_S and self._link.client.is_connected:
                    await self._verify()
                    self._owed = 0

    async def _ask_floor(self) -> None:
        self._floor_asked_at = asyncio.get_running_loop().time()
        try:
            self._remember(await self.info())
        except NotFoundError as error:
            raise _Gone(error.description or "not found") from None

    async def _verify(self) -> None:
        self._gone = None
        try:
            self._remember(await self.info())
        except NotFoundError as error:
            raise _Gone(error.description or "not found") from None
        # It exists: a leader is being elected, or the request was lost. A short wait, then pull again.
        await asyncio.sleep(0.05)

    async def _pull(self, inbox: str) -> None:
        request = {
            "batch": self._batch,
            "expires": int(_PULL_EXPIRES_S * 1e9),
            "idle_heartbeat": int(_HEARTBEAT_S * 1e9),
        }
        self._owed = self._batch
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._spec.stream}.{self._spec.durable}"
        await self._link.client.publish(subject, orjson.dumps(request), reply=inbox)

    async def _restart_pull(self) -> None:
        self._owed = 0  # the open request died with the connection
        self._wake.set()


def _config(spec: ConsumerSpec, *, behind: int) -> ConsumerConfig:
    config = ConsumerConfig(
        durable_name=spec.durable,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=spec.ack_wait_s,
        max_ack_pending=spec.max_ack_pending,
        deliver_policy=spec.deliver_policy,
        max_deliver=-1,
    )
    if len(spec.filter_subjects) == 1:
        config.filter_subject = spec.filter_subjects[0]
    else:
        config.filter_subjects = list(spec.filter_subjects)
    if behind:
        config.deliver_policy, config.opt_start_seq = DeliverPolicy.BY_START_SEQUENCE, behind + 1
    return config


def _updated(found: ConsumerConfig, spec: ConsumerSpec) -> ConsumerConfig:
    # Where a durable starts can't be changed, everything else can.
    config = _config(spec, behind=0)
    config.deliver_policy, config.opt_start_seq = found.deliver_policy, found.opt_start_seq
    return config


def _differs(found: ConsumerConfig, spec: ConsumerSpec) -> bool:
    subjects = tuple(found.filter_subjects or ([found.filter_subject] if found.filter_subject else []))
    return (found.ack_wait, found.max_ack_pending, subjects) != (
        spec.ack_wait_s,
        spec.max_ack_pending,
        spec.filter_subjects,
    )


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
