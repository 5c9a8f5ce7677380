"""The push protocol over gRPC: the same frames, the same bytes, the same refusal to queue [C1]."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from pushd import metrics
from pushd.core.outgoing import Encoding
from pushd.core.session import Session
from pushd.gateway import Gateway
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.frame_pb2 import ClientFrame
from scoreline.v1.push_service_pb2 import FollowRequest
from scoreline.wire.reasons import ScorelineError

SERVICE = "scoreline.v1.PushService"
#: Frames that wait for a stream's own flow control; beyond it the topics fall behind instead.
PENDING_FRAMES = 64
PENDING_BYTES = 65_536


class Stream:
    """One call: a session whose frames are pulled by the call's own loop."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._pending: deque[bytes] = deque()
        self._pending_bytes = 0
        self._ready = asyncio.Event()
        self._over = False
        self._asked: ClientFrame | None = None
        self._answered = asyncio.Event()
        self._frames = 0
        self.writable = asyncio.Event()
        """Set while the client takes what is written."""
        self.writable.set()
        self.session: Session = gateway.session(Encoding.BARE, self._write)

    def tick(self) -> None:
        """Send a sign of life; dead peers are found by HTTP/2 pings."""
        self._frames = 0
        if not self.session.paused:
            self._write(self._gateway.heartbeat(Encoding.BARE))
        self._gateway.wheel.schedule(self, self._gateway.beat_ticks)

    def go_away(self, notice: bytes) -> None:
        """Send the last frame and end the call."""
        self._gateway.part(self.session)
        self._write(notice)
        self._over = True
        self._ready.set()

    def abort(self) -> None:
        """End the call."""
        self._over = True
        self._pending.clear()
        self._ready.set()

    def open(self) -> None:
        """Join the gateway."""
        self._gateway.connections.add(self)
        self._gateway.wheel.schedule(self, self._gateway.beat_ticks)
        self._gateway.greet(self.session, "grpc")

    def close(self) -> None:
        """Leave the gateway."""
        self._gateway.wheel.cancel(self)
        self._gateway.turns.forget(self)
        self._gateway.part(self.session)
        self._gateway.lost(self)

    async def ask(self, frame: ClientFrame) -> None:
        """Do what the client asks for, in its turn.

        Raises:
            ScorelineError: it asks for more than it may.
        """
        self._frames += 1
        if self._frames > self._gateway.max_frames_per_beat:
            metrics.closed.labels("too_many_frames").inc()
            raise ScorelineError(ErrorReason.ERROR_REASON_RATE_LIMITED, "too many frames")
        # Whoever asks but does not read waits for his answers, as on a socket.
        await self.writable.wait()
        self._asked = frame
        self._answered.clear()
        self._gateway.turns.ask(self)
        await self._answered.wait()

    def take_turn(self) -> None:
        """Act on the one frame that waits; the next one is read behind it."""
        if self._asked is not None:
            asked, self._asked = self._asked, None
            self._gateway.act(self.session, asked)
            self._answered.set()

    async def frames(self) -> AsyncIterator[bytes]:
        """Yield frames as fast as they are taken."""
        session = self.session
        while True:
            while self._pending:
                frame = self._pending.popleft()
                self._pending_bytes -= len(frame)
                yield frame
            if session.paused:
                self.writable.set()
                session.drain()
                if not session.behind:
                    metrics.caught_up.inc()
            elif self._over:
                return
            else:
                self._ready.clear()
                await self._ready.wait()

    def _write(self, data: bytes) -> None:
        self._pending.append(data)
        self._pending_bytes += len(data)
        self._ready.set()
        full = len(self._pending) >= PENDING_FRAMES or self._pending_bytes >= PENDING_BYTES
        if full and not self.session.paused:
            self.session.pause()
            self.writable.clear()
            metrics.paused.inc()


class PushService:
    """The handlers of scoreline.v1.PushService."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def register(self, server: grpc.aio.Server) -> None:
        """Add the service; answers are bytes already, so nothing is serialized per client."""
        handlers = {
            # Parsed here: grpc would end the call without a word where a frame can't be read.
            "Connect": grpc.stream_stream_rpc_method_handler(self.connect),
            "Follow": grpc.unary_stream_rpc_method_handler(
                self.follow, request_deserializer=FollowRequest.FromString
            ),
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))

    async def connect(self, payloads: AsyncIterator[bytes], context: Any) -> None:
        """Speak the protocol both ways until the client cancels."""
        await self._converse(_parsed(payloads), context)

    async def follow(self, request: FollowRequest, context: Any) -> None:
        """Follow the topics named until the caller cancels."""
        await self._converse(_subscribes(request), context)

    async def _converse(self, asked: AsyncIterator[ClientFrame], context: Any) -> None:
        stream = self._admit()
        reading = asyncio.create_task(self._read(stream, asked))
        # Input that is refused ends the call; its normal end does not.
        reading.add_done_callback(
            lambda task: stream.abort() if task.cancelled() or task.exception() else None
        )
        try:
            async for frame in stream.frames():
                await context.write(frame)
            if reading.done() and not reading.cancelled():
                refused = reading.exception()
                if isinstance(refused, ScorelineError):
                    raise refused
        finally:
            # CancelledError goes on from here: a handler that swallows it leaks its call (grpc/grpc#43360).
            reading.cancel()
            stream.close()

    def _admit(self) -> Stream:
        if self._gateway.draining or self._gateway.full:
            raise ScorelineError(
                ErrorReason.ERROR_REASON_UNAVAILABLE,
                "no room for now; try again later",
                retry_after_s=float(self._gateway.retry_after_s()),
            )
        stream = Stream(self._gateway)
        stream.open()
        return stream

    async def _read(self, stream: Stream, asked: AsyncIterator[ClientFrame]) -> None:
        async for frame in asked:
            await stream.ask(frame)
        # A client that has nothing more to ask goes on listening.


async def _parsed(payloads: AsyncIterator[bytes]) -> AsyncIterator[ClientFrame]:
    async for payload in payloads:
        try:
            yield ClientFrame.FromString(payload)
        except DecodeError as error:
            raise ScorelineError(
                ErrorReason.ERROR_REASON_MALFORMED, "a message is one ClientFrame"
            ) from error


async def _subscribes(request: FollowRequest) -> AsyncIterator[ClientFrame]:
    for subscribe in request.subscriptions:
        yield ClientFrame(subscribe=subscribe)
