"""Send events through the real bidirectional stream until each has an answer.

Keeps within the window that ingestd tells, and when the stream breaks opens another and sends again whatever
was not answered, in order. An event that was stored although its answer was lost comes back as a duplicate:
nothing is lost or counted twice in the log.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING

import grpc

from scoreline.cli.connection import Sender, failure_reason, read_failure
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.ingest_service_pb2 import IngestAnswer, IngestItem, IngestStreamRequest, Rejected
from scoreline.v1.ingest_service_pb2_grpc import IngestServiceStub

if TYPE_CHECKING:
    from scoreline.v1.ingest_service_pb2_grpc import IngestServiceAsyncStub

#: Events of one message: ten or more are ten times cheaper than one, and more than some hundred gain nothing.
_BATCH = 100
_FIRST_BACKOFF_S = 0.1
_LONGEST_BACKOFF_S = 3.0
#: How often an event of a game that ingestd has not heard of yet is tried again.
_UNKNOWN_GAME_TRIES = 10
_LASTING_FAILURES = frozenset(
    {
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)
_WORTH_ANOTHER_TRY = frozenset(
    {
        ErrorReason.ERROR_REASON_UNAVAILABLE,
        ErrorReason.ERROR_REASON_RATE_LIMITED,
        ErrorReason.ERROR_REASON_WINDOW_EXCEEDED,
        ErrorReason.ERROR_REASON_UNKNOWN_GAME,
        ErrorReason.ERROR_REASON_INTERNAL,
    }
)

#: Called once for each event with its final answer.
OnAnswer = Callable[[GameEvent, IngestAnswer], None]


class IngestFailed(Exception):
    """The stream can't go on; the message says why."""


class IngestStream:
    """A context in which events are sent; leave it to close the stream."""

    def __init__(
        self, channel: grpc.aio.Channel, sender: Sender, on_answer: OnAnswer, *, patience_s: float = 60.0
    ) -> None:
        self._stub: IngestServiceAsyncStub = IngestServiceStub(channel)
        self._metadata = sender.metadata
        self._on_answer = on_answer
        self._patience_s = patience_s
        self._window = _BATCH
        self._unanswered: dict[int, GameEvent] = {}
        self._unsent: deque[int] = deque()
        self._under_way: set[int] = set()
        self._tries: dict[int, int] = {}
        self._next_tag = 1
        self._changed = asyncio.Condition()
        self._failure: IngestFailed | None = None
        self._open = False
        self._stream = 0
        self._last_progress_s = 0.0
        self._pump: asyncio.Task[None] | None = None
        self._wakings: set[asyncio.Task[None]] = set()
        self.reconnects = 0

    async def __aenter__(self) -> IngestStream:
        self._last_progress_s = asyncio.get_running_loop().time()
        self._pump = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._pump is not None
        self._pump.cancel()
        await asyncio.gather(self._pump, return_exceptions=True)

    async def send(self, event: GameEvent) -> None:
        """Take an event as soon as the window has room for it."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._failure or len(self._unanswered) < self._window)
            self._raise_failure()
            tag = self._next_tag
            self._next_tag += 1
            if not self._unanswered:
                self._last_progress_s = asyncio.get_running_loop().time()
            self._unanswered[tag] = event
            self._unsent.append(tag)
            self._changed.notify_all()

    async def drain(self) -> None:
        """Wait until every event has its answer."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._failure or not self._unanswered)
            self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def _run(self) -> None:
        backoff_s = _FIRST_BACKOFF_S
        try:
            while True:
                before = self._last_progress_s
                problem = await self._one_stream()
                if self._last_progress_s > before:
                    backoff_s = _FIRST_BACKOFF_S
                silent_s = asyncio.get_running_loop().time() - self._last_progress_s
                if self._unanswered and silent_s > self._patience_s:
                    raise IngestFailed(f"no answer for {silent_s:.0f} s: {problem}")
                self.reconnects += 1
                # Full jitter, so that many replays do not come back together.
                await asyncio.sleep(random.uniform(0, backoff_s))
                backoff_s = min(_LONGEST_BACKOFF_S, backoff_s * 2)
        except IngestFailed as failure:
            async with self._changed:
                self._failure = failure
                self._changed.notify_all()

    async def _one_stream(self) -> str:
        """Carry events until the stream breaks and return why it did."""
        self._under_way.clear()
        self._unsent = deque(self._unanswered)
        self._open = False
        self._stream += 1
        call = self._stub.Stream(self._requests(self._stream), metadata=self._metadata)
        responses = aiter(call)
        try:
            while True:
                # An idle stream is opened anew after that time too, which costs nothing.
                async with asyncio.timeout(self._patience_s):
                    response = await anext(responses)
                if response.window_events:
                    await self._open_window(response.window_events)
                if response.answers:
                    await self._take(response.answers)
        except StopAsyncIteration:
            return "ingestd ended the stream"
        except grpc.aio.AioRpcError as error:
            if error.code() in _LASTING_FAILURES and failure_reason(error) != "WINDOW_EXCEEDED":
                raise IngestFailed(f"ingestd refuses the stream: {read_failure(error)}") from None
            return read_failure(error)
        except TimeoutError:
            return "the stream is silent"
        finally:
            call.cancel()

    async def _requests(self, stream: int) -> AsyncGenerator[IngestStreamRequest]:
        """Yield what is unsent, as far as the window has room, until another stream takes over."""
        while True:
            async with self._changed:
                await self._changed.wait_for(
                    lambda: (
                        self._stream != stream
                        or (self._open and self._unsent and len(self._under_way) < self._window)
                    )
                )
                # gRPC may leave the requests of a broken stream waiting here: they must take nothing more.
                if self._stream != stream:
                    return
                room = min(_BATCH, self._window - len(self._under_way), len(self._unsent))
                tags = [self._unsent.popleft() for _ in range(room)]
                self._under_way.update(tags)
                items = [IngestItem(tag=tag, event=self._unanswered[tag]) for tag in tags]
            yield IngestStreamRequest(items=items)

    async def _open_window(self, events: int) -> None:
        async with self._changed:
            self._window, self._open = events, True
            self._changed.notify_all()

    async def _take(self, answers: Iterable[IngestAnswer]) -> None:
        async with self._changed:
            self._last_progress_s = asyncio.get_running_loop().time()
            for answer in answers:
                self._under_way.discard(answer.tag)
                event = self._unanswered.get(answer.tag)
                if event is None:
                    continue  # answered on an earlier stream already
                if answer.WhichOneof("outcome") == "rejected" and self._try_again(
                    answer.tag, answer.rejected
                ):
                    continue
                del self._unanswered[answer.tag]
                self._on_answer(event, answer)
            self._changed.notify_all()

    def _try_again(self, tag: int, rejected: Rejected) -> bool:
        if rejected.reason not in _WORTH_ANOTHER_TRY:
            return False
        self._tries[tag] = self._tries.get(tag, 0) + 1
        unknown = rejected.reason == ErrorReason.ERROR_REASON_UNKNOWN_GAME
        if unknown and self._tries[tag] > _UNKNOWN_GAME_TRIES:
            return False
        wait_s = rejected.retry_after.ToMilliseconds() / 1000 if rejected.HasField("retry_after") else 0.5
        # The game was registered a moment ago: ingestd will hear of it much sooner than its hint says.
        asyncio.get_running_loop().call_later(0.2 if unknown else wait_s, self._requeue, tag)
        return True

    def _requeue(self, tag: int) -> None:
        if tag not in self._unanswered or tag in self._under_way or tag in self._unsent:
            return
        self._unsent.append(tag)
        waking = asyncio.ensure_future(self._wake())
        self._wakings.add(waking)  # the loop itself holds tasks weakly
        waking.add_done_callback(self._wakings.discard)

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()
