"""The sender against a real gRPC server on loopback that misbehaves on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import grpc
import pytest

from scoreline.cli.connection import NotFound, Sender, open_channel
from scoreline.cli.ingest_stream import IngestFailed, IngestStream
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.ingest_service_pb2 import (
    IngestAnswer,
    IngestStreamRequest,
    IngestStreamResponse,
    Rejected,
    Stored,
)
from scoreline.v1.ingest_service_pb2_grpc import (
    IngestServiceServicer,
    add_IngestServiceServicer_to_server,
)

WINDOW = 8


class Ingest(IngestServiceServicer):
    """Stores every event once; the test says how a stream goes."""

    def __init__(self) -> None:
        self.log: dict[str, int] = {}
        self.received: list[str] = []
        self.streams = 0
        self.most_unanswered = 0
        self.break_after: dict[int, int] = {}
        """Stream number -> events stored, the last batch unanswered, before it breaks."""
        self.refuse_first: dict[str, ErrorReason.ValueType] = {}
        self.status: grpc.StatusCode | None = None

    async def Stream(
        self, requests: AsyncIterator[IngestStreamRequest], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[IngestStreamResponse]:
        self.streams += 1
        if self.status is not None:
            await context.abort(self.status, "no entry")
        assert dict(context.invocation_metadata())["scoreline-provider"] == "demo"
        number, stored = self.streams, 0
        yield IngestStreamResponse(window_events=WINDOW)
        async for request in requests:
            self.most_unanswered = max(self.most_unanswered, len(request.items))
            answers = []
            for item in request.items:
                stored += 1
                answers.append(self._answer(item.tag, item.event))
            if stored >= self.break_after.get(number, 1 << 30):
                await context.abort(grpc.StatusCode.UNAVAILABLE, "killed")
            yield IngestStreamResponse(answers=answers)

    def _answer(self, tag: int, event: GameEvent) -> IngestAnswer:
        self.received.append(event.event_id)
        reason = self.refuse_first.pop(event.event_id, None)
        if reason is not None:
            return IngestAnswer(tag=tag, rejected=Rejected(reason=reason, message="not now"))
        if event.event_id in self.log:
            return IngestAnswer(tag=tag, duplicate={"log_sequence": self.log[event.event_id]})
        self.log[event.event_id] = len(self.log) + 1
        return IngestAnswer(tag=tag, stored=Stored(log_sequence=self.log[event.event_id]))


async def converse(ingest: Ingest, count: int, *, patience_s: float = 20) -> dict[str, str]:
    """Send events to a server and return the outcome of each."""
    outcomes: dict[str, str] = {}

    def on_answer(event: GameEvent, answer: IngestAnswer) -> None:
        assert event.event_id not in outcomes, "every event is answered once"
        outcomes[event.event_id] = answer.WhichOneof("outcome") or ""

    async def send(address: str) -> None:
        async with (
            await open_channel("ingest", address) as channel,
            IngestStream(channel, Sender("demo", "t"), on_answer, patience_s=patience_s) as stream,
        ):
            for number in range(count):
                await stream.send(GameEvent(event_id=f"e{number}"))
            await stream.drain()

    await with_server(ingest, send)
    return outcomes


async def with_server(ingest: Ingest, act: Callable[[str], Awaitable[None]]) -> None:
    server = grpc.aio.server()
    add_IngestServiceServicer_to_server(ingest, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with asyncio.timeout(30):
            await act(f"127.0.0.1:{port}")
    finally:
        await server.stop(None)


async def test_every_event_is_answered_within_the_window() -> None:
    ingest = Ingest()
    outcomes = await converse(ingest, 50)
    assert set(outcomes.values()) == {"stored"}
    assert len(outcomes) == 50
    assert ingest.received == [f"e{number}" for number in range(50)]
    assert ingest.most_unanswered <= WINDOW


async def test_a_broken_stream_is_opened_again_and_only_the_unanswered_are_sent_again() -> None:
    ingest = Ingest()
    ingest.break_after = {1: 20, 2: 5}
    outcomes = await converse(ingest, 60)
    assert len(outcomes) == len(ingest.log) == 60
    assert "duplicate" in outcomes.values(), "stored before the break, its answer lost"
    assert ingest.streams == 3
    assert len(ingest.received) < 60 + 2 * WINDOW + 1


async def test_an_event_refused_for_the_moment_is_sent_again() -> None:
    ingest = Ingest()
    ingest.refuse_first = {
        "e3": ErrorReason.ERROR_REASON_UNAVAILABLE,
        "e7": ErrorReason.ERROR_REASON_UNKNOWN_GAME,
    }
    outcomes = await converse(ingest, 10)
    assert set(outcomes.values()) == {"stored"}
    assert ingest.received.count("e3") == 2


async def test_an_event_refused_for_good_is_not_sent_again() -> None:
    ingest = Ingest()
    ingest.refuse_first = {"e3": ErrorReason.ERROR_REASON_WRONG_SPORT}
    outcomes = await converse(ingest, 10)
    assert outcomes["e3"] == "rejected"
    assert ingest.received.count("e3") == 1


async def test_a_wrong_token_ends_the_replay_at_once() -> None:
    ingest = Ingest()
    ingest.status = grpc.StatusCode.UNAUTHENTICATED
    with pytest.raises(IngestFailed, match="refuses the stream: no entry"):
        await converse(ingest, 10)
    assert ingest.streams == 1


async def test_patience_ends_when_no_answer_comes() -> None:
    ingest = Ingest()
    ingest.status = grpc.StatusCode.UNAVAILABLE
    with pytest.raises(IngestFailed, match="no answer for"):
        await converse(ingest, 10, patience_s=0.5)
    assert ingest.streams > 1


async def test_nobody_listening_is_said_plainly() -> None:
    with pytest.raises(NotFound, match="make run"):
        await open_channel("ingest", "127.0.0.1:1", wait_s=0.3)
