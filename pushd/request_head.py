"""The head of the first request on a connection: is it an upgrade of ours?"""

from __future__ import annotations

import re
from typing import NamedTuple

import httptools

from pushd.core import handshake

_BEGIN = f"GET {handshake.PATH}".encode()

_NAME, _VALUE = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+", rb"[\t\x20-\x7e\x80-\xff]*"
#: The usual request, whole: what does not look exactly so is read by the parser.
_USUAL = re.compile(
    rb"%b(?:\?[!-~]*)? HTTP/1\.1\r\n((?:%b:%b\r\n)+)\r\n" % (re.escape(_BEGIN), _NAME, _VALUE)
)
_OF_A_BODY = {"content-length", "transfer-encoding"}
_HEADER = re.compile(rb"(%b):(%b)\r\n" % (_NAME, _VALUE))


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
    usual = _usual(head)
    if usual is None:
        return _parsed(head)
    return usual if handshake.is_upgrade("GET", usual.headers) else None


def _usual(head: bytes) -> UpgradeRequest | None:
    """Read a request that looks like nearly all do, or leave it to the parser."""
    found = _USUAL.match(head)
    if found is None:
        return None
    # Two calls into C in place of two callbacks a header: a third of the cost in a storm.
    lines = _HEADER.findall(found[1])
    headers = {name.decode().lower(): value.decode("latin-1").strip(" \t") for name, value in lines}
    if len(headers) < len(lines) or not headers.keys().isdisjoint(_OF_A_BODY):
        return None
    return UpgradeRequest(headers, head[found.end() :])


def _parsed(head: bytes) -> UpgradeRequest | None:
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
