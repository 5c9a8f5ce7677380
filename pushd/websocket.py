"""A WebSocket: what its client says, whether it keeps up, whether it lives, and how it ends [C11]."""

from __future__ import annotations

from pushd import metrics
from pushd.core.reading import Asked, Failed, Left, Misspelled, Returned, understand
from pushd.core.session import Session
from pushd.core.websocket_codec import PING_FRAME, FrameReader, Received, close_frame
from pushd.fan_socket import FanSocket
from pushd.gateway import Gateway
from pushd.turns import FRAMES
from scoreline.runtime import logs
from scoreline.wire.close_codes import CloseCode

log = logs.get(__name__)

_CLOSING_TICKS = 3


class Connection:
    """One client; a process holds thousands, so its slots are few."""

    __slots__ = (
        *("_alive", "_closing", "_frames", "_gateway"),
        *("_reader", "_session", "_stalled_bytes", "_wire"),
    )

    def __init__(self, gateway: Gateway, wire: FanSocket, session: Session) -> None:
        self._gateway = gateway
        self._wire = wire
        self._session: Session | None = session
        self._reader = FrameReader(gateway.max_message_bytes)
        self._alive = True
        self._closing = False
        self._frames = 0
        self._stalled_bytes = 0

    def open(self, response: bytes, rest: bytes) -> None:
        """Join the gateway: answer the upgrade, greet, and take what the client sent behind its request."""
        session, gateway = self._session, self._gateway
        assert session is not None
        gateway.connections.add(self)
        gateway.wheel.schedule(self, gateway.first_beat_ticks())
        batch = [response]
        session.write = batch.append
        gateway.greet(session, "websocket")
        session.write = self._wire.write
        self._wire.write(b"".join(batch))
        if gateway.draining:
            # Accepted a moment too late: let in, and sent on like everybody else.
            self.go_away(gateway.goodbye().spelled(session.encoding))
        elif rest:
            self.data_received(rest)

    # What the socket calls

    def data_received(self, data: bytes) -> None:
        """Take what the peer sent."""
        self._alive = True
        if not self._closing:
            self._take(self._reader.feed(data, FRAMES))
            if self._reader.more and not self._closing:
                # A burst: the rest waits its turn, and what follows it waits in the kernel.
                self._wire.pause_reading()
                self._gateway.turns.ask(self)

    def take_turn(self) -> None:
        """Go on with a burst, and read again behind it."""
        session = self._session
        # One that doesn't read gets no answers; its turn comes when it does.
        if session is not None and not self._closing and not session.paused:
            self.data_received(b"")
            if not self._reader.more and not self._closing and not session.paused:
                self._wire.resume_reading()

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget the connection."""
        self._gateway.wheel.cancel(self)
        self._gateway.turns.forget(self)
        session = self._session
        if session is not None:
            self._session = None
            self._gateway.part(session)
            self._gateway.lost(self)

    def pause_writing(self) -> None:
        """Mark the client as slow: from now on its topics fall behind instead of piling up."""
        if self._session is not None:
            metrics.paused.inc()
            self._session.pause()
            self._stalled_bytes = self._wire.unsent()
            # From here on signs of life are bytes taken, counted anew.
            self._alive = True
            # A client that doesn't read gets no answers, so it may not ask either.
            self._wire.pause_reading()

    def resume_writing(self) -> None:
        """Bring the client up to date: one merged patch per topic."""
        session = self._session
        if session is not None and session.paused:
            self._alive = True
            if not self._closing and not self._wire.is_closing():
                if self._reader.more:
                    self._gateway.turns.ask(self)
                else:
                    self._wire.resume_reading()
                behind = session.behind
                session.drain()
                if behind and not session.behind:
                    metrics.caught_up.inc()

    # What was said

    def _take(self, received: list[Received]) -> None:
        session = self._session
        if session is None or not received:
            return
        wire = self._wire
        # Answers to one turn leave in one write; nothing else can write in between.
        batch: list[bytes] = []
        session.write = batch.append
        try:
            for item in received:
                self._handle(session, item)
                if self._closing:
                    break
        finally:
            session.write = wire.write
        if batch and not wire.is_closing():
            wire.write(b"".join(batch))
        if self._closing:
            self._finish()

    def _handle(self, session: Session, item: Received) -> None:
        match understand(session.encoding, item):
            case Asked(frame):
                self._count()
                self._gateway.act(session, frame)
            case Returned(data):
                self._count()
                session.write(data)
            case Misspelled(answer):
                self._count()
                session.answer(answer)
            case Left(data):
                metrics.closed.labels("by_client").inc()
                session.write(data)
                self._closing = True
            case Failed(code, why, answer):
                if answer is not None:
                    session.answer(answer)
                self._fail(code, why)

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
        if not self._wire.is_closing():
            # What still comes is read and dropped: unread bytes would turn our close frame into a reset.
            self._wire.resume_reading()
            self._wire.write_eof()

    # What the gateway calls

    def tick(self) -> None:
        """Do what is due: end a close that takes too long, or exchange signs of life."""
        session = self._session
        if session is None or self._closing:
            self._wire.abort()
        elif session.paused:
            self._watch_stall()
        elif not self._alive:
            self._fail(CloseCode.NO_PONG, "no sign of life")
            self._finish()
        else:
            self._alive = False
            self._frames = 0
            self._wire.write(self._gateway.heartbeat(session.encoding) + PING_FRAME)
            self._gateway.wheel.schedule(self, self._gateway.beat_ticks)

    def go_away(self, notice: bytes) -> None:
        """Send the last frames and close."""
        if self._session is None or self._closing:
            return
        metrics.closed.labels("going_away").inc()
        self._closing = True
        self._wire.write(notice + close_frame(CloseCode.GOING_AWAY, "the gateway stops"))
        self._finish()

    def abort(self) -> None:
        """Drop the socket."""
        self._wire.abort()

    @property
    def session(self) -> Session | None:
        """The session, once there is one."""
        return self._session

    def _watch_stall(self) -> None:
        # Slow is fine, dead is not: a client that took nothing since the last beat has gone.
        waiting = self._wire.unsent()
        if waiting >= self._stalled_bytes and not self._alive:
            metrics.closed.labels("stalled").inc()
            self._wire.abort()
            return
        self._alive = False
        self._stalled_bytes = waiting
        self._gateway.wheel.schedule(self, self._gateway.beat_ticks)
