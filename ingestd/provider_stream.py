"""One provider's stream: a reader that takes events in, a writer that gives answers back.

The window counts what was read and has no answer yet. What was answered and not yet written is
counted too, apart: a sender that does not read its answers stops being read.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from ingestd.answers import stream_response
from ingestd.core.admission import within_window
from ingestd.core.outcomes import Outcome, Refusal
from ingestd.core.reading import Item, Reading, games_of, read_request
from ingestd.intake import Intake, count_outcomes
from ingestd.postbox import Postbox
from ingestd.providers import Provider
from ingestd.throttle import Throttle
from scoreline.runtime import telemetry
from scoreline.runtime.lifecycle import cancel_all
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.ingest_service_pb2 import IngestStreamResponse

_PATIENCE_S = 1.0
_GATHER_S = 0.004
_MOST_ANSWERS = 5000
"""Answers in one message; some 20 KB."""


class Tools(NamedTuple):
    """What every stream works with."""

    intake: Intake
    postbox: Postbox
    throttle: Throttle
    window_events: int
    max_message_bytes: int
    now_us: Callable[[], int]


class ProviderStream:
    """A stream between its first message and its end."""

    def __init__(self, tools: Tools, provider: Provider, context: Any, metadata: Mapping[str, str]) -> None:
        self._tools, self._context = tools, context
        self.provider = provider
        self._parent = telemetry.extract(metadata)
        self._unanswered = 0
        self._ready: deque[tuple[Sequence[int], Sequence[Outcome]]] = deque()
        self._backlog = 0
        self._wake = asyncio.Event()
        self._drained = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self._taking = False
        self._closing = False

    async def run(self, requests: AsyncIterator[bytes]) -> None:
        """Serve the stream until the sender has said its last word and was answered, or `close` is called."""
        window = IngestStreamResponse(window_events=self._tools.window_events)
        await self._context.write(window.SerializeToString())
        reader = self._reader = asyncio.ensure_future(self._read(requests))
        reader.add_done_callback(lambda _: self._wake.set())
        try:
            while not (reader.done() and not self._unanswered):
                await self._wake.wait()
                if self._backlog < self._unanswered:
                    # More answers are near. A gRPC write costs as much as checking ten events, whatever
                    # it carries; a lone event is the last one under way and does not wait.
                    await asyncio.sleep(_GATHER_S)
                self._wake.clear()
                while self._ready:
                    await self._write()
        finally:
            await cancel_all([reader])
        if not reader.cancelled() and (error := reader.exception()) is not None:
            raise error

    def close(self) -> None:
        """Read no more; what was read is still answered."""
        self._closing = True
        # Only while it waits for a message: in the middle of one, part of it may be in the log already.
        if self._reader is not None and not self._taking:
            self._reader.cancel()

    async def _write(self) -> None:
        batches = []
        count = 0
        while self._ready and count < _MOST_ANSWERS:
            batches.append(self._ready.popleft())
            count += len(batches[-1][0])
        # Before the write: a sender that has read an answer may use its place in the window at once.
        self._unanswered -= count
        await self._context.write(stream_response(batches))
        self._backlog -= count
        if self._backlog <= self._tools.window_events:
            self._drained.set()

    async def _read(self, requests: AsyncIterator[bytes]) -> None:
        async for payload in requests:
            self._taking = True
            await self._take(payload)
            self._taking = False
            while self._backlog > self._tools.window_events and not self._closing:
                self._drained.clear()
                await self._drained.wait()
            if self._closing:
                return

    async def _take(self, payload: bytes) -> None:
        tools = self._tools
        if len(payload) > tools.max_message_bytes:
            self._refuse([Item(0, _too_large(len(payload), tools.max_message_bytes))])
            return
        reading: Reading = read_request(payload)
        if reading.malformed is not None:
            await tools.postbox.keep(
                self.provider.provider_id,
                payload,
                reading.malformed,
                edge="grpc",
                format_name="protobuf",
                received_us=tools.now_us(),
            )
        items = reading.items
        fitting = within_window(self._unanswered, len(items), tools.window_events)
        if fitting < len(items):
            self._refuse(items[fitting:], _window_exceeded(tools.window_events))
            items = items[:fitting]
        if not items:
            return
        refusal = await tools.throttle.admit(self.provider, games_of(items), patience_s=_PATIENCE_S)
        if refusal is not None:
            self._refuse(items, refusal)
            return
        self._unanswered += len(items)
        tags = [item.tag for item in items]
        with telemetry.span("ingest.batch", parent=self._parent):
            headers: dict[str, str] = {}
            telemetry.inject(headers)
            outcomes = await tools.intake.submit(self.provider.provider_id, items, headers)
        outcomes.add_done_callback(partial(self._answered, tags))

    def _answered(self, tags: Sequence[int], outcomes: "asyncio.Future[list[Outcome]]") -> None:
        self._answer(tags, outcomes.result())

    def _refuse(self, items: Sequence[Item], refusal: Refusal | None = None) -> None:
        """Answer items that never were in the window."""
        outcomes = [refusal or item.event for item in items]
        refusals = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
        self._unanswered += len(refusals)
        count_outcomes(self.provider.provider_id, refusals)
        self._answer([item.tag for item in items], refusals)

    def _answer(self, tags: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        self._ready.append((tags, outcomes))
        self._backlog += len(tags)
        self._wake.set()


def _too_large(size: int, limit: int) -> Refusal:
    return Refusal(
        ErrorReason.ERROR_REASON_TOO_LARGE,
        "",
        f"a message has at most {limit} bytes; this one has {size}",
        {"limit_bytes": str(limit)},
    )


def _window_exceeded(window: int) -> Refusal:
    return Refusal(
        ErrorReason.ERROR_REASON_WINDOW_EXCEEDED,
        "",
        f"more than {window} events without an answer; wait for answers",
        {"window": str(window)},
        retry_after_s=0.1,
    )
