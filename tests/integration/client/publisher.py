"""Stands in for stated: commits states to a real Redis and publishes patches to a real JetStream."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from scoreline.domain.ids import game_topic
from scoreline.domain.patch import merge_into
from scoreline.domain.position import Position
from scoreline.runtime.jetstream import NatsLink, connect
from scoreline.runtime.streams import configs, ensure_streams
from scoreline.v1.game_pb2 import Game, Sport
from scoreline.v1.state_pb2 import ScoreState
from scoreline.wire import names
from scoreline.wire.frames import encode_patch


class Publisher:
    """The authoritative state of some games, written the way stated writes it."""

    def __init__(self, redis: Redis, link: NatsLink) -> None:
        self._redis = redis
        self._link = link
        self.states: dict[str, ScoreState] = {}
        self.positions: dict[str, Position] = {}
        self._topics: dict[str, int] = {}

    async def register(self, game_id: str) -> None:
        """Put a game into the catalog; it has no state yet."""
        topic = self._topics[game_id] = 1000 + len(self._topics)
        game = Game(game_id=game_id, sport=Sport.SPORT_FOOTBALL, topic=topic)
        game.home.team_id, game.home.name = "home", "Harbour Town"
        game.away.team_id, game.away.name = "away", "Upper Valley"
        game.scheduled_time.GetCurrentTime()
        await self._link.js.publish(names.catalog_subject(game_id), game.SerializeToString())

    async def commit(self, game_id: str, body: ScoreState, *, epoch: int | None = None) -> None:
        """Take one version further, in Redis first and then on the stream."""
        held = self.positions.get(game_id)
        state = self.states.setdefault(game_id, ScoreState())
        if held is None or (epoch is not None and epoch != held.epoch):
            held = Position(epoch or 1_542_067_200, 0)
            await self._redis.delete(names.game_key(game_id, "patches"))
        merge_into(state, body)
        position = self.positions[game_id] = Position(held.epoch, held.version + 1)
        frame = encode_patch(self._topics[game_id], position.version, body)
        now_us = time.time_ns() // 1000
        await self._store(game_id, position, state, frame, now_us)
        topic = game_topic(game_id)
        headers = {
            names.Header.MESSAGE_ID.value: names.patch_message_id(topic, *position),
            names.Header.EPOCH.value: str(position.epoch),
            names.Header.VERSION.value: str(position.version),
            names.Header.RECEIVED_US.value: str(now_us),
        }
        await self._link.js.publish(names.patch_subject(topic), frame, headers=headers)

    async def _store(
        self, game_id: str, position: Position, state: ScoreState, frame: bytes, now_us: int
    ) -> None:
        fields: dict[str | bytes, bytes | float | int | str] = {
            "epoch": position.epoch,
            "version": position.version,
            "topic": self._topics[game_id],
            "body": state.SerializeToString(),
            "as_of_us": now_us,
        }
        patches = names.game_key(game_id, "patches")
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.hset(names.game_key(game_id, "state"), mapping=fields)
        pipeline.lpush(patches, position.version.to_bytes(8, "big") + frame)
        pipeline.ltrim(patches, 0, names.PATCHES_KEPT - 1)
        await pipeline.execute()


@asynccontextmanager
async def publisher_to(nats_url: str, redis_url: str) -> AsyncIterator[Publisher]:
    """Connect a publisher and make sure of its streams."""
    link = await connect(nats_url, "test-publisher", deadline_s=10)
    redis = Redis.from_url(redis_url)
    try:
        await ensure_streams(link.js, configs())
        yield Publisher(redis, link)
    finally:
        await redis.aclose()
        await link.close()
