"""The upgrade from HTTP to WebSocket: whether to accept it, under which subprotocol, and in which bytes."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from enum import StrEnum
from hashlib import sha1
from typing import NamedTuple

import orjson

from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.wire.reasons import reason_name

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3

PATH = "/v1/ws"


class Subprotocol(StrEnum):
    """How frames are spelled on a connection."""

    PROTO = "scoreline.v1.proto"
    JSON = "scoreline.v1.json"


class Accept(NamedTuple):
    """The connection becomes a WebSocket."""

    subprotocol: Subprotocol
    response: bytes


class Refuse(NamedTuple):
    """The connection ends with an HTTP error."""

    status: int
    response: bytes


def is_upgrade(method: str, headers: dict[str, str]) -> bool:
    """Whether a request asks for a WebSocket at all; header names are lower case."""
    return (
        method == "GET"
        and _names("upgrade", headers.get("connection", ""))
        and _names("websocket", headers.get("upgrade", ""))
    )


def answer(headers: dict[str, str]) -> Accept | Refuse:
    """Answer an upgrade request."""
    if "transfer-encoding" in headers or headers.get("content-length", "0") != "0":
        # What follows the head would be read as frames: two parties could disagree on where they begin.
        return refuse(400, "an upgrade request has no body")
    if headers.get("sec-websocket-version") != "13":
        return refuse(426, "only version 13 of the protocol is spoken", "Sec-WebSocket-Version: 13\r\n")
    key = headers.get("sec-websocket-key", "")
    if not _is_key(key):
        return refuse(400, "Sec-WebSocket-Key must be 16 bytes in base64")
    offered = headers.get("sec-websocket-protocol")
    # A bare `wscat` offers none: JSON is what a person can type, and the answer then names none (4.2.2).
    chosen = Subprotocol.JSON if offered is None else _choose(offered)
    if chosen is None:
        return refuse(400, f"offer the subprotocol {Subprotocol.PROTO} or {Subprotocol.JSON}")
    accepted = b64encode(sha1(key.encode() + _MAGIC, usedforsecurity=False).digest()).decode()
    named = f"Sec-WebSocket-Protocol: {chosen}\r\n" if offered is not None else ""
    return Accept(
        chosen,
        (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accepted}\r\n{named}\r\n"
        ).encode(),
    )


def refuse(status: int, message: str, headers: str = "") -> Refuse:
    """Return an HTTP error that ends the connection, in the one form; `headers` are whole lines."""
    reason = ErrorReason.ERROR_REASON_UNAVAILABLE if status == 503 else ErrorReason.ERROR_REASON_MALFORMED
    body = orjson.dumps({"reason": reason_name(reason), "field": "", "message": message})
    return Refuse(
        status,
        (
            f"HTTP/1.1 {status} {_PHRASES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n{headers}Connection: close\r\n\r\n"
        ).encode()
        + body,
    )


_KNOWN = {subprotocol.value: subprotocol for subprotocol in Subprotocol}
_PHRASES = {
    400: "Bad Request",
    408: "Request Timeout",
    426: "Upgrade Required",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


def _choose(offered: str) -> Subprotocol | None:
    # The client's order is its preference (1.9).
    for token in offered.split(","):
        known = _KNOWN.get(token.strip())
        if known is not None:
            return known
    return None


def _is_key(key: str) -> bool:
    try:
        return len(b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False


def _names(token: str, value: str) -> bool:
    """Whether a list of tokens, in any case, holds one."""
    lowered = value.lower()
    return lowered == token or token in [part.strip() for part in lowered.split(",")]
