"""One NATS connection that never gives up, and says what happens to it.

Everything here follows from two facts: a server may go away at any moment [E4],
and nats-py sleeps two seconds when the first connect is refused, so the port is
probed first.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.errors import ConnectionClosedError, UnexpectedEOF
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from scoreline.runtime import logs
from scoreline.runtime.lifecycle import StartError

log = logs.get(__name__)
_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")

RECONNECT_WAIT_S = 0.25
PING_EVERY_S = 5
"""With two unanswered pings a dead peer is noticed in 15 s; a closed socket at once."""


@dataclass(eq=False)
class NatsLink:
    """The connection of one process, with what must be done again after each reconnect."""

    client: Client
    js: JetStreamContext
    _after_reconnect: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    def after_reconnect(self, callback: Callable[[], Awaitable[object]]) -> Callable[[], None]:
        """Call `callback` after every reconnect, until the function returned here is called."""
        self._after_reconnect.append(callback)
        return lambda: self._after_reconnect.remove(callback) if callback in self._after_reconnect else None

    async def check(self) -> str | None:
        """Answer the readiness question: is JetStream there?"""
        if not self.client.is_connected:
            return f"not connected to NATS at {self.address}"
        await self.js.account_info()
        return None

    @property
    def address(self) -> str:
        """Where the server is, without credentials."""
        url = self.client.connected_url
        return url.netloc.rpartition("@")[2] if url is not None else "(no server)"

    async def close(self, timeout_s: float = 2.0) -> None:
        """Flush what is buffered if the server is there, and close in any case."""
        try:
            if self.client.is_connected:
                async with asyncio.timeout(timeout_s):
                    await self.client.flush()
        except Exception as error:  # a server that is going away too must not delay our stop
            log.info("nats.flush_failed", reason=str(error) or type(error).__name__)
        await self.client.close()

    def _reconnected(self) -> None:
        for callback in list(self._after_reconnect):
            task = asyncio.create_task(self._call(callback))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    @staticmethod
    async def _call(callback: Callable[[], Awaitable[object]]) -> None:
        try:
            await callback()
        except Exception as error:
            log.warning("nats.reconnect_step_failed", reason=str(error) or type(error).__name__)


async def connect(url: str, name: str, *, deadline_s: float | None = None) -> NatsLink:
    """Connect to one of the comma-separated servers of `url`; wait for it for ever, or `deadline_s`.

    From then on the client reconnects for ever; what is published meanwhile waits in its
    buffer or fails by time-out, so a caller never believes a lost publish.
    """
    servers = [part.strip() for part in url.split(",") if part.strip()]
    await _await_server(servers, deadline_s)
    client = Client()
    link = NatsLink(client, client.jetstream(timeout=5))

    async def on_error(error: Exception) -> None:
        # A server that stops says UnexpectedEOF: that is a disconnect, not an error.
        if isinstance(error, (UnexpectedEOF, ConnectionError, OSError, ConnectionClosedError)):
            log.info("nats.connection_broken", reason=str(error) or type(error).__name__)
        else:
            log.warning("nats.error", reason=str(error) or type(error).__name__)

    async def on_disconnect() -> None:
        if not client.is_closed:
            log.warning("nats.disconnected", servers=_shown(servers))

    async def on_reconnect() -> None:
        log.info("nats.reconnected", server=link.address)
        link._reconnected()

    await client.connect(
        servers=servers,
        name=name,
        error_cb=on_error,
        disconnected_cb=on_disconnect,
        reconnected_cb=on_reconnect,
        allow_reconnect=True,
        max_reconnect_attempts=-1,
        reconnect_time_wait=RECONNECT_WAIT_S,  # type: ignore[arg-type]  # annotated int, used in asyncio.sleep
        connect_timeout=3,
        ping_interval=PING_EVERY_S,
        max_outstanding_pings=2,
        pending_size=16 << 20,
    )
    log.info("nats.connected", server=link.address)
    return link


async def unsubscribe(subscription: Subscription) -> None:
    """End a subscription, whatever has become of the connection."""
    # On a closed connection nothing is subscribed any more.
    with suppress(NatsError):
        await subscription.unsubscribe()


async def _await_server(servers: list[str], deadline_s: float | None) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    wait_s = 0.05
    said = False
    while True:
        for server in servers:
            where = urlsplit(server)
            try:
                async with asyncio.timeout(2):
                    _reader, writer = await asyncio.open_connection(where.hostname, where.port or 4222)
                writer.close()
                return
            except (OSError, TimeoutError):
                continue
        if deadline_s is not None and loop.time() - began > deadline_s:
            raise StartError(
                f"no NATS server answers at {_shown(servers)}; start one, or correct the NATS_URL setting"
            )
        if not said and loop.time() - began > 1:
            log.warning("nats.awaited", servers=_shown(servers))
            said = True
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, 1.0)


def _shown(servers: list[str]) -> str:
    return ",".join(_USERINFO.sub("", server) for server in servers)
