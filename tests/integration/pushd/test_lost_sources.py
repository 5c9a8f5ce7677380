"""NATS, Redis or a gateway goes away: clients are told, and all is right afterwards without help."""

import asyncio
import signal

import aiohttp
import nats
import pytest
from redis.asyncio import Redis
from websockets.exceptions import ConnectionClosed

from scoreline.local import servers
from scoreline.runtime import redis_client
from scoreline.v1.frame_pb2 import Notice, ServerFrame
from tests.integration.pushd.conftest import prepare
from tests.integration.pushd.fans import WAIT_S, Fan, open_proto, read_until, subscribe
from tests.integration.pushd.publisher import PlayedGame


@pytest.fixture
def own_nats(tmp_path, nats_url):
    """A NATS server that the test may stop; `nats_url` has shown that there can be one."""
    server = servers.start_nats(tmp_path / "own", tmp_path / "own")
    yield server
    server.child.stop()


@pytest.fixture
def own_redis(tmp_path, redis_url):
    """A Redis server that the test may stop."""
    server = servers.start_redis(tmp_path / "own", tmp_path / "own")
    yield server
    server.child.stop()


async def status(gateway, path: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(gateway.url + path) as answer:
        return answer.status


async def until_closed(connection):
    try:
        while True:
            yield await connection.recv()
    except ConnectionClosed:
        return


def told(fan: Fan, kind) -> bool:
    return any(frame.notice.kind == kind for frame in fan.of("notice"))


async def test_redis_is_lost_and_comes_back(gateways, games, nats_url, own_redis):
    """Given a follower, when Redis stops and starts again, then he hears of both, and polling works again."""
    gateway = gateways(redis_url=own_redis.url)
    game = games()
    game.redis = redis_client.connect(own_redis.url)
    await game.register()
    await game.begin()
    fan = Fan()
    async with open_proto(gateway.ws_url) as connection:
        await connection.send(subscribe(game.name))
        await read_until(connection, fan, lambda: fan.states)
        own_redis.child.stop()
        await read_until(connection, fan, lambda: told(fan, Notice.NOTICE_KIND_DEGRADED))
        assert await status(gateway, "/readyz") == 503
        assert await status(gateway, "/healthz") == 200
        # Whoever polls what is watched is served from memory.
        assert await status(gateway, f"/v1/games/{game.game_id}/score") == 200
        late = Fan()
        async with open_proto(gateway.ws_url) as newcomer:
            other = PlayedGame(game.js, game.redis, game.game_id + "b", game.topic + 50_000)
            await other.register()
            await newcomer.send(subscribe(other.name))
            await read_until(newcomer, late, lambda: told(late, Notice.NOTICE_KIND_DEGRADED))
            await asyncio.to_thread(own_redis.restart)
            await other.begin()
            await read_until(newcomer, late, lambda: late.states)
            assert late.states[other.topic] == other.state
        await read_until(connection, fan, lambda: told(fan, Notice.NOTICE_KIND_RESTORED))
        await game.goal()
        await read_until(connection, fan, lambda: fan.positions[game.topic] == game.position)
        assert fan.states[game.topic] == game.state
        async with asyncio.timeout(WAIT_S):
            while await status(gateway, "/readyz") != 200:
                await asyncio.sleep(0.05)
    await game.redis.aclose()


async def test_nats_is_lost_and_what_was_missed_meanwhile_arrives(gateways, redis_url, own_nats):
    """Given followers, when NATS stops while games go on, then all have the newest state once it is back."""
    await prepare(own_nats.url)
    gateway = gateways(nats_url=own_nats.url, audit_s="300")
    client = await nats.connect(own_nats.url, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    redis = Redis.from_url(redis_url)
    game = PlayedGame(client.jetstream(), redis, "g-nats-lost", 9001)
    await game.register()
    await game.begin()
    fan = Fan()
    async with open_proto(gateway.ws_url) as connection:
        await connection.send(subscribe(game.name))
        await read_until(connection, fan, lambda: fan.states)
        own_nats.child.stop()
        await read_until(connection, fan, lambda: told(fan, Notice.NOTICE_KIND_DEGRADED))
        assert await status(gateway, "/readyz") == 503
        missed = type(game.state)()
        missed.CopyFrom(game.state)
        missed.score.away = 2
        await game.become(missed, publish=False)
        # Polling works without NATS.
        assert await status(gateway, f"/v1/games/{game.game_id}/score") == 200
        await asyncio.to_thread(own_nats.restart)
        await read_until(connection, fan, lambda: told(fan, Notice.NOTICE_KIND_RESTORED))
        await read_until(connection, fan, lambda: fan.positions[game.topic] == game.position)
        await prepare(own_nats.url)
        await game.goal()
        await read_until(connection, fan, lambda: fan.positions[game.topic] == game.position)
        assert fan.states[game.topic] == game.state
    await redis.aclose()
    await client.close()


async def test_a_stop_sends_everybody_away_politely(gateways, games):
    """Given many clients, when the gateway is told to stop, then each gets its own hint and code 4000."""
    gateway = gateways(retry_after_s="10")
    game = games()
    await game.register()
    await game.begin()
    connections = [await open_proto(gateway.ws_url) for _ in range(20)]
    fans = [Fan() for _ in connections]
    for connection, fan in zip(connections, fans, strict=True):
        await connection.send(subscribe(game.name))
        await read_until(connection, fan, lambda fan=fan: fan.states)
    gateway.process.send_signal(signal.SIGTERM)
    hints = set()
    for connection in connections:
        async with asyncio.timeout(WAIT_S):
            *_, last = [ServerFrame.FromString(message) async for message in until_closed(connection)]
        assert connection.close_code == 4000
        assert last.HasField("goaway")
        hints.add(last.goaway.reconnect_after_ms)
    assert len(hints) > 5
    assert gateway.process.wait(10) == 0


async def test_a_killed_gateway_is_replaced_and_the_client_resumes(gateways, games):
    """Given a follower, when his gateway is killed, then another one continues from his position."""
    first = gateways()
    game = games()
    await game.register()
    await game.begin()
    fan = Fan()
    async with open_proto(first.ws_url) as connection:
        await connection.send(subscribe(game.name))
        await read_until(connection, fan, lambda: fan.states)
        first.process.kill()
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(connection.recv(), WAIT_S)
    for _ in range(3):
        await game.goal()
    second = gateways()
    async with open_proto(second.ws_url) as connection:
        await connection.send(subscribe(game.name, fan.positions[game.topic]))
        await read_until(connection, fan, lambda: fan.positions[game.topic] == game.position)
    assert [frame.patch.span for frame in fan.of("patch")] == [2]
    assert fan.states[game.topic] == game.state
