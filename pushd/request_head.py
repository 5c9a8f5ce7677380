"""The head of the first request on a connection: is it an upgrade of ours?"""

from __future__ import annotations

from typing import NamedTuple

import httptools

from pushd.core import handshake

_BEGIN = f"GET {handshake.PATH}".encode()


class UpgradeRequest(NamedTuple):
    """A request for a WebSocket at our path."""

    headers: dict[str, str]
    """By lower-case name."""
    rest: bytes
    """What the client sent behind the request already."""


def upgrade_in(head: bytes) -> UpgradeRequest | None:
    """Return the upgrade request that `head` begins with; anything else is for the HTTP library to answer."""
    if not head.startswith(_BEGIN):
        return None
    request = _Request()
    parser = httptools.HttpRequestParser(request)
    try:
        parser.feed_data(head)
    except httptools.HttpParserUpgrade as upgrade:
        # RFC 6455, 4.1: at least HTTP/1.1; the parser also lets through what has no version at all.
        if parser.get_http_version() == "1.1" and request.is_websocket(parser.get_method()):
            return UpgradeRequest(request.headers, head[upgrade.args[0] :])
    except httptools.HttpParserError:
        pass  # the HTTP library says what is wrong with it
    return None


class _Request:
    """What httptools reports of a request."""

    __slots__ = ("headers", "target")

    def __init__(self) -> None:
        self.target = b""
        self.headers: dict[str, str] = {}

    def on_url(self, url: bytes) -> None:
        """Collect the target."""
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a header; repeated ones are lists (RFC 9110, 5.3)."""
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self.headers[key] = f"{self.headers[key]},{text}" if key in self.headers else text

    def is_websocket(self, method: bytes) -> bool:
        """Whether this is an upgrade of our path."""
        path = self.target.partition(b"?")[0]
        return path == handshake.PATH.encode() and handshake.is_upgrade(
            method.decode("latin-1"), self.headers
        )
