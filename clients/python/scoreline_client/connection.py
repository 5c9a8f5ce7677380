"""One connection from its first frame to its loss: sends what it is given, and notices silence.

Reads the frames that are about the connection itself; all others are the caller's.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable

from scoreline.v1.frame_pb2 import ClientFrame, ServerFrame
from scoreline_client.transport_websocket import ABNORMAL, Lost, WebSocketTransport

#: Until the welcome says more, this much silence is a dead connection.
HANDSHAKE_S = 10.0
#: A connection that lived this long was a good one: the next attempt starts without a penalty.
STABLE_S = 10.0
#: How often subscriptions that nobody reads or answers are looked for.
HOUSEKEEPING_S = 1.0


class Connection:
    """An open connection."""

    def __init__(self, transport: WebSocketTransport) -> None:
        self._transport = transport
        self._outbox: asyncio.Queue[ClientFrame] = asyncio.Queue()
        self._silence_s = HANDSHAKE_S
        self._leave_at_s = math.inf
        self._timers: set[asyncio.TimerHandle] = set()
        self._unanswered_since_s: dict[str, float] = {}

    def send(self, frames: Iterable[ClientFrame]) -> None:
        """Send frames in order, as soon as the socket takes them."""
        for frame in frames:
            self._outbox.put_nowait(frame)

    def call_later(self, delay_s: float, call: Callable[[], None]) -> None:
        """Call `call` after a while, unless the connection is lost before."""

        def due() -> None:
            self._timers.discard(timer)
            call()

        timer = asyncio.get_running_loop().call_later(delay_s, due)
        self._timers.add(timer)

    async def run(
        self,
        go_live: Callable[[], Awaitable[None]],
        take: Callable[[ServerFrame], None],
        keep_house: Callable[[], set[str]],
    ) -> Lost:
        """Hand every frame to `take`, until the connection is lost; return why.

        `go_live` is awaited once the server has shown itself. `keep_house` is called about once a second and
        returns the topics that were asked for and not answered yet.
        """
        sender = asyncio.create_task(self._send_outbox(), name="scoreline-client-send")
        try:
            return await self._receive_all(go_live, take, keep_house)
        finally:
            sender.cancel()
            for timer in self._timers:
                timer.cancel()
            await asyncio.gather(sender, self._transport.close(), return_exceptions=True)

    async def _receive_all(
        self,
        go_live: Callable[[], Awaitable[None]],
        take: Callable[[ServerFrame], None],
        keep_house: Callable[[], set[str]],
    ) -> Lost:
        frame = await self._transport.receive(HANDSHAKE_S)
        if isinstance(frame, Lost):
            return frame
        live_s = kept_house_s = time.monotonic()
        await go_live()
        while not isinstance(frame, Lost):
            now_s = time.monotonic()
            self._attend(frame, now_s)
            take(frame)
            if now_s - kept_house_s > HOUSEKEEPING_S:
                kept_house_s = now_s
                if self._is_ignored(keep_house(), now_s):
                    return Lost(ABNORMAL, "a subscribe was not answered")
            patience_s = min(self._silence_s, max(0.0, self._leave_at_s - now_s))
            frame = await self._transport.receive(patience_s)
        now_s = time.monotonic()
        if self._leave_at_s < math.inf:
            # What is left of the hint; nothing when we have read on until then.
            frame = frame._replace(retry_after_s=max(0.0, self._leave_at_s - now_s))
        return frame._replace(was_stable=now_s - live_s > STABLE_S)

    def _attend(self, frame: ServerFrame, now_s: float) -> None:
        match frame.WhichOneof("frame"):
            case "welcome":
                self._silence_s = 2.0 * frame.welcome.heartbeat_s or HANDSHAKE_S
            case "goaway":
                # Read on until then: the gateway still serves while it spreads the returns of everybody.
                self._leave_at_s = now_s + frame.goaway.reconnect_after_ms / 1000

    def _is_ignored(self, asking: set[str], now_s: float) -> bool:
        self._unanswered_since_s = {topic: self._unanswered_since_s.get(topic, now_s) for topic in asking}
        return any(now_s - since_s > self._silence_s for since_s in self._unanswered_since_s.values())

    async def _send_outbox(self) -> None:
        while True:
            await self._transport.send(await self._outbox.get())
