"""The plain HTTP listener of a service: nobody holds a connection without saying what he wants.

aiohttp waits for the first request of a connection forever, and unpacks compressed bodies on the loop before
any handler can refuse them. Neither is for a port that strangers may reach.
"""

import asyncio
import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler
from aiohttp.web_protocol import RequestHandler

from scoreline.runtime.lifecycle import Lifecycle, listen

HEAD_S = 10.0
"""How long a connection has for its first request."""
_KEEPALIVE_S = 30.0
_TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Doorman:
    """Sends away connections that make no request."""

    def __init__(self, head_s: float) -> None:
        self._head_s = head_s
        self._silent: set[asyncio.BaseProtocol] = set()

    def admit(self, protocol: RequestHandler) -> RequestHandler:
        """Give the connection of `protocol` its time."""
        self._silent.add(protocol)
        asyncio.get_running_loop().call_later(self._head_s, self._look, protocol)
        return protocol

    def _look(self, protocol: RequestHandler) -> None:
        if protocol not in self._silent:
            return
        self._silent.discard(protocol)
        transport = protocol.transport
        if transport is not None and not transport.is_closing():
            transport.write(_TOO_LATE)
            transport.close()

    @web.middleware
    async def hear(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Remember that the connection has asked for something."""
        self._silent.discard(request.protocol)
        return await handler(request)


def log_our_mistakes_only() -> None:
    """Keep what is no HTTP out of the log: it is answered with 400, and anybody can send it."""
    logging.getLogger("aiohttp.server").addFilter(_is_ours)


def _is_ours(record: logging.LogRecord) -> bool:
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, HttpProcessingError)


async def start(
    life: Lifecycle,
    app: web.Application,
    *,
    host: str,
    port: int,
    variable: str,
    head_s: float = HEAD_S,
    shutdown_s: float = 5.0,
) -> int:
    """Serve `app` until the process stops; answers the port, which `variable` had set."""
    log_our_mistakes_only()
    doorman = Doorman(head_s)
    app.middlewares.append(doorman.hear)
    runner = web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=_KEEPALIVE_S,
        shutdown_timeout=shutdown_s,
        auto_decompress=False,
    )
    await runner.setup()
    life.on_stop("http", runner.cleanup)
    handlers = runner.server
    assert handlers is not None
    listener = listen(host, port, variable)
    server = await asyncio.get_running_loop().create_server(
        lambda: doorman.admit(handlers()), sock=listener, backlog=1024
    )

    # Stops run in reverse order: the listener closes before the connections do.
    async def close() -> None:
        server.close()

    life.on_stop("http listener", close)
    bound: int = listener.getsockname()[1]
    return bound
