"""States over plain HTTP, for networks that let no WebSocket through; the only module that knows `aiohttp`.

A poll that finds nothing new costs one 304: the position is the ETag.
"""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import aiohttp
from google.protobuf.message import DecodeError

from scoreline.domain.position import Position, parse_position
from scoreline.v1.state_pb2 import ScoreState
from scoreline_client.addresses import Addresses

PROTOBUF = "application/x-protobuf"


class Fetched(NamedTuple):
    """A state newer than the known one."""

    position: Position
    state: ScoreState
    server_time_s: float
    """From the Date header, to the second; 0 when there was none."""


class Unchanged(NamedTuple):
    """Nothing new, or nothing yet."""


class NoSuchGame(NamedTuple):
    """No such game is registered."""


class Unreachable(NamedTuple):
    """The server could not be asked."""

    reason: str
    retry_after_s: float = 0.0


Polled = Fetched | Unchanged | NoSuchGame | Unreachable


class PollTransport:
    """Asks for the state of games, one request each."""

    def __init__(self, addresses: Addresses, timeout_s: float) -> None:
        self._addresses = addresses
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, game_id: str, known: Position | None) -> Polled:
        """Ask for a game's state unless it still stands at `known`."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, trust_env=not self._addresses.is_loopback
            )
        headers = {"Accept": PROTOBUF}
        if known is not None:
            headers["If-None-Match"] = f'"{known}"'
        try:
            async with self._session.get(self._addresses.score(game_id), headers=headers) as response:
                return _read(response, await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Unreachable(str(error) or type(error).__name__)

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _read(response: aiohttp.ClientResponse, body: bytes) -> Polled:
    match response.status:
        case 304 | 204:
            return Unchanged()
        case 200:
            return _fetched(response, body)
        case 404 if _is_unknown_game(body):
            return NoSuchGame()
        case status:
            hint = response.headers.get("Retry-After", "")
            return Unreachable(f"HTTP {status}", float(hint) if hint.isascii() and hint.isdigit() else 0.0)


def _fetched(response: aiohttp.ClientResponse, body: bytes) -> Polled:
    token = response.headers.get("Scoreline-Position") or response.headers.get("ETag", "").strip('"')
    position = parse_position(token)
    if position is None or response.content_type != PROTOBUF:
        # A captive portal answers 200 to everything; its page must not become a score.
        return Unreachable("the answer is not a state with a position")
    try:
        state = ScoreState.FromString(body)
    except DecodeError:
        return Unreachable("the answer is not a state")
    return Fetched(position, state, _time_of(response.headers.get("Date", "")))


def _is_unknown_game(body: bytes) -> bool:
    # Any proxy can say 404; only the server's own words end a subscription.
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("reason") == "UNKNOWN_GAME"


def _time_of(date: str) -> float:
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return 0.0
