"""Plays stated's part: commits to Redis and publishes to NATS in the layout that pushd reads."""

import time

from nats.js import JetStreamContext
from redis.asyncio import Redis

from scoreline.domain.ids import game_topic
from scoreline.domain.patch import diff, merge
from scoreline.domain.position import Position
from scoreline.v1.game_pb2 import SPORT_FOOTBALL, Game
from scoreline.v1.state_pb2 import GAME_STATUS_LIVE, KEY_EVENT_KIND_GOAL, ScoreState
from scoreline.wire.frames import encode_patch
from scoreline.wire.names import (
    Header,
    catalog_subject,
    game_key,
    patch_message_id,
    patch_subject,
)


def kick_off() -> ScoreState:
    state = ScoreState(status=GAME_STATUS_LIVE)
    state.score.home = state.score.away = 0
    state.sheet.home.name = "Reds of the harbour town"
    state.sheet.away.name = "Blues from across the river"
    for number in range(1, 23):
        state.sheet.roster[number].name = f"Player number {number} of his side"
    return state


class PlayedGame:
    """A game whose state the test decides."""

    def __init__(
        self, js: JetStreamContext, redis: Redis, game_id: str, topic: int, epoch: int = 1000
    ) -> None:
        self.js, self.redis = js, redis
        self.game_id, self.topic = game_id, topic
        self.name = game_topic(game_id)
        self.epoch, self.version = epoch, 0
        self.state = ScoreState()

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.version)

    async def register(self, **facts) -> None:
        game = Game(game_id=self.game_id, topic=self.topic, sport=SPORT_FOOTBALL, **facts)
        game.home.name, game.away.name = "Reds", "Blues"
        game.providers.add(provider_id="acme", external_game_id="4711")
        await self.js.publish(catalog_subject(self.game_id), game.SerializeToString())

    async def begin(self) -> None:
        """Commit the first state."""
        await self.become(kick_off())

    async def goal(self) -> None:
        """Score, with an entry in the timeline."""
        after = ScoreState()
        after.CopyFrom(self.state)
        after.score.home += 1
        key = max(after.key_events, default=0) + 1
        after.key_events[key].kind = KEY_EVENT_KIND_GOAL
        after.key_events[key].player = 1 + key % 22
        await self.become(merge(after, ScoreState()))

    async def become(self, state: ScoreState, *, publish: bool = True) -> None:
        """Commit a state and publish the patch that leads to it."""
        patch = diff(self.state, state)
        self.state, self.version = state, self.version + 1
        frame = encode_patch(self.topic, self.version, patch)
        await self.commit(frame)
        if publish:
            await self.publish(frame)

    async def commit(self, frame: bytes) -> None:
        pipeline = self.redis.pipeline(transaction=True)
        pipeline.hset(
            game_key(self.game_id, "state"),
            mapping={
                "epoch": self.epoch,
                "version": self.version,
                "topic": self.topic,
                "body": self.state.SerializeToString(),
                "as_of_us": time.time_ns() // 1000,
            },
        )
        pipeline.lpush(game_key(self.game_id, "patches"), self.version.to_bytes(8) + frame)
        pipeline.ltrim(game_key(self.game_id, "patches"), 0, 255)
        await pipeline.execute()

    async def publish(self, frame: bytes) -> None:
        headers = {
            Header.MESSAGE_ID: patch_message_id(self.name, self.epoch, self.version),
            Header.EPOCH: str(self.epoch),
            Header.VERSION: str(self.version),
            Header.RECEIVED_US: str(time.time_ns() // 1000),
            Header.CRITICAL: "1",
        }
        await self.js.publish(
            patch_subject(self.name), frame, headers={str(k): v for k, v in headers.items()}
        )

    async def rebuild(self, state: ScoreState) -> None:
        """Put another state in place under a new epoch, as after the loss of Redis."""
        await self.redis.delete(game_key(self.game_id, "patches"))
        self.epoch += 10
        self.version, self.state = 0, ScoreState()
        await self.become(state)
