"""Why a WebSocket was closed, as named data; the range tells a client whether to come back.

1000-1015 are those of RFC 6455. 4000-4499: reconnect, with backoff. 4500-4999: stop, it would fail again.
"""

from __future__ import annotations

from enum import IntEnum


class CloseCode(IntEnum):
    """Close codes that pushd sends."""

    NORMAL = 1000
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    INVALID_PAYLOAD = 1007
    MESSAGE_TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    GOING_AWAY = 4000
    """The gateway stops; reconnect after the hint of the goaway frame."""
    SLOW_HANDSHAKE = 4001
    """Nothing useful came in time."""
    NO_PONG = 4002
    """The client did not answer heartbeats."""
    BAD_FRAME = 4500
    """A frame that is not the subprotocol's message."""
    TOO_MANY_FRAMES = 4501
    """More frames a second than allowed."""


def should_reconnect(code: int) -> bool:
    """Whether a client that was closed with `code` should try again."""
    if code in (CloseCode.PROTOCOL_ERROR, CloseCode.UNSUPPORTED_DATA, CloseCode.INVALID_PAYLOAD):
        return False
    return not (4500 <= code <= 4999 or code == CloseCode.MESSAGE_TOO_BIG)
