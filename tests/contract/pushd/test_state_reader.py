"""What every `StateReader` promises, in memory and with real Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count

import pytest
from redis.asyncio import Redis

from pushd.ports import SourceUnavailable, StateReader, StoredState, StoredTopic
from pushd.state_reader import MemoryStateReader, RedisStateReader
from scoreline.domain.position import Position
from scoreline.runtime import redis_client
from scoreline.v1.state_pb2 import ScoreState
from scoreline.wire.frames import encode_patch
from scoreline.wire.names import game_key

_numbers = count(1)


class Filled:
    """A reader and the means to put something there and to take the server away."""

    def __init__(
        self, reader: StateReader, put: Callable[..., Awaitable[None]], cut: Callable[[], None]
    ) -> None:
        self.reader, self.put, self.cut = reader, put, cut


def in_memory() -> Filled:
    reader = MemoryStateReader()

    async def put(game_id: str, topic: StoredTopic) -> None:
        reader.topics[game_id] = topic

    def cut() -> None:
        reader.available = False

    return Filled(reader, put, cut)


def with_redis(client: Redis) -> Filled:
    async def put(game_id: str, topic: StoredTopic) -> None:
        state = topic.state
        fields = {
            "epoch": state.position.epoch,
            "version": state.position.version,
            "body": state.body.SerializeToString(),
            "as_of_us": state.as_of_us,
        }
        await client.hset(game_key(game_id, "state"), mapping=fields)
        first = state.position.version - len(topic.frames) + 1
        for version, frame in enumerate(topic.frames, start=first):
            await client.lpush(game_key(game_id, "patches"), version.to_bytes(8) + frame)

    def cut() -> None:
        client.connection_pool.connection_kwargs["port"] = 1
        client.connection_pool.reset()

    return Filled(RedisStateReader(client), put, cut)


@pytest.fixture(params=["memory", "redis"])
async def filled(request: pytest.FixtureRequest) -> AsyncIterator[Filled]:
    if request.param == "memory":
        yield in_memory()
        return
    client = redis_client.connect(request.getfixturevalue("redis_url"), timeout_s=0.5)
    yield with_redis(client)
    await client.aclose()


def stored(home: int, version: int = 3) -> StoredTopic:
    body = ScoreState()
    body.score.home = home
    frames = [encode_patch(1, n, body) for n in range(1, version + 1)]
    return StoredTopic(StoredState(Position(100, version), body, 5_000_000), frames)


def new_game() -> str:
    return f"contract-{next(_numbers)}"


async def test_a_game_without_a_commit_has_nothing(filled):
    game_id = new_game()
    assert await filled.reader.read(game_id) is None
    assert await filled.reader.states([game_id]) == {}
    assert await filled.reader.positions([game_id]) == {}
    assert await filled.reader.states([]) == {}


async def test_a_state_comes_with_the_frames_that_led_there_oldest_first(filled):
    game_id, topic = new_game(), stored(2)
    await filled.put(game_id, topic)
    assert await filled.reader.read(game_id) == topic


async def test_many_are_read_at_once_and_the_unknown_are_left_out(filled):
    one, two, unknown = new_game(), new_game(), new_game()
    await filled.put(one, stored(1))
    await filled.put(two, stored(2, 7))
    assert await filled.reader.states([one, unknown, two]) == {one: stored(1).state, two: stored(2, 7).state}
    assert await filled.reader.positions([unknown, two]) == {two: Position(100, 7)}


async def test_a_lost_source_is_told_by_name(filled):
    filled.cut()
    for ask in (
        filled.reader.read("g"),
        filled.reader.states(["g"]),
        filled.reader.positions(["g"]),
    ):
        with pytest.raises(SourceUnavailable):
            await ask


async def test_an_unreadable_state_is_treated_as_none(redis_url):
    client = redis_client.connect(redis_url)
    game_id = new_game()
    await client.hset(game_key(game_id, "state"), mapping={"epoch": 1, "version": 1, "body": b"\xff\xff"})
    assert await RedisStateReader(client).read(game_id) is None
    await client.aclose()


async def test_a_redis_that_takes_connections_and_never_answers_is_a_lost_source_soon(monkeypatch):
    monkeypatch.setattr("pushd.state_reader._PATIENCE_S", 0.2)
    heard = asyncio.Event()

    async def never_answer(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        heard.set()
        await reader.read()

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = redis_client.connect(f"redis://127.0.0.1:{port}/0", timeout_s=30)
    async with asyncio.timeout(10):
        with pytest.raises(SourceUnavailable, match="no answer within"):
            await RedisStateReader(client).read("g")
    assert heard.is_set()
    await client.aclose()
    server.close()
