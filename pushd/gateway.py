"""What all connections of a process share: limits, heartbeats, rooms, and the way out."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from secrets import token_hex
from typing import Any, Protocol

from pushd import metrics
from pushd.audience import Audience
from pushd.core.line import NO_DESCRIPTOR
from pushd.core.outgoing import Encoding, Outgoing, outgoing
from pushd.core.session import Answer, Follow, Session, Unfollow
from pushd.core.timer_wheel import TimerWheel
from pushd.rooms import Rooms
from pushd.settings import Settings
from pushd.turns import Turns
from scoreline.runtime import logs
from scoreline.v1.frame_pb2 import ClientFrame, GoAway, Heartbeat, ServerFrame, Welcome
from scoreline.wire.reasons import reason_name

log = logs.get(__name__)

#: Length of a tick of the wheel.
TICK_S = 1.0
_SLICE = 500


class Ticking(Protocol):
    """Whatever has a deadline."""

    def tick(self) -> None:
        """Do what is due."""

    def abort(self) -> None:
        """Drop the socket."""


class Peer(Ticking, Protocol):
    """A connection as the gateway sees it."""

    @property
    def session(self) -> Session | None:
        """The session, unless it is over."""

    def go_away(self, notice: bytes) -> None:
        """Send the last frames and close."""


class Gateway:
    """One process's side of all its connections."""

    def __init__(
        self,
        settings: Settings,
        rooms: Rooms,
        audience: Audience,
        hand_over: Callable[[Any, bytes], None],
    ) -> None:
        self._settings = settings
        self._rooms = rooms
        self._audience = audience
        self.hand_over = hand_over
        """Takes a connection whose request is no upgrade, with the bytes read so far."""
        self.connections: set[Peer] = set()
        self.wheel: TimerWheel[Ticking] = TimerWheel(512)
        self.turns = Turns()
        self.draining = False
        self.handshake_ticks = _ticks(settings.handshake_s)
        self.beat_ticks = _ticks(settings.heartbeat_s)
        self.max_message_bytes = settings.max_message_bytes
        self.max_frames_per_beat = max(1, round(settings.max_frames_per_s * settings.heartbeat_s))
        self._beat: Outgoing | None = None
        self._process, self._sessions = token_hex(5), 0
        self._welcome = ServerFrame(
            welcome=Welcome(
                # The beat may come up to a tick late.
                heartbeat_s=round(settings.heartbeat_s + TICK_S),
                max_subscriptions=settings.max_subscriptions,
            )
        )
        self._empty = asyncio.Event()

    def lost(self, peer: Peer) -> None:
        """Forget a connection that is over."""
        self.connections.discard(peer)
        if not self.connections:
            self._empty.set()

    @property
    def full(self) -> bool:
        """Whether no further connection is taken."""
        return len(self.connections) >= self._settings.max_connections

    def retry_after_s(self) -> int:
        """Return a hint for a client that was turned away, spread so that they don't come back together."""
        return random.randint(1, max(1, round(self._settings.retry_after_s)))

    def first_beat_ticks(self) -> int:
        """Return when a new connection's first heartbeat is due; spread, as storms are not."""
        return 1 + int(random.random() * self.beat_ticks)

    def session(
        self, encoding: Encoding, write: Callable[[bytes], object], descriptor: int = NO_DESCRIPTOR
    ) -> Session:
        """Return a session for a new connection."""
        self._sessions += 1
        name = f"{self._process}{self._sessions:x}"
        return Session(name, encoding, write, self._settings.max_subscriptions, descriptor)

    def greet(self, session: Session, transport: str) -> None:
        """Send the first frame and count the session in."""
        # One message is filled in again and again: to build it anew costs four times as much.
        welcome = self._welcome.welcome
        welcome.session_id = session.session_id
        now_us = time.time_ns() // 1000
        welcome.server_time.seconds = now_us // 1_000_000
        welcome.server_time.nanos = now_us % 1_000_000 * 1000
        session.send(outgoing(self._welcome))
        self._audience.join(session, transport)

    def part(self, session: Session) -> None:
        """Take a session out of everything; more than once does no harm."""
        self._audience.leave(session)
        self._rooms.drop(session)

    def act(self, session: Session, frame: ClientFrame) -> None:
        """Do what a client's frame asks for."""
        for action in session.receive(frame):
            match action:
                case Follow(name, position):
                    self._rooms.follow(session, name, position)
                case Unfollow(name):
                    self._rooms.unfollow(session, name)
                case Answer():
                    if action.frame.HasField("error"):
                        metrics.errors.labels(reason_name(action.frame.error.reason)).inc()
                    session.answer(action)

    def heartbeat(self, encoding: Encoding) -> bytes:
        """Return this tick's heartbeat."""
        if self._beat is None:
            beat = Heartbeat()
            beat.server_time.FromMicroseconds(time.time_ns() // 1000)
            self._beat = outgoing(ServerFrame(heartbeat=beat))
        return self._beat.spelled(encoding)

    async def tick(self) -> None:
        """Turn the wheel until cancelled."""
        loop = asyncio.get_running_loop()
        due_at = loop.time()
        while True:
            due_at = max(due_at + TICK_S, loop.time())
            await asyncio.sleep(due_at - loop.time())
            self._beat = None
            for count, peer in enumerate(self.wheel.advance()):
                try:
                    peer.tick()
                except Exception as error:
                    # One broken connection must not stop the heartbeats of all the others.
                    log.error("connection.tick_failed", exc_info=error)
                    peer.abort()
                if count % _SLICE == _SLICE - 1:
                    await asyncio.sleep(0)

    async def drain(self) -> None:
        """Ask everybody to go, each at a time of its own, and wait until they went or the time is up."""
        self.draining = True
        loop = asyncio.get_running_loop()
        peers = list(self.connections)
        for count, peer in enumerate(peers):
            session = peer.session
            if session is not None:
                peer.go_away(self.goodbye().spelled(session.encoding))
            if count % _SLICE == _SLICE - 1:
                await asyncio.sleep(0)
        deadline = loop.time() + self._settings.drain_s
        if self.connections:
            self._empty.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._empty.wait()
            except TimeoutError:
                pass  # they had their time
        for peer in list(self.connections):
            peer.abort()

    def goodbye(self) -> Outgoing:
        """Return a goaway with a hint drawn for one client."""
        after_ms = random.randint(0, round(self._settings.retry_after_s * 1000))
        return outgoing(ServerFrame(goaway=GoAway(reconnect_after_ms=after_ms)))


def _ticks(seconds: float) -> int:
    return max(1, round(seconds / TICK_S))
