"""A connection before anybody knows what it wants: the first bytes decide.

An upgrade of `/v1/ws` becomes a WebSocket; any other request is handed, with its bytes, to the HTTP library.
"""

from __future__ import annotations

from pushd import metrics, request_head
from pushd.core import handshake
from pushd.core.outgoing import Encoding
from pushd.fan_socket import FanSocket
from pushd.gateway import Gateway
from pushd.websocket import Connection

#: A request's headers; more is refused.
MAX_HEAD_BYTES = 16_384


class Caller:
    """One socket until its first request is whole."""

    __slots__ = ("_gateway", "_head", "_wire")

    def __init__(self, gateway: Gateway, wire: FanSocket) -> None:
        self._gateway = gateway
        self._wire = wire
        self._head = b""
        # It has some time for its request, but not for ever.
        gateway.wheel.schedule(self, gateway.handshake_ticks)

    def data_received(self, data: bytes) -> None:
        """Take a part of the request."""
        head = self._head = self._head + data
        if b"\r\n\r\n" not in head:
            if len(head) > MAX_HEAD_BYTES:
                self._refuse(handshake.refuse(431, f"headers have at most {MAX_HEAD_BYTES} bytes"), "headers")
            return
        upgrade = request_head.upgrade_in(head)
        if upgrade is not None:
            self._upgrade(upgrade)
        else:
            self._gateway.wheel.cancel(self)
            self._gateway.hand_over(self._wire, head)

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget the connection."""
        self._gateway.wheel.cancel(self)

    def pause_writing(self) -> None:
        """Do nothing: a refusal is short, and all that is ever written here."""

    def resume_writing(self) -> None:
        """Do nothing."""

    def tick(self) -> None:
        """End what takes too long."""
        self._refuse(handshake.refuse(408, "no request came in time"), "deadline")

    def abort(self) -> None:
        """Drop the socket."""
        self._wire.abort()

    def _upgrade(self, asked: request_head.UpgradeRequest) -> None:
        gateway, wire = self._gateway, self._wire
        if gateway.full:
            retry = f"Retry-After: {gateway.retry_after_s()}\r\n"
            self._refuse(handshake.refuse(503, "no room for now; try again later", retry), "full")
            return
        outcome = handshake.answer(asked.headers)
        if isinstance(outcome, handshake.Refuse):
            self._refuse(outcome, "handshake")
            return
        gateway.wheel.cancel(self)
        json = outcome.subprotocol is handshake.Subprotocol.JSON
        encoding = Encoding.WS_JSON if json else Encoding.WS_PROTO
        connection = Connection(gateway, wire, gateway.session(encoding, wire.write, wire.descriptor))
        wire.attach(connection)
        connection.open(outcome.response, asked.rest)

    def _refuse(self, refused: handshake.Refuse, reason: str) -> None:
        metrics.refused.labels(reason).inc()
        self._gateway.wheel.cancel(self)
        self._wire.write(refused.response)
        self._wire.close()
