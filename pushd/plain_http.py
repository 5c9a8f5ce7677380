"""Requests that are no upgrade: to the HTTP library, with what was read already."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from aiohttp.web_protocol import RequestHandler

from pushd.fan_socket import FanSocket
from scoreline.runtime import logs

log = logs.get(__name__)


class PlainHttp:
    """Gives sockets away to the HTTP library."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        release: Callable[[FanSocket], socket.socket],
        handler: Callable[[], RequestHandler],
    ) -> None:
        self._loop, self._release, self._handler = loop, release, handler
        self._moving: set[asyncio.Task[None]] = set()

    def take(self, given: FanSocket, head: bytes) -> None:
        """Let the library answer what began with `head`."""
        moving = self._loop.create_task(self._move(self._release(given), head))
        self._moving.add(moving)
        moving.add_done_callback(self._moving.discard)

    async def _move(self, connection: socket.socket, head: bytes) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: _Bridge(self._handler(), head), connection)
        except OSError as error:
            log.info("connection.not_handed_over", reason=str(error))
            connection.close()


class _Bridge(asyncio.Protocol):
    """Puts the bytes that were read in front of those that follow."""

    def __init__(self, handler: RequestHandler, head: bytes) -> None:
        self._handler, self._head = handler, head

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).set_protocol(self._handler)
        self._handler.connection_made(transport)
        self._handler.data_received(self._head)
