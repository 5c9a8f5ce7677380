"""Two independent client libraries against a real gateway."""

import asyncio

import aiohttp
import orjson
from websockets.asyncio.client import connect

from scoreline.domain.position import Position
from scoreline.v1.frame_pb2 import Recovery
from tests.integration.pushd.fans import (
    WAIT_S,
    Fan,
    JsonFan,
    aiohttp_until,
    open_proto,
    read_until,
    subscribe,
)


async def test_a_newcomer_gets_the_state_and_then_every_patch(gateway, games):
    game = games()
    await game.register()
    await game.begin()
    fan = Fan()
    async with open_proto(gateway.ws_url) as connection:
        await connection.send(subscribe(game.name))
        await read_until(connection, fan, lambda: fan.states)
        assert fan.of("subscribed")[0].subscribed.recovery == Recovery.RECOVERY_SNAPSHOT
        for _ in range(60):
            await game.goal()
        await read_until(connection, fan, lambda: fan.positions[game.topic] == game.position)
    assert fan.frames[0].HasField("welcome")
    assert fan.states[game.topic] == game.state
    assert len(fan.states[game.topic].key_events) == 50


async def test_a_second_library_sees_the_same(gateway, games):
    game = games()
    await game.register()
    await game.begin()
    await game.goal()
    fan = Fan()
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(gateway.ws_url, protocols=["scoreline.v1.proto"]) as socket,
    ):
        assert socket.protocol == "scoreline.v1.proto"
        await socket.send_bytes(subscribe(game.name))
        await aiohttp_until(socket, fan, lambda: fan.states)
        await game.goal()
        await aiohttp_until(socket, fan, lambda: fan.positions[game.topic] == game.position)
        assert fan.states[game.topic] == game.state
        await socket.ping(b"are you there")


async def test_who_comes_back_gets_one_merged_patch(gateway, games):
    game = games()
    await game.register()
    await game.begin()
    fan = Fan()
    async with open_proto(gateway.ws_url) as connection:
        await connection.send(subscribe(game.name))
        await read_until(connection, fan, lambda: fan.states)
    for _ in range(5):
        await game.goal()
    fan.frames.clear()
    async with open_proto(gateway.ws_url) as connection:
        await connection.send(subscribe(game.name, fan.positions[game.topic]))
        await read_until(connection, fan, lambda: fan.positions[game.topic] == game.position)
    assert fan.of("subscribed")[0].subscribed.recovery == Recovery.RECOVERY_PATCH
    assert [frame.patch.span for frame in fan.of("patch")] == [4]
    assert fan.states[game.topic] == game.state


async def test_who_missed_nothing_is_told_so(gateway, games):
    game = games()
    await game.register()
    await game.begin()
    fan = Fan()
    async with open_proto(gateway.ws_url) as connection:
        await connection.send(subscribe(game.name, game.position))
        await read_until(connection, fan, lambda: fan.of("subscribed"))
        assert fan.of("subscribed")[0].subscribed.recovery == Recovery.RECOVERY_UP_TO_DATE
        fan.states[game.topic], fan.positions[game.topic] = game.state, game.position
        await game.goal()
        await read_until(connection, fan, lambda: fan.of("patch"))
    assert fan.of("snapshot") == []


async def test_a_position_of_another_epoch_gets_a_snapshot(gateway, games):
    game = games()
    await game.register()
    await game.begin()
    fan = Fan()
    async with open_proto(gateway.ws_url) as connection:
        await connection.send(subscribe(game.name, Position(7, 1)))
        await read_until(connection, fan, lambda: fan.states)
    assert fan.states[game.topic] == game.state


async def test_a_rebuilt_state_reaches_everybody_as_a_snapshot(gateway, games):
    game = games()
    await game.register()
    await game.begin()
    fan = Fan()
    async with open_proto(gateway.ws_url) as connection:
        await connection.send(subscribe(game.name))
        await read_until(connection, fan, lambda: fan.states)
        await game.goal()
        rebuilt = type(game.state)()
        rebuilt.CopyFrom(game.state)
        rebuilt.score.home = 7
        await game.rebuild(rebuilt)
        await read_until(connection, fan, lambda: fan.positions[game.topic] == game.position)
    assert fan.states[game.topic] == game.state


async def test_a_lost_patch_is_repaired_when_the_next_one_comes(gateway, games):
    game = games()
    await game.register()
    await game.begin()
    fan = Fan()
    async with open_proto(gateway.ws_url) as connection:
        await connection.send(subscribe(game.name))
        await read_until(connection, fan, lambda: fan.states)
        lost = type(game.state)()
        lost.CopyFrom(game.state)
        lost.score.away = 3
        await game.become(lost, publish=False)
        await game.goal()
        await read_until(connection, fan, lambda: fan.positions[game.topic] == game.position)
    assert fan.states[game.topic] == game.state


async def test_a_lost_last_patch_is_repaired_by_the_audit(gateway, games):
    game = games()
    await game.register()
    await game.begin()
    fan = Fan()
    async with open_proto(gateway.ws_url) as connection:
        await connection.send(subscribe(game.name))
        await read_until(connection, fan, lambda: fan.states)
        lost = type(game.state)()
        lost.CopyFrom(game.state)
        lost.score.away = 3
        await game.become(lost, publish=False)
        await read_until(connection, fan, lambda: fan.positions[game.topic] == game.position)
    assert fan.states[game.topic] == game.state


async def test_a_game_without_a_state_is_pending_until_it_begins(gateway, games):
    game = games()
    await game.register()
    fan = Fan()
    async with open_proto(gateway.ws_url) as connection:
        await connection.send(subscribe(game.name))
        await read_until(connection, fan, lambda: fan.of("subscribed"))
        assert fan.of("subscribed")[0].subscribed.recovery == Recovery.RECOVERY_PENDING
        await game.begin()
        await read_until(connection, fan, lambda: fan.states)
        await game.goal()
        await read_until(connection, fan, lambda: fan.positions[game.topic] == game.position)
    assert fan.states[game.topic] == game.state


async def test_a_herd_of_newcomers_costs_one_load(gateway, games):
    game = games()
    await game.register()
    await game.begin()
    await game.goal()

    async def loads() -> float:
        async with aiohttp.ClientSession() as session, session.get(f"{gateway.url}/metrics") as answer:
            for line in (await answer.text()).splitlines():
                if line.startswith('scoreline_pushd_state_loads_total{cause="open"}'):
                    return float(line.split()[-1])
        return 0.0

    async def join() -> Fan:
        fan = Fan()
        async with open_proto(gateway.ws_url) as connection:
            await connection.send(subscribe(game.name))
            await read_until(connection, fan, lambda: fan.states)
        return fan

    before = await loads()
    fans = await asyncio.gather(*(join() for _ in range(100)))
    assert await loads() - before == 1
    assert all(fan.states[game.topic] == game.state for fan in fans)


async def test_json_is_spoken_to_those_who_ask(gateway, games):
    game = games()
    await game.register()
    await game.begin()
    fan = JsonFan()
    # Without a subprotocol, as a person with wscat connects.
    async with connect(gateway.ws_url) as connection, asyncio.timeout(WAIT_S):
        await connection.send(orjson.dumps({"action": "subscribe", "game_id": game.game_id}).decode())
        while not fan.version:
            fan.take(await connection.recv())
        for _ in range(3):
            await game.goal()
        while fan.version != game.version:
            fan.take(await connection.recv())
    assert [message["type"] for message in fan.messages[:3]] == ["welcome", "subscribed", "full_state"]
    assert fan.messages[-1]["type"] == "score_update"
    assert fan.messages[-1]["game_id"] == game.game_id
    assert fan.messages[-1]["position"] == str(game.position)
    assert fan.state == game.state


async def test_json_resumes_and_unsubscribes(gateway, games):
    game = games()
    await game.register()
    await game.begin()
    position = game.position
    await game.goal()
    await game.goal()
    async with (
        connect(gateway.ws_url, subprotocols=["scoreline.v1.json"]) as connection,
        asyncio.timeout(WAIT_S),
    ):
        await connection.recv()
        ask = {"action": "subscribe", "game_id": game.game_id, "position": str(position)}
        await connection.send(orjson.dumps(ask).decode())
        assert orjson.loads(await connection.recv())["recovery"] == "patch"
        update = orjson.loads(await connection.recv())
        assert (update["type"], update["span"], update["version"]) == ("score_update", 1, game.version)
        assert update["patch"]["score"] == {"home": 2}
        await connection.send(orjson.dumps({"action": "unsubscribe", "game_id": game.game_id}).decode())
        assert orjson.loads(await connection.recv()) == {"type": "unsubscribed", "game_id": game.game_id}
