"""Follow games: one connection that repairs itself, polling while there is none.

The thin shell around `follower`: it chooses the transport, waits between attempts, and tells the audience.
What a frame means to a state is decided in the core, never here.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from enum import StrEnum
from types import TracebackType
from typing import assert_never

from scoreline.domain.ids import game_of_topic, game_topic, is_id
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.frame_pb2 import ClientFrame, Error, Hello, Notice, ServerFrame
from scoreline_client.addresses import addresses_of
from scoreline_client.audience import Audience
from scoreline_client.backoff import Backoff, Dice
from scoreline_client.clock import ServerClock
from scoreline_client.connection import HANDSHAKE_S, Connection
from scoreline_client.errors import (
    ClientError,
    ConnectionRefused,
    SubscriptionEnded,
    SubscriptionRefused,
    UnknownGame,
)
from scoreline_client.follower import Follower, Outcome, is_temporary, is_unknown_game
from scoreline_client.following import Following
from scoreline_client.poller import Round, poll_for_ever
from scoreline_client.transport_poll import PollTransport
from scoreline_client.transport_websocket import ABNORMAL, Lost, WebSocketTransport

_PATIENT = Backoff()


class ConnectionState(StrEnum):
    """How updates arrive at the moment."""

    CONNECTING = "connecting"
    LIVE = "live"
    POLLING = "polling"
    """No WebSocket can be had; states are fetched every few seconds while the client keeps trying."""
    OFFLINE = "offline"
    """Nothing can be reached; what is shown may be old."""


class ScorelineClient:
    """One connection to a gateway, for any number of games."""

    def __init__(
        self,
        url: str,
        *,
        name: str = "scoreline-python",
        backoff: Backoff = _PATIENT,
        dice: Dice = random.random,
        poll_after_failures: int = 3,
        poll_interval_s: float = 5.0,
        on_connection: Callable[[ConnectionState], None] | None = None,
    ) -> None:
        self._addresses = addresses_of(url)
        self._hello = ClientFrame(hello=Hello(client=name[:64]))
        self._backoff = backoff
        self._dice = dice
        self._poll_after_failures = poll_after_failures
        self._poll_interval_s = poll_interval_s
        self._on_connection = on_connection
        self._follower = Follower()
        self._audience = Audience()
        self._connection: Connection | None = None
        self._state = ConnectionState.CONNECTING
        self._state_changed = asyncio.Event()
        self._refused: ClientError | None = None
        self._runner: asyncio.Task[None] | None = None
        self._poller: asyncio.Task[None] | None = None
        self.server_clock = ServerClock()
        """How the server's clock stands to ours."""
        self.degraded = False
        """The server has lost its own source: the state may be old."""
        self.session_id = ""
        """Names the connection in the server's logs; empty before the first."""

    async def __aenter__(self) -> ScorelineClient:
        self._runner = asyncio.create_task(self._run(), name="scoreline-client")
        self._runner.add_done_callback(self._on_ended)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; iterations under way end."""
        self._audience.close()
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)
        await self._stop_polling()

    @property
    def connection(self) -> ConnectionState:
        """How updates arrive at the moment."""
        return self._state

    async def wait_until(self, state: ConnectionState) -> None:
        """Return once the connection is in `state`; raise ConnectionRefused when it never will be."""
        while self._state is not state:
            if self._refused is not None:
                raise self._refused
            await self._state_changed.wait()

    def server_now_s(self) -> float:
        """Return the server's time in unix seconds, for `display_clock`."""
        return self.server_clock.now(time.time())

    def follow(self, game_id: str) -> Following:
        """Follow a game: an async iterator of its states, the first as soon as there is one.

        It yields the latest state, however slowly it is read, and goes on through lost connections. It raises
        UnknownGame, SubscriptionRefused or SubscriptionEnded for this game only, ConnectionRefused for all.
        """
        following = Following(game_id)
        if self._refused is not None:
            following.fail(self._refused)
        elif not is_id(game_id):
            reason = ErrorReason.ERROR_REASON_UNKNOWN_GAME
            following.fail(UnknownGame(game_id, reason, "ids are letters, digits, _ and -"))
        else:
            name = game_topic(game_id)
            self._audience.add(name, following)
            self._send(self._follower.follow(name))
            topic = self._follower.topic(name)
            if topic is not None and topic.position is not None:
                following.offer(topic)
        return following

    async def _run(self) -> None:
        failures = 0
        while True:
            lost = await self._connect_once()
            if lost.terminal:
                await self._stop_polling()
                self._fail_all(ConnectionRefused(lost.code, lost.reason))
                return
            failures = 1 if lost.was_stable else failures + 1
            if self._poller is None:
                self._become(ConnectionState.CONNECTING)
                if failures >= self._poll_after_failures:
                    self._start_polling()
            await asyncio.sleep(self._backoff.delay_s(failures, self._dice, lost.retry_after_s))

    async def _connect_once(self) -> Lost:
        transport = await WebSocketTransport.open(self._addresses, HANDSHAKE_S)
        if isinstance(transport, Lost):
            return transport
        self._connection = Connection(transport)
        try:
            return await self._connection.run(self._go_live, self._take, self._keep_house)
        finally:
            self._connection = None
            self._follower.disconnect()

    async def _go_live(self) -> None:
        await self._stop_polling()
        self._drop_unread()
        self._send([self._hello, *self._follower.connect()])
        self.degraded = False
        self._become(ConnectionState.LIVE)

    def _take(self, frame: ServerFrame) -> None:
        match frame.WhichOneof("frame"):
            case "welcome":
                self.session_id = frame.welcome.session_id
                self._set_clock(frame.welcome.server_time.ToMicroseconds())
            case "heartbeat":
                self._set_clock(frame.heartbeat.server_time.ToMicroseconds())
            case "notice" if frame.notice.kind == Notice.NOTICE_KIND_DEGRADED:
                self.degraded = True
            case "notice" if frame.notice.kind == Notice.NOTICE_KIND_RESTORED:
                self.degraded = False
        step = self._follower.receive(frame)
        self._send(step.send)
        match step.outcome:
            case Outcome.APPLIED | Outcome.REPLACED:
                if (topic := self._follower.topic(step.topic)) is not None:
                    self._audience.offer(topic)
            case Outcome.ENDED:
                self._fail(step.topic, SubscriptionEnded(_game(step.topic)))
            case Outcome.REFUSED:
                self._on_refused(step.topic, frame.error)
            case Outcome.STALE | Outcome.GAP | Outcome.SUBSCRIBED | Outcome.IGNORED:
                pass
            case _:
                assert_never(step.outcome)

    def _on_refused(self, topic: str, error: Error) -> None:
        held = self._follower.topic(topic)
        was_there = held is not None and held.position is not None
        unknown = is_unknown_game(error.reason)
        # A game that was there before is only unknown to a gateway that has not caught up yet.
        temporary = was_there if unknown else is_temporary(error.reason) and error.retry_after_ms > 0
        if temporary and self._connection is not None:
            floor_s = error.retry_after_ms / 1000
            delay_s = self._backoff.delay_s(1, self._dice, floor_s)
            self._connection.call_later(delay_s, lambda: self._send(self._follower.ask_again(topic)))
        elif unknown:
            self._fail(topic, UnknownGame(_game(topic), error.reason, error.message))
        else:
            self._fail(topic, SubscriptionRefused(_game(topic), error.reason, error.message))

    def _keep_house(self) -> set[str]:
        self._drop_unread()
        return {topic.name for topic in self._follower.topics if topic.asking}

    def _drop_unread(self) -> None:
        for topic in self._audience.take_unread():
            self._send(self._follower.unfollow(topic))

    def _start_polling(self) -> None:
        self._poller = asyncio.create_task(
            poll_for_ever(
                PollTransport(self._addresses, HANDSHAKE_S),
                self._follower,
                self._audience,
                self._poll_interval_s,
                self._dice,
                self._on_polled,
            ),
            name="scoreline-client-poll",
        )
        self._poller.add_done_callback(self._on_ended)

    async def _stop_polling(self) -> None:
        poller, self._poller = self._poller, None
        if poller is not None:
            poller.cancel()
            await asyncio.gather(poller, return_exceptions=True)

    def _on_polled(self, done: Round) -> None:
        self._drop_unread()
        if done.clock is not None and not self.session_id:
            # A WebSocket's measurement is finer; keep it once there was one.
            self.server_clock = done.clock
        self._become(ConnectionState.POLLING if done.reached else ConnectionState.OFFLINE)

    def _fail(self, topic: str, failure: ClientError) -> None:
        self._follower.forget(topic)
        self._audience.fail(topic, failure)

    def _fail_all(self, failure: ClientError) -> None:
        self._refused = failure
        self._become(ConnectionState.OFFLINE)
        self._audience.fail_all(failure)

    def _send(self, frames: Iterable[ClientFrame]) -> None:
        if self._connection is not None:
            self._connection.send(frames)

    def _set_clock(self, server_time_us: int) -> None:
        if server_time_us:
            self.server_clock = self.server_clock.observed(server_time_us / 1e6, time.time())

    def _become(self, state: ConnectionState) -> None:
        if state is self._state:
            return
        self._state = state
        waiting, self._state_changed = self._state_changed, asyncio.Event()
        waiting.set()
        if self._on_connection is not None:
            self._on_connection(state)

    def _on_ended(self, task: asyncio.Task[None]) -> None:
        # A mistake of ours must end the iterations, not leave them waiting for ever.
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail_all(ConnectionRefused(ABNORMAL, f"{type(error).__name__}: {error}"))


def _game(topic: str) -> str:
    return game_of_topic(topic) or topic.partition("/")[2]
