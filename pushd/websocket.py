"""The connection path: a raw protocol per socket, a few hundred bytes of Python each [C11].

The first bytes decide: an upgrade of `/v1/ws` becomes a WebSocket here; any other request is handed, with its
bytes, to the HTTP library on the same connection.
"""

from __future__ import annotations

import asyncio
from typing import cast

from google.protobuf.message import DecodeError

from pushd import metrics, request_head
from pushd.core import handshake, json_frames
from pushd.core.outgoing import Encoding
from pushd.core.session import Answer, Session, refusal
from pushd.core.websocket_codec import (
    PING_FRAME,
    Binary,
    Close,
    FrameReader,
    Ping,
    Received,
    Text,
    Violation,
    close_frame,
    pong_frame,
)
from pushd.gateway import Gateway
from scoreline.runtime import logs
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.frame_pb2 import ClientFrame, ServerFrame
from scoreline.wire.close_codes import CloseCode

log = logs.get(__name__)

#: A request's headers; more is refused.
MAX_HEAD_BYTES = 16_384
#: A client is behind once so many bytes wait for it in our process; the kernel holds more.
WRITE_HIGH_BYTES = 32_768
#: Answers that one read may collect before they are written.
_BATCH = 32
_CLOSING_TICKS = 3


class Connection(asyncio.Protocol):
    """One socket: a request's head, then a WebSocket, then its close."""

    __slots__ = (
        *("_alive", "_closing", "_frames", "_gateway", "_head"),
        *("_reader", "_session", "_stalled_bytes", "_transport"),
    )

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._transport: asyncio.Transport = None  # type: ignore[assignment]  # set before anything else happens
        self._head = b""
        self._reader: FrameReader | None = None
        self._session: Session | None = None
        self._alive = True
        self._closing = False
        self._frames = 0
        self._stalled_bytes = 0

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a request, but not for ever."""
        self._transport = cast(asyncio.Transport, transport)
        self._gateway.wheel.schedule(self, self._gateway.handshake_ticks)

    def data_received(self, data: bytes) -> None:
        """Take what the peer sent."""
        self._alive = True
        if self._closing:
            return
        if self._reader is not None:
            self._take(self._reader.feed(data))
        else:
            self._head += data
            self._read_head()

    def eof_received(self) -> bool:
        """Let the transport close: a WebSocket has no half-closed life."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._gateway.wheel.cancel(self)
        session = self._session
        if session is not None:
            self._session = None
            self._gateway.part(session)
            self._gateway.lost(self)

    def pause_writing(self) -> None:
        """Mark the client as slow: from now on its topics fall behind instead of piling up."""
        if self._session is not None:
            metrics.paused.inc()
            self._session.paused = True
            self._stalled_bytes = self._transport.get_write_buffer_size()
            # From here on signs of life are bytes taken, counted anew.
            self._alive = True
            # A client that doesn't read gets no answers, so it may not ask either.
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Bring the client up to date: one merged patch per topic."""
        session = self._session
        if session is not None and session.paused:
            session.paused = False
            self._alive = True
            if not self._closing and not self._transport.is_closing():
                self._transport.resume_reading()
                behind = bool(session.behind)
                session.drain()
                if behind and not session.behind:
                    metrics.caught_up.inc()

    # The request

    def _read_head(self) -> None:
        end = self._head.find(b"\r\n\r\n")
        if end < 0:
            if len(self._head) > MAX_HEAD_BYTES:
                self._refuse(handshake.refuse(431, f"headers have at most {MAX_HEAD_BYTES} bytes"), "headers")
            return
        head, self._head = self._head, b""
        upgrade = request_head.upgrade_in(head)
        if upgrade is not None:
            self._upgrade(upgrade.headers, upgrade.rest)
        else:
            self._hand_over(head)

    def _hand_over(self, head: bytes) -> None:
        self._gateway.wheel.cancel(self)
        handler = self._gateway.http_handler()
        self._transport.set_protocol(handler)
        handler.connection_made(self._transport)
        handler.data_received(head)

    def _upgrade(self, headers: dict[str, str], rest: bytes) -> None:
        gateway = self._gateway
        if gateway.draining or gateway.full:
            retry = f"Retry-After: {gateway.retry_after_s()}\r\n"
            self._refuse(handshake.refuse(503, "no room for now; try again later", retry), "full")
            return
        outcome = handshake.answer(headers)
        if isinstance(outcome, handshake.Refuse):
            self._refuse(outcome, "handshake")
            return
        transport = self._transport
        transport.set_write_buffer_limits(WRITE_HIGH_BYTES)
        json = outcome.subprotocol is handshake.Subprotocol.JSON
        session = gateway.session(Encoding.WS_JSON if json else Encoding.WS_PROTO, transport.write)
        self._session = session
        self._reader = FrameReader(gateway.max_message_bytes)
        gateway.connections.add(self)
        gateway.wheel.schedule(self, gateway.first_beat_ticks())
        batch = [outcome.response]
        session.write = batch.append
        gateway.greet(session, "websocket")
        session.write = transport.write
        transport.write(b"".join(batch))
        if rest:
            self._take(self._reader.feed(rest))

    def _refuse(self, refused: handshake.Refuse, reason: str) -> None:
        metrics.refused.labels(reason).inc()
        self._closing = True
        self._transport.write(refused.response)
        self._gateway.wheel.cancel(self)
        self._transport.close()

    # The WebSocket

    def _take(self, received: list[Received]) -> None:
        session = self._session
        if session is None or not received:
            return
        transport = self._transport
        # Answers to one read leave in one write; nothing else can write in between.
        batch: list[bytes] = []
        session.write = batch.append
        try:
            for item in received:
                self._handle(session, item)
                if self._closing:
                    break
                if len(batch) >= _BATCH:
                    # In steps, so that a client that doesn't read is noticed before all is answered.
                    transport.write(b"".join(batch))
                    batch.clear()
        finally:
            session.write = transport.write
        if batch and not transport.is_closing():
            transport.write(b"".join(batch))
        if self._closing:
            self._finish()

    def _handle(self, session: Session, item: Received) -> None:
        match item:
            case Binary(payload):
                if session.encoding is not Encoding.WS_PROTO:
                    self._fail(CloseCode.UNSUPPORTED_DATA, "the subprotocol has text messages only")
                    return
                try:
                    frame = ClientFrame.FromString(payload)
                except DecodeError:
                    session.answer(
                        refusal(ErrorReason.ERROR_REASON_MALFORMED, "a message is one ClientFrame")
                    )
                    self._fail(CloseCode.BAD_FRAME, "not a ClientFrame")
                    return
                self._act(session, frame)
            case Text(text):
                if session.encoding is not Encoding.WS_JSON:
                    self._fail(CloseCode.UNSUPPORTED_DATA, "the subprotocol has binary messages only")
                    return
                parsed = json_frames.parse(text)
                if isinstance(parsed, json_frames.Unparsable):
                    # Typed by hand, perhaps: say what is wrong and go on.
                    self._count()
                    session.answer(Answer(ServerFrame(error=parsed.error)))
                    return
                self._act(session, parsed)
            case Ping(payload):
                self._count()
                session.write(pong_frame(payload))
            case Close(code):
                metrics.closed.labels("by_client").inc()
                session.write(close_frame(code))
                self._closing = True
            case Violation(code, why):
                self._fail(code, why)

    def _act(self, session: Session, frame: ClientFrame) -> None:
        self._count()
        self._gateway.act(session, frame)

    def _count(self) -> None:
        self._frames += 1
        if self._frames > self._gateway.max_frames_per_beat:
            self._fail(CloseCode.TOO_MANY_FRAMES, "too many frames")

    def _fail(self, code: CloseCode, why: str) -> None:
        if self._session is None or self._closing:
            return
        metrics.closed.labels(code.name.lower()).inc()
        log.info("connection.failed", session_id=self._session.session_id, code=int(code), reason=why)
        self._session.write(close_frame(code, why))
        self._closing = True

    def _finish(self) -> None:
        """Leave the rooms at once, the socket when the peer has left or some seconds have passed."""
        if self._session is not None:
            self._gateway.part(self._session)
        self._gateway.wheel.schedule(self, _CLOSING_TICKS)
        if not self._transport.is_closing():
            # What still comes is read and dropped: unread bytes would turn our close frame into a reset.
            self._transport.resume_reading()
            if self._transport.can_write_eof():
                self._transport.write_eof()

    # What the gateway calls

    def tick(self) -> None:
        """Do what is due: end a handshake or a close that takes too long, or exchange signs of life."""
        session = self._session
        if session is None:
            self._refuse(handshake.refuse(408, "no request came in time"), "deadline")
        elif self._closing:
            self._transport.abort()
        elif session.paused:
            self._watch_stall()
        elif not self._alive:
            self._fail(CloseCode.NO_PONG, "no sign of life")
            self._finish()
        else:
            self._alive = False
            self._frames = 0
            self._transport.write(self._gateway.heartbeat(session.encoding) + PING_FRAME)
            self._gateway.wheel.schedule(self, self._gateway.beat_ticks)

    def go_away(self, notice: bytes) -> None:
        """Send the last frames and close."""
        if self._session is None or self._closing:
            return
        metrics.closed.labels("going_away").inc()
        self._closing = True
        self._transport.write(notice + close_frame(CloseCode.GOING_AWAY, "the gateway stops"))
        self._finish()

    def abort(self) -> None:
        """Drop the socket."""
        self._transport.abort()

    @property
    def session(self) -> Session | None:
        """The session, once there is one."""
        return self._session

    def _watch_stall(self) -> None:
        # Slow is fine, dead is not: a client that took nothing since the last beat has gone.
        waiting = self._transport.get_write_buffer_size()
        if waiting >= self._stalled_bytes and not self._alive:
            metrics.closed.labels("stalled").inc()
            self._transport.abort()
            return
        self._alive = False
        self._stalled_bytes = waiting
        self._gateway.wheel.schedule(self, self._gateway.beat_ticks)
