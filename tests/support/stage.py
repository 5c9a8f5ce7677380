"""Games without stated: a test commits states to Redis and publishes their patches, as stated would."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import nats
from nats.js import JetStreamContext
from redis.asyncio import Redis

from scoreline.domain.ids import game_topic
from scoreline.domain.patch import diff, merge
from scoreline.runtime.streams import configs, ensure_streams
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import ScoreState
from scoreline.wire import names
from scoreline.wire.frames import encode_patch

Change = Callable[[ScoreState], object]


class Stage:
    """The catalog and the states of the games of one test."""

    def __init__(self, js: JetStreamContext, redis: Redis) -> None:
        self._js, self._redis = js, redis
        self._games: dict[str, Game] = {}
        self._versions: dict[str, int] = {}
        self._states: dict[str, ScoreState] = {}
        self._epoch = int(time.time())

    async def register(self, game: Game, opening: ScoreState) -> None:
        """Add a game to the catalog and commit its first state."""
        self._games[game.game_id] = game
        self._states[game.game_id] = ScoreState()
        self._versions[game.game_id] = 0
        await self._js.publish(names.catalog_subject(game.game_id), game.SerializeToString())
        await self.commit(game.game_id, lambda state: state.CopyFrom(opening))

    async def commit(self, game_id: str, change: Change) -> None:
        """Change a game's state by one version."""
        old = self._states[game_id]
        wanted = ScoreState()
        wanted.CopyFrom(old)
        change(wanted)
        patch = diff(old, wanted)
        state = self._states[game_id] = merge(old, patch)
        version = self._versions[game_id] = self._versions[game_id] + 1
        topic, game = game_topic(game_id), self._games[game_id]
        frame = encode_patch(game.topic, version, patch)
        received_us = time.time_ns() // 1000
        transaction = self._redis.pipeline(transaction=True)
        fields = {"epoch": self._epoch, "version": version, "topic": game.topic, "as_of_us": received_us}
        transaction.hset(
            names.game_key(game_id, "state"), mapping={**fields, "body": state.SerializeToString()}
        )
        transaction.lpush(names.game_key(game_id, "patches"), version.to_bytes(8) + frame)
        await transaction.execute()
        headers = {
            names.Header.MESSAGE_ID: names.patch_message_id(topic, self._epoch, version),
            names.Header.EPOCH: str(self._epoch),
            names.Header.VERSION: str(version),
            names.Header.RECEIVED_US: str(received_us),
            names.Header.CRITICAL: "1" if patch.HasField("score") else "0",
        }
        subject = names.patch_subject(topic)
        await self._js.publish(subject, frame, headers={str(k): v for k, v in headers.items()})


@asynccontextmanager
async def stage(nats_url: str, redis_url: str) -> AsyncIterator[Stage]:
    """Open a stage on real servers."""
    connection = await nats.connect(nats_url)
    redis = Redis.from_url(redis_url)
    try:
        js = connection.jetstream()
        await ensure_streams(js, configs())
        yield Stage(js, redis)
    finally:
        await redis.aclose()
        await connection.close()
