"""The catalog follower outlives its NATS server."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from scoreline.local import servers
from scoreline.local.servers import Server
from scoreline.runtime import jetstream, streams
from scoreline.runtime.catalog_follower import CatalogFollower
from scoreline.v1.game_pb2 import Game
from scoreline.wire import names


@pytest.fixture
def own_nats(tmp_path: Path, nats_url: str) -> Iterator[Server]:
    # nats_url is asked for only so that a machine without the server skips or fails as everywhere.
    server = servers.start_nats(tmp_path, tmp_path)
    yield server
    server.child.stop()


async def test_follower_goes_on_after_the_server_was_killed(own_nats: Server) -> None:
    """Given a follower, when NATS is killed and comes back, then old games stay and new ones arrive live."""
    arrived: asyncio.Queue[str] = asyncio.Queue()
    link = await jetstream.connect(own_nats.url, "test", deadline_s=5)
    await streams.ensure_streams(link.js, streams.configs())
    await link.js.publish(names.catalog_subject("before"), Game(game_id="before").SerializeToString())
    follower = CatalogFollower(link, changed=lambda game: arrived.put_nowait(game.game_id))
    await follower.start()
    try:
        async with asyncio.timeout(20):
            assert await arrived.get() == "before"
            own_nats.child.kill()
            assert follower.get("before") is not None
            # Nobody can be asked, so nothing is denied.
            assert await follower.find("never-registered") is None
            assert not follower.is_certain
            async with asyncio.timeout(5):  # a batch of unknown games does not wait for each of them
                for number in range(100):
                    assert await follower.find(f"never-registered-{number}") is None
            await asyncio.to_thread(own_nats.restart)
            other = await jetstream.connect(own_nats.url, "writer", deadline_s=10)
            await other.js.publish(names.catalog_subject("after"), Game(game_id="after").SerializeToString())
            assert await arrived.get() == "after"
            await other.close()
        assert follower.get("before") is not None
        assert follower.caught_up
        assert await follower.find("never-registered") is None
        assert follower.is_certain
    finally:
        await follower.stop()
        await link.close()
