"""Games whose state this benchmark decides: it writes to Redis and publishes to NATS as stated does."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

import nats
from nats.aio.client import Client
from redis.asyncio import Redis

from scoreline.domain.ids import game_topic
from scoreline.domain.patch import KEY_EVENTS_KEPT, merge_into
from scoreline.domain.position import Position
from scoreline.runtime.streams import configs, ensure_streams
from scoreline.v1.frame_pb2 import ClientFrame, Subscribe
from scoreline.v1.game_pb2 import Game, Side, Sport
from scoreline.v1.state_pb2 import GameStatus, KeyEventKind, PeriodKind, ScoreState
from scoreline.wire import names
from scoreline.wire.frames import encode_patch

PLAYERS = 22
_FRAMES_KEPT = 256
_REGISTERED_AT_ONCE = 500


def kick_off() -> ScoreState:
    """Return the state of a football match at its start, with both rosters."""
    state = ScoreState(status=GameStatus.GAME_STATUS_LIVE)
    state.period.kind, state.period.ordinal = PeriodKind.PERIOD_KIND_REGULAR, 1
    state.clock.elapsed_ds, state.clock.running, state.clock.as_of_ds = 0, True, 0
    state.score.home = state.score.away = 0
    state.sheet.sport = Sport.SPORT_FOOTBALL
    state.sheet.home.name, state.sheet.away.name = "Harbour Reds", "River Blues"
    for number in range(1, PLAYERS + 1):
        player = state.sheet.roster[number]
        player.name = f"Player number {number}"
        player.side = Side.SIDE_HOME if number <= PLAYERS // 2 else Side.SIDE_AWAY
    state.football.home.fouls = state.football.away.fouls = 0
    return state


@dataclass
class PlayedGame:
    """One game: its state, its position, the frames that led there."""

    game_id: str
    topic: int
    epoch: int
    version: int = 0
    state: ScoreState = field(default_factory=ScoreState)
    frames: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=_FRAMES_KEPT))

    @property
    def name(self) -> str:
        """The topic's name."""
        return game_topic(self.game_id)

    def subscribe(self, position: Position | None = None) -> bytes:
        """Return the message that follows this game from a position."""
        frame = ClientFrame(subscribe=Subscribe(topic=self.name))
        if position is not None:
            frame.subscribe.position.epoch, frame.subscribe.position.version = position
        return frame.SerializeToString()

    @property
    def position(self) -> Position:
        """Where the game stands."""
        return Position(self.epoch, self.version)

    def become(self, patch: ScoreState) -> bytes:
        """Apply a patch and return its frame."""
        self.version += 1
        merge_into(self.state, patch)
        frame = encode_patch(self.topic, self.version, patch)
        self.frames.append((self.version, frame))
        return frame

    def goal(self) -> bytes:
        """Score: a goal with the scorer's entry."""
        patch = ScoreState()
        patch.score.home = (self.state.score.home + 1) % 100
        entry = patch.key_events[max(self.state.key_events, default=0) + 1]
        entry.kind, entry.player = KeyEventKind.KEY_EVENT_KIND_GOAL, 1 + self.version % PLAYERS
        entry.elapsed_s, entry.period, entry.side = 2711, 1, Side.SIDE_HOME
        return self.become(patch)

    def foul(self) -> bytes:
        """Count a foul: the smallest thing a scoreboard shows."""
        patch = ScoreState()
        patch.football.home.fouls = (self.state.football.home.fouls + 1) % 100
        return self.become(patch)

    def retold(self) -> bytes:
        """Tell the whole timeline anew, as after a correction: some 900 bytes."""
        patch = ScoreState()
        for number in range(1, KEY_EVENTS_KEPT + 1):
            entry = patch.key_events[number]
            entry.kind, entry.player = KeyEventKind.KEY_EVENT_KIND_GOAL, 1 + number % PLAYERS
            entry.elapsed_s, entry.period = 60 + self.version % 2000, 1
        return self.become(patch)


class Publisher:
    """All games of a measurement and the connections to where pushd reads."""

    def __init__(self, connection: Client, redis: Redis) -> None:
        self._connection, self._redis = connection, redis
        self._epoch = int(time.time())
        self._topics = 0
        self.sent_ns: dict[tuple[int, int], int] = {}
        """When each version of each topic was handed to NATS, on the machine's monotonic clock."""
        self.critical: set[tuple[int, int]] = set()
        """The versions that were published as critical."""

    @classmethod
    async def connect(cls, nats_url: str, redis_url: str) -> Publisher:
        """Connect, and make the streams."""
        connection = await nats.connect(nats_url)
        await ensure_streams(connection.jetstream(), configs())
        return cls(connection, Redis.from_url(redis_url))

    async def close(self) -> None:
        """Leave both servers."""
        await self._redis.aclose()
        await self._connection.close()

    async def register(self, prefix: str, count: int) -> list[PlayedGame]:
        """Add games to the catalog and commit their first states."""
        games = []
        js = self._connection.jetstream(publish_async_max_pending=_REGISTERED_AT_ONCE)
        for number in range(count):
            self._topics += 1
            game = PlayedGame(f"{prefix}-{number}", self._topics, self._epoch)
            games.append(game)
            listed = Game(game_id=game.game_id, topic=game.topic, sport=Sport.SPORT_FOOTBALL)
            listed.home.name, listed.away.name = "Harbour Reds", "River Blues"
            await js.publish_async(names.catalog_subject(game.game_id), listed.SerializeToString())
            game.become(kick_off())
        await js.publish_async_completed()
        await self.commit(games)
        return games

    async def commit(self, games: list[PlayedGame]) -> None:
        """Write to Redis where the games stand; pushd reads it when it opens a room."""
        for at in range(0, len(games), _REGISTERED_AT_ONCE):
            pipeline = self._redis.pipeline(transaction=True)
            for game in games[at : at + _REGISTERED_AT_ONCE]:
                fields = {"epoch": game.epoch, "version": game.version, "topic": game.topic}
                body = {"body": game.state.SerializeToString(), "as_of_us": time.time_ns() // 1000}
                pipeline.hset(names.game_key(game.game_id, "state"), mapping={**fields, **body})
                patches = names.game_key(game.game_id, "patches")
                pipeline.delete(patches)
                pipeline.lpush(patches, *(version.to_bytes(8) + frame for version, frame in game.frames))
            await pipeline.execute()

    async def publish(self, game: PlayedGame, frame: bytes, *, critical: bool = False) -> None:
        """Send a frame on its way; what was written so far has then left this process."""
        headers = {
            names.Header.MESSAGE_ID: names.patch_message_id(game.name, game.epoch, game.version),
            names.Header.EPOCH: str(game.epoch),
            names.Header.VERSION: str(game.version),
            names.Header.RECEIVED_US: str(time.time_ns() // 1000),
            names.Header.CRITICAL: "1" if critical else "0",
        }
        if critical:
            self.critical.add((game.topic, game.version))
        self.sent_ns[game.topic, game.version] = time.monotonic_ns()
        await self._connection.publish(
            names.patch_subject(game.name), frame, headers={str(k): v for k, v in headers.items()}
        )

    async def flush(self) -> None:
        """Return once NATS has everything."""
        await self._connection.flush()
