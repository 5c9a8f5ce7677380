"""One client's socket: writes at once, and holds at most what the kernel did not take of a frame.

Looks like a transport of asyncio where the connection needs one. Has its own small class because a process
holds thousands of them, and because its descriptor stays open, and ours, until the connection was told that
it is lost: nobody else's socket can come under a number that a room still writes to (ADR 7).
"""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import termios
from typing import Protocol

#: One read; a client's frames are small, and what is more comes with the next turn.
READ_BYTES = 16_384


class Owner(Protocol):
    """The connection that a socket belongs to."""

    def data_received(self, data: bytes) -> None:
        """Take what the peer sent."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; its descriptor is closed afterwards."""

    def pause_writing(self) -> None:
        """Something could not be written and waits."""

    def resume_writing(self) -> None:
        """Nothing waits any more."""


class Watcher(Protocol):
    """Whoever tells sockets what they are ready for."""

    def watch(self, descriptor: int, *, reading: bool, writing: bool) -> None:
        """Report readiness of these kinds from now on."""

    def lose(self, lost: FanSocket, error: Exception | None) -> None:
        """Call `end` soon, and never report this socket again."""


class FanSocket:
    """A connected, non-blocking socket."""

    __slots__ = ("_closing", "_eof", "_hub", "_leaving", "_owner", "_reading", "_rest", "descriptor")

    def __init__(self, hub: Watcher, descriptor: int) -> None:
        self._hub = hub
        self.descriptor = descriptor
        self._owner: Owner = None  # type: ignore[assignment]  # `attach` follows the construction
        self._rest = b""
        self._reading = True
        self._closing = False
        self._eof = False
        """Whether our side ends behind what waits."""
        self._leaving = False
        """Whether the connection does."""

    def attach(self, owner: Owner) -> None:
        """Name the connection that gets what comes."""
        self._owner = owner

    # What the connection calls

    def write(self, data: bytes) -> None:
        """Write now; what the kernel does not take waits, and pauses the owner."""
        if self._closing or self._eof:
            return
        if self._rest:
            self._rest += data
            return
        try:
            sent = os.write(self.descriptor, data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._lose(error)
            return
        if sent < len(data):
            self._rest = data[sent:]
            self._watch()
            self._owner.pause_writing()

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait."""
        return len(self._rest)

    def unsent(self) -> int:
        """Return how many bytes the peer has not taken yet, those in the kernel included."""
        answer = fcntl.ioctl(self.descriptor, termios.TIOCOUTQ, b"\0\0\0\0")
        return len(self._rest) + int.from_bytes(answer, sys.byteorder)

    def pause_reading(self) -> None:
        """Leave what comes in the kernel."""
        if self._reading:
            self._reading = False
            self._watch()

    def resume_reading(self) -> None:
        """Read again."""
        if not self._reading:
            self._reading = True
            self._watch()

    def write_eof(self) -> None:
        """Send the end of our side, behind what waits; nothing more is written."""
        self._eof = True
        if not self._rest:
            self._shut()

    def close(self) -> None:
        """Close once nothing waits."""
        self._eof = self._leaving = True
        if not self._rest:
            self._lose(None)

    def abort(self) -> None:
        """Close now."""
        self._lose(None)

    def is_closing(self) -> bool:
        """Whether the connection is over, or will be once it is written out."""
        return self._closing

    def detach(self) -> socket.socket:
        """Give the socket away; nobody here will touch it again."""
        self._closing = True
        self._part()
        return socket.socket(fileno=self.descriptor)

    # What the hub calls

    def readable(self) -> None:
        """Read once."""
        if self._closing:
            return
        try:
            data = os.read(self.descriptor, READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(error)
            return
        if data:
            if not self._leaving:
                self._owner.data_received(data)
        else:
            # A WebSocket has no half-closed life.
            self._lose(None)

    def writable(self) -> None:
        """Go on with what waits."""
        if self._closing or not self._rest:
            return
        try:
            sent = os.write(self.descriptor, self._rest)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(error)
            return
        self._rest = self._rest[sent:]
        if not self._rest:
            self._watch()
            if self._leaving:
                self._lose(None)
            elif self._eof:
                self._shut()
            else:
                self._owner.resume_writing()

    def failed(self) -> None:
        """End: the peer has reset, or both sides are shut."""
        if self._reading:
            self.readable()  # what was sent before the end, or the error itself
        else:
            self._lose(None)

    def end(self, error: Exception | None) -> None:
        """Tell the connection, then close."""
        try:
            self._owner.connection_lost(error)
        finally:
            os.close(self.descriptor)
            self._part()

    def _part(self) -> None:
        # They hold each other: let go, so that the memory of a storm does not wait for the collector.
        del self._owner

    def _watch(self) -> None:
        if not self._closing:
            self._hub.watch(self.descriptor, reading=self._reading, writing=bool(self._rest))

    def _shut(self) -> None:
        # The family is nothing to a shutdown, and asking the kernel for it would be another call.
        shared = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, self.descriptor)
        try:
            shared.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the peer was quicker
        finally:
            shared.detach()

    def _lose(self, error: Exception | None) -> None:
        if not self._closing:
            self._closing = True
            self._rest = b""
            self._hub.lose(self, error)
