"""Frames over one WebSocket; the only module that knows the `websockets` library.

The end of a connection is a value, `Lost`, because it is the ordinary course of things on a phone.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import NamedTuple

from google.protobuf.message import DecodeError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from scoreline.v1.frame_pb2 import ClientFrame, ServerFrame
from scoreline.wire.close_codes import should_reconnect
from scoreline_client.addresses import Addresses

SUBPROTOCOL = Subprotocol("scoreline.v1.proto")

#: RFC 6455: closed without a close frame. It stands for every loss that has no code of its own.
ABNORMAL = 1006


class Lost(NamedTuple):
    """A connection that is over or never was."""

    code: int
    reason: str
    retry_after_s: float = 0.0
    """The server's own hint."""
    terminal: bool = False
    """Coming back would end the same way."""
    was_stable: bool = False
    """It had lived long enough to be no failure of its own."""


class WebSocketTransport:
    """One open connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, addresses: Addresses, open_timeout_s: float) -> WebSocketTransport | Lost:
        """Return an open connection, or why there is none."""
        try:
            connection = await connect(
                addresses.websocket,
                subprotocols=[SUBPROTOCOL],
                compression=None,  # patches are of some 20 bytes; deflate makes them larger
                ping_interval=None,  # the protocol has heartbeats of its own
                open_timeout=open_timeout_s,
                close_timeout=1,
                proxy=None if addresses.is_loopback else True,
            )
        except InvalidStatus as refused:
            return _refused(refused)
        except (OSError, WebSocketException, TimeoutError) as error:
            return Lost(ABNORMAL, str(error) or type(error).__name__)
        if connection.subprotocol != SUBPROTOCOL:
            await connection.close()
            return Lost(ABNORMAL, f"the server does not speak {SUBPROTOCOL}", terminal=True)
        return cls(connection)

    async def send(self, frame: ClientFrame) -> None:
        """Send a frame; a connection that is gone is noticed by `receive`."""
        with suppress(ConnectionClosed):
            await self._connection.send(frame.SerializeToString())

    async def receive(self, silence_s: float) -> ServerFrame | Lost:
        """Return the next frame, or why there is none; longer silence than `silence_s` is a loss."""
        try:
            async with asyncio.timeout(silence_s):
                message = await self._connection.recv(decode=False)
        except TimeoutError:
            return Lost(ABNORMAL, f"nothing came for {silence_s:g} s")
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else ABNORMAL
            reason = closed.rcvd.reason if closed.rcvd else "the connection broke"
            return Lost(code, reason, terminal=not should_reconnect(code))
        try:
            return ServerFrame.FromString(message)
        except DecodeError:
            # A frame that can't be read may be the one with the goal: start over from the position.
            return Lost(ABNORMAL, "an unreadable frame")

    async def close(self) -> None:
        """Close the connection; at most a second is spent on manners."""
        await self._connection.close()


def _refused(refused: InvalidStatus) -> Lost:
    status = refused.response.status_code
    hint = refused.response.headers.get("Retry-After", "")
    return Lost(
        ABNORMAL,
        f"the server answered the upgrade with {status}",
        retry_after_s=float(hint) if hint.isascii() and hint.isdigit() else 0.0,
        terminal=status in (401, 403),
    )
