"""States from Redis, as stated commits them; and a twin in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

from google.protobuf.message import DecodeError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from pushd.ports import SourceUnavailable, StoredState, StoredTopic
from scoreline.domain.position import Position
from scoreline.runtime import logs
from scoreline.v1.state_pb2 import ScoreState
from scoreline.wire.names import game_key

log = logs.get(__name__)
T = TypeVar("T")

_STATE = ("epoch", "version", "body", "as_of_us")
_POSITION = ("epoch", "version")
_VERSION_BYTES = 8
_PATIENCE_S = 3.0
"""A server that takes connections and never answers would cost every attempt of the client its time-out."""


class RedisStateReader:
    """See `StateReader`; reads `state`, `patches` and `recent`, writes nothing."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    async def read(self, game_id: str) -> StoredTopic | None:
        """Return a game's state and recent frames."""
        # A transaction: a commit between the two reads would leave the frames ahead of the state.
        pipeline = self._client.pipeline(transaction=True)
        pipeline.hmget(game_key(game_id, "state"), _STATE)
        pipeline.lrange(game_key(game_id, "patches"), 0, -1)
        values, entries = await _reach(pipeline.execute())
        state = _stored(game_id, values)
        if state is None:
            return None
        return StoredTopic(state, [entry[_VERSION_BYTES:] for entry in reversed(entries)])

    async def states(self, game_ids: Sequence[str]) -> dict[str, StoredState]:
        """Return the states of those games that have one."""
        found = {}
        for game_id, values in zip(game_ids, await self._fields(game_ids, _STATE), strict=True):
            state = _stored(game_id, values)
            if state is not None:
                found[game_id] = state
        return found

    async def positions(self, game_ids: Sequence[str]) -> dict[str, Position]:
        """Return where those games stand that have a state."""
        answers = await self._fields(game_ids, _POSITION)
        return {
            game_id: Position(int(values[0]), int(values[1]))
            for game_id, values in zip(game_ids, answers, strict=True)
            if values[0] is not None
        }

    async def _fields(self, game_ids: Sequence[str], fields: Sequence[str]) -> list[Any]:
        if not game_ids:
            return []
        pipeline = self._client.pipeline(transaction=False)
        for game_id in game_ids:
            pipeline.hmget(game_key(game_id, "state"), fields)
        return await _reach(pipeline.execute())


class MemoryStateReader:
    """A `StateReader` for tests: holds what it is given, and can be unavailable."""

    def __init__(self) -> None:
        self.topics: dict[str, StoredTopic] = {}
        self.available = True
        self.reads = 0

    async def read(self, game_id: str) -> StoredTopic | None:
        """Return a game's state and recent frames."""
        self._check()
        self.reads += 1
        return self.topics.get(game_id)

    async def states(self, game_ids: Sequence[str]) -> dict[str, StoredState]:
        """Return the states of those games that have one."""
        self._check()
        self.reads += 1
        return {game_id: self.topics[game_id].state for game_id in game_ids if game_id in self.topics}

    async def positions(self, game_ids: Sequence[str]) -> dict[str, Position]:
        """Return where those games stand that have a state."""
        self._check()
        return {
            game_id: self.topics[game_id].state.position for game_id in game_ids if game_id in self.topics
        }

    def _check(self) -> None:
        if not self.available:
            raise SourceUnavailable("switched off")


def _stored(game_id: str, values: list[bytes | None]) -> StoredState | None:
    epoch, version, body, as_of_us = values
    if epoch is None or version is None:
        return None
    try:
        state = ScoreState.FromString(body or b"")
    except DecodeError:
        # Somebody else wrote there; a game without a state is served as pending, the others are not harmed.
        log.error("state.unreadable", game_id=game_id)
        return None
    return StoredState(Position(int(epoch), int(version)), state, int(as_of_us or 0))


async def _reach(work: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await work
    except TimeoutError as error:
        raise SourceUnavailable(f"Redis: no answer within {_PATIENCE_S:g} s") from error
    except (RedisError, OSError) as error:
        raise SourceUnavailable(f"Redis: {error}") from error
