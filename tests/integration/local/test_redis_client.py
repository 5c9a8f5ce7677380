import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from scoreline.runtime import redis_client
from scoreline.runtime.redis_client import Script, ScriptBatch

APPEND = Script("redis.call('RPUSH', KEYS[1], ARGV[1]); return ARGV[1]")
FAIL = Script("return redis.error_reply('ERR no')")


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    made = redis_client.connect(redis_url)
    await made.flushdb()
    await made.script_flush()
    yield made
    await made.aclose()


async def test_a_script_is_loaded_when_the_server_does_not_know_it(client: Redis) -> None:
    assert await APPEND.call(client, ["k"], ["1"]) == b"1"
    await client.script_flush()
    assert await APPEND.call(client, ["k"], ["2"]) == b"2"


async def test_a_batch_keeps_its_order_when_the_server_forgot_the_script(client: Redis) -> None:
    for _ in range(2):
        batch = ScriptBatch(client)
        for number in range(5):
            batch.add(APPEND, ["k"], [number])
        assert await batch.execute() == [b"0", b"1", b"2", b"3", b"4"]
        await client.script_flush()
    assert await client.lrange("k", 0, -1) == [b"0", b"1", b"2", b"3", b"4"] * 2


async def test_a_failing_call_answers_its_error_and_the_others_run(client: Redis) -> None:
    batch = ScriptBatch(client)
    batch.add(APPEND, ["k"], [1])
    batch.add(FAIL, ["k"], [])
    batch.add(APPEND, ["k"], [2])
    first, failed, last = await batch.execute()
    assert (first, last) == (b"1", b"2")
    assert isinstance(failed, ResponseError)


async def test_readiness_says_why_redis_is_not_there() -> None:
    client = redis_client.connect("redis://127.0.0.1:1/0")
    assert "does not answer" in (await redis_client.check(client) or "")
    await client.aclose()


async def test_more_questions_than_connections_wait_for_their_turn(redis_url: str) -> None:
    client = redis_client.connect(redis_url, max_connections=4)
    await client.set("k", b"v")
    assert await asyncio.gather(*(client.get("k") for _ in range(200))) == [b"v"] * 200
    await client.aclose()
