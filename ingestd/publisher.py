"""The event log in JetStream.

nats-py's `publish_async` takes a future, a random inbox and a semaphore per message; here
one pending table counts the entries of a whole batch down, and one sweep serves all time-outs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from ingestd.core.outcomes import Kept, Known, Outcome, unavailable
from ingestd.event_log import Entry
from ingestd.metrics import metrics
from scoreline.runtime import logs
from scoreline.runtime.jetstream import NatsLink
from scoreline.runtime.lifecycle import cancel_all
from scoreline.wire.names import Header

log = logs.get(__name__)

_SWEEP_EVERY_S = 0.25


class Limits(NamedTuple):
    """How patient the log is, and how much it holds in flight."""

    most_pending: int = 20_000
    """Entries without an answer; about 20 MB at the most usual size of an event."""
    stall_s: float = 2.0
    """How long a batch waits for room before it is refused."""
    ack_s: float = 4.0
    """How long an entry waits for its ack before it is refused; it may be stored all the same."""


class JetStreamEventLog:
    """Events in the stream EVENTS, pipelined over one connection with an inbox of its own."""

    def __init__(
        self,
        link: NatsLink,
        limits: Limits,
        *,
        stream_missing: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._link, self._limits = link, limits
        self._stream_missing = stream_missing
        self._prefix = ""
        self._next = 0
        # In the order of publication, so that the oldest deadline is the first one.
        self._pending: dict[str, _Pending] = {}
        self._room = asyncio.Event()
        self._room.set()
        self._broken = False
        """While true, nothing is published: it waits in the table for the connection to be mended."""
        self._mending = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._repair: asyncio.Task[None] | None = None
        self._forget: Callable[[], None] | None = None

    async def start(self) -> None:
        """Open the inbox; needs a link that has connected once."""
        self._prefix = self._link.client.new_inbox() + "."
        await self._link.client.subscribe(self._prefix + "*", cb=self._acked, pending_msgs_limit=-1)
        self._forget = self._link.after_reconnect(self._reconnected)
        self._tasks.append(asyncio.create_task(self._sweep(), name="event-log-sweep"))

    async def stop(self) -> None:
        """Stop the sweep; what is pending is refused."""
        if self._forget is not None:
            self._forget()
        await cancel_all(self._tasks)
        for token in list(self._pending):
            self._settle(token, unavailable("nats", "the service stops"))

    @property
    def pending(self) -> int:
        """How many entries wait for their ack."""
        return len(self._pending)

    async def append(
        self, entries: Sequence[Entry], headers: Mapping[str, str]
    ) -> "asyncio.Future[list[Outcome]]":
        """Publish `entries`; see EventLog."""
        loop = asyncio.get_running_loop()
        batch = _Batch(loop.create_future(), len(entries))
        if not entries:
            batch.done.set_result([])
            return batch.done
        if len(self._pending) + len(entries) > self._limits.most_pending and not await self._wait_for_room(
            len(entries)
        ):
            batch.refuse_all(unavailable("nats", "too many events wait for the event log", 1.0))
            return batch.done
        deadline = loop.time() + self._limits.ack_s
        for place, entry in enumerate(entries):
            self._next += 1
            token = str(self._next)
            pending = _Pending(batch, place, entry, headers, deadline)
            self._pending[token] = pending
            if not self._broken:
                self._broken = not await self._publish(token, pending)
        if len(self._pending) >= self._limits.most_pending:
            self._room.clear()
        metrics.unacked.set(len(self._pending))
        return batch.done

    async def _publish(self, token: str, pending: "_Pending") -> bool:
        entry = pending.entry
        client = self._link.client
        if not client.is_connected:
            # Nothing goes into the client's own buffer: after the reconnect everything pending is published
            # again from here, once and in order.
            return False
        try:
            await client.publish(
                entry.subject,
                entry.body,
                reply=self._prefix + token,
                headers={
                    Header.MESSAGE_ID: entry.identity,
                    Header.PROVIDER: entry.provider_id,
                    **pending.headers,
                },
            )
        except (NatsError, OSError) as error:
            log.warning("event_log.publish_failed", reason=str(error) or type(error).__name__)
            return False
        return True

    async def _acked(self, message: Msg) -> None:
        token = message.subject[len(self._prefix) :]
        if token not in self._pending:  # came too late: the sender was told to try again
            return
        try:
            answer: Any = (
                orjson.loads(message.data) if message.data else {"error": {"description": "no stream"}}
            )
            error: Any = answer.get("error")
            if error is None:
                sequence = int(answer["seq"])
                self._settle(token, Known(sequence) if answer.get("duplicate") else Kept(sequence))
                return
        except (orjson.JSONDecodeError, KeyError, ValueError, AttributeError) as broken:
            error = {"description": f"unreadable ack: {broken}"}
        reason = str(error.get("description", error))
        log.warning("event_log.append_refused", reason=reason)
        if not message.data:
            self._ask_for_stream()
        self._settle(token, unavailable("nats", "the event log did not take the event", 1.0))

    def _settle(self, token: str, outcome: Outcome) -> None:
        pending = self._pending.pop(token)
        pending.batch.settle(pending.place, outcome)
        if not self._room.is_set() and len(self._pending) < self._limits.most_pending:
            self._room.set()

    async def _wait_for_room(self, count: int) -> bool:
        if count > self._limits.most_pending:
            return False
        try:
            async with asyncio.timeout(self._limits.stall_s):
                while len(self._pending) + count > self._limits.most_pending:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            return False
        return True

    async def _reconnected(self) -> None:
        # What was written shortly before the connection broke may or may not have arrived.
        self._broken = True
        await self._publish_again()

    async def _publish_again(self) -> None:
        """Publish what has no ack yet, in order; the message ids make a second time harmless.

        What is appended meanwhile queues up behind it: a new event must not overtake an older one.
        """
        async with self._mending:
            last = 0
            while self._broken:
                tokens = [token for token in self._pending if int(token) > last]
                if not tokens:
                    self._broken = False
                    return
                for token in tokens:
                    pending = self._pending.get(token)
                    if pending is not None and not await self._publish(token, pending):
                        return
                last = int(tokens[-1])
                log.info("event_log.published_again", events=len(tokens))

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SWEEP_EVERY_S)
            metrics.unacked.set(len(self._pending))
            now = loop.time()
            late = 0
            while self._pending:
                token, pending = next(iter(self._pending.items()))
                if pending.deadline > now:
                    break
                self._settle(token, unavailable("nats", "the event log does not answer; send it again", 1.0))
                late += 1
            if late:
                log.warning("event_log.unanswered", events=late)
            if self._broken and self._link.client.is_connected:
                # A publish failed although the connection lives on, so no reconnect will come to repair it.
                await self._publish_again()

    def _ask_for_stream(self) -> None:
        if self._stream_missing is None or (self._repair is not None and not self._repair.done()):
            return
        self._repair = asyncio.ensure_future(self._create_stream(self._stream_missing))

    @staticmethod
    async def _create_stream(create: Callable[[], Awaitable[object]]) -> None:
        try:
            await create()
        except (NatsError, TimeoutError, OSError) as error:
            log.warning("event_log.stream_missing", reason=str(error) or type(error).__name__)


class _Batch:
    """Entries that are answered together."""

    __slots__ = ("_left", "_outcomes", "done")

    def __init__(self, done: "asyncio.Future[list[Outcome]]", count: int) -> None:
        self.done = done
        self._left = count
        self._outcomes: list[Outcome | None] = [None] * count

    def settle(self, place: int, outcome: Outcome) -> None:
        self._outcomes[place] = outcome
        self._left -= 1
        if not self._left and not self.done.done():
            self.done.set_result([outcome for outcome in self._outcomes if outcome is not None])

    def refuse_all(self, refusal: Outcome) -> None:
        self.done.set_result([refusal] * len(self._outcomes))


class _Pending(NamedTuple):
    batch: _Batch
    place: int
    entry: Entry
    headers: Mapping[str, str]
    deadline: float
