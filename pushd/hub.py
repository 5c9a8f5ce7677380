"""The sockets of all clients behind one epoll, which the loop watches as if it were a single socket.

uvloop accepts one connection a turn and keeps a kilobyte for each; a storm comes by thousands. Here a turn
accepts and reads by the hundred, and an idle client is a slot in a table.
"""

from __future__ import annotations

import asyncio
import errno
import select
import socket
from collections.abc import Callable
from contextlib import suppress

from pushd.fan_socket import FanSocket, Owner
from pushd.multisend import AcceptMany
from scoreline.runtime import logs

log = logs.get(__name__)

#: Sockets served in one turn of the loop.
EVENTS = 256
#: Connections accepted in one turn.
ACCEPTED = 64
#: Unsent bytes that the kernel keeps for a client; beyond it the client falls behind, and is merged.
UNSENT_BYTES = 16_384
#: How long nothing is accepted once descriptors have run out.
_SHORT_OF_FILES_S = 0.1
_SHORT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

_BROKEN = select.EPOLLHUP | select.EPOLLERR

Welcome = Callable[[FanSocket], Owner]


class Hub:
    """Accepts, reads and writes out; knows nothing of what is said."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        listener: socket.socket,
        welcome: Welcome,
        accept_many: AcceptMany,
    ) -> None:
        self._loop, self._listener, self._welcome, self._accept_many = loop, listener, welcome, accept_many
        self._epoll = select.epoll()
        self._sockets: dict[int, FanSocket] = {}
        self._accepting = self._stopped = False
        self._empty = asyncio.Event()
        # Inherited by every connection: no system call each.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)

    def __len__(self) -> int:
        return len(self._sockets)

    def start(self) -> None:
        """Accept and serve from now on."""
        self._loop.add_reader(self._epoll.fileno(), self._turn)
        self._resume_accepting()

    def stop_accepting(self) -> None:
        """Take no further connections; those that are there go on, those that wait are somebody else's."""
        self._stopped = True
        self._look_away()

    async def emptied(self, within_s: float) -> None:
        """Return once no socket is left, or the time is up."""
        if self._sockets:
            self._empty.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._empty.wait()

    def close(self) -> None:
        """Stop for good."""
        self.stop_accepting()
        self._listener.close()
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()

    # What sockets call

    def watch(self, descriptor: int, *, reading: bool, writing: bool) -> None:
        """Report readiness of these kinds from now on."""
        self._epoll.modify(
            descriptor, (select.EPOLLIN if reading else 0) | (select.EPOLLOUT if writing else 0)
        )

    def lose(self, lost: FanSocket, error: Exception | None) -> None:
        """Tell the connection soon: whoever is in the middle of something finishes it first."""
        self._forget(lost)
        self._loop.call_soon(lost.end, error)

    def release(self, given: FanSocket) -> socket.socket:
        """Give a socket away, to a transport of the loop."""
        self._forget(given)
        return given.detach()

    def _forget(self, known: FanSocket) -> None:
        if self._sockets.pop(known.descriptor, None) is not None:
            self._epoll.unregister(known.descriptor)
            if not self._sockets:
                self._empty.set()

    def _turn(self) -> None:
        sockets = self._sockets
        for descriptor, ready in self._epoll.poll(0, EVENTS):
            known = sockets.get(descriptor)
            if known is None:
                if self._accepting and descriptor == self._listener.fileno():
                    self._accept()
                continue
            try:
                if ready & select.EPOLLOUT:
                    known.writable()
                if ready & select.EPOLLIN:
                    known.readable()
                elif ready & _BROKEN:
                    known.failed()
            except Exception as error:
                log.error("connection.failed_unexpectedly", exc_info=error)
                known.abort()

    def _accept(self) -> None:
        try:
            accepted = self._accept_many(self._listener.fileno(), ACCEPTED)
        except OSError as error:
            if error.errno not in _SHORT:
                raise
            # Those who wait stay in the backlog; a turn of the loop each would only burn.
            log.error("accept.failed", reason=str(error), retry_s=_SHORT_OF_FILES_S)
            self._look_away()
            self._loop.call_later(_SHORT_OF_FILES_S, self._resume_accepting)
            return
        for descriptor in accepted:
            taken = self._sockets[descriptor] = FanSocket(self, descriptor)
            self._epoll.register(descriptor, select.EPOLLIN)
            taken.attach(self._welcome(taken))

    def _look_away(self) -> None:
        if self._accepting:
            self._accepting = False
            self._epoll.unregister(self._listener.fileno())

    def _resume_accepting(self) -> None:
        if not self._stopped:
            self._accepting = True
            self._epoll.register(self._listener.fileno(), select.EPOLLIN)
