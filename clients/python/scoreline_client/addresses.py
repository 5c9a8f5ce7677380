"""Where the server's doors are, made from the one address that the caller gives."""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

_SCHEMES = {"ws": ("ws", "http"), "http": ("ws", "http"), "wss": ("wss", "https"), "https": ("wss", "https")}


class Addresses(NamedTuple):
    """The WebSocket and the REST address of one gateway."""

    websocket: str
    rest: str
    """Without a slash at the end."""
    is_loopback: bool
    """A proxy makes no sense."""

    def score(self, game_id: str) -> str:
        """Return where the state of a game is polled."""
        return f"{self.rest}/v1/games/{quote(game_id, safe='')}/score"


def addresses_of(url: str) -> Addresses:
    """Return the addresses behind `url`: ws, wss, http or https, with or without the path of the WebSocket.

    Raises:
        ValueError: it is no such address.
    """
    parts = urlsplit(url if "://" in url else f"ws://{url}")
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ValueError(f"{url!r} is no address such as ws://127.0.0.1:8080")
    websocket, rest = _SCHEMES[parts.scheme]
    base = parts.path.rstrip("/").removesuffix("/v1/ws").rstrip("/")
    return Addresses(
        websocket=urlunsplit((websocket, parts.netloc, f"{base}/v1/ws", parts.query, "")),
        rest=urlunsplit((rest, parts.netloc, base, "", "")),
        is_loopback=_is_loopback(parts.hostname),
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
