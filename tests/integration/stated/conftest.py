"""Real NATS and Redis, emptied for each test; a database of its own for each test that asks for one."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from nats.js.errors import ServerError
from redis.asyncio import Redis

from scoreline.runtime import jetstream, redis_client
from scoreline.runtime.jetstream import NatsLink
from scoreline.runtime.streams import configs, ensure_streams
from tests.support.fold_rig import FoldRig


@pytest.fixture
async def link(nats_url: str) -> AsyncIterator[NatsLink]:
    link = await jetstream.connect(nats_url, "test")
    for info in await link.js.streams_info():
        await link.js.delete_stream(info.config.name)
    async with asyncio.timeout(10):
        while True:
            try:
                await ensure_streams(link.js, configs())
                break
            except ServerError:  # the folder of the stream just deleted is still being removed
                await asyncio.sleep(0.05)
    yield link
    await link.close()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = redis_client.connect(redis_url)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
async def rig(link: NatsLink, redis: Redis) -> AsyncIterator[FoldRig]:
    rig = FoldRig(link, redis)
    yield rig
    await rig.stop()


@pytest.fixture
def database(postgres_url: str) -> Iterator[str]:
    """A fresh database's URL."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield postgres_url.rpartition("/")[0] + "/" + name
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
