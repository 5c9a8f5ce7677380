"""All kinds of clients at once, joining, dropping and dawdling: all end with the publisher's state."""

import asyncio
import random

import aiohttp
import grpc
import orjson
import pytest
from websockets.asyncio.client import connect

from scoreline.domain.patch import merge
from scoreline.domain.position import Position, parse_position
from scoreline.v1.frame_pb2 import ServerFrame, Subscribe
from scoreline.v1.push_service_pb2 import FollowRequest
from scoreline.v1.push_service_pb2_grpc import PushServiceStub
from scoreline.v1.state_pb2 import ScoreState
from tests.integration.pushd.fans import Fan, JsonFan, open_proto, subscribe

SEED = 20180630
PATCHES = 500
DEADLINE_S = 40


class Match:
    """Games under way, and whether a client has seen their end."""

    def __init__(self, gateway, played) -> None:
        self.gateway, self.played = gateway, played
        self.last: dict[str, Position] = {}

    def ended(self, fan: Fan) -> bool:
        return bool(self.last) and all(
            fan.positions.get(game.topic) == self.last[game.name] for game in self.played
        )

    def is_last(self, game, position: Position) -> bool:
        return self.last.get(game.name) == position


async def dropping(match: Match, dice: random.Random) -> Fan:
    """Connect, read some frames, vanish without a word, come back with the positions."""
    fan = Fan()
    while not match.ended(fan):
        async with open_proto(match.gateway.ws_url) as connection:
            for game in match.played:
                await connection.send(subscribe(game.name, fan.positions.get(game.topic)))
            left = dice.randint(5, 60)
            while not match.ended(fan) and left:
                try:
                    message = await asyncio.wait_for(connection.recv(), 0.5)
                except TimeoutError:
                    break
                fan.take(ServerFrame.FromString(message))
                left -= 1
            connection.transport.abort()
    return fan


async def in_json(match: Match, game) -> JsonFan:
    fan = JsonFan()
    async with connect(match.gateway.ws_url, subprotocols=["scoreline.v1.json"]) as connection:
        await connection.send(orjson.dumps({"action": "subscribe", "game_id": game.game_id}).decode())
        while not match.is_last(game, Position(fan.epoch, fan.version)):
            fan.take(await connection.recv())
    return fan


async def over_grpc(match: Match) -> Fan:
    fan = Fan()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{match.gateway.grpc_port}") as channel:
        wanted = [Subscribe(topic=game.name) for game in match.played]
        call = PushServiceStub(channel).Follow(FollowRequest(subscriptions=wanted))
        while not match.ended(fan):
            fan.take(await call.read())
        call.cancel()
    return fan


async def polling(match: Match, game) -> ScoreState:
    state, tag, position = ScoreState(), "", Position(0, 0)
    async with aiohttp.ClientSession(match.gateway.url) as http:
        while not match.is_last(game, position):
            headers = {"Accept": "application/x-protobuf", "If-None-Match": tag}
            async with http.get(f"/v1/games/{game.game_id}/score", headers=headers) as answer:
                if answer.status == 200:
                    tag, state = answer.headers["ETag"], ScoreState.FromString(await answer.read())
                    position = parse_position(answer.headers["Scoreline-Position"]) or position
            await asyncio.sleep(0.05)  # a poller's own pace
    return state


async def play(match: Match, dice: random.Random) -> None:
    for number in range(PATCHES):
        game = dice.choice(match.played)
        if dice.random() < 0.1:
            # Committed, but its patch is lost on the way.
            after = ScoreState()
            after.score.away = number
            await game.become(merge(game.state, after), publish=False)
        else:
            await game.goal()
        if number == PATCHES // 2:
            after = ScoreState()
            after.CopyFrom(match.played[0].state)
            await match.played[0].rebuild(after)
    # Named before it is played, so that nobody stops at an earlier one or waits for a later one.
    match.last = {game.name: Position(game.epoch, game.version + 1) for game in match.played}
    for game in match.played:
        await game.goal()


@pytest.mark.parametrize("compiled", ["true", "false"])
async def test_whoever_watches_however_ends_with_the_state_of_the_publisher(gateways, games, compiled):
    """Given clients of every kind, when patches storm, get lost and a state is rebuilt, all end equal:
    written by the compiled helper as by its twin."""
    gateway = gateways(compiled=compiled, audit_s="2", room_linger_s="1")
    dice = random.Random(SEED)
    played = [games() for _ in range(3)]
    for game in played:
        await game.register()
        await game.begin()
    match = Match(gateway, played)
    async with asyncio.timeout(DEADLINE_S), asyncio.TaskGroup() as group:
        droppers = [group.create_task(dropping(match, random.Random(SEED + n))) for n in range(12)]
        jsons = [group.create_task(in_json(match, game)) for game in played for _ in range(2)]
        partners = [group.create_task(over_grpc(match)) for _ in range(3)]
        pollers = [group.create_task(polling(match, game)) for game in played for _ in range(2)]
        group.create_task(play(match, dice))
    for fan in (task.result() for task in [*droppers, *partners]):
        assert all(fan.states[game.topic] == game.state for game in played)
    for task, game in zip(jsons, [game for game in played for _ in range(2)], strict=True):
        assert task.result().state == game.state
    for task, game in zip(pollers, [game for game in played for _ in range(2)], strict=True):
        assert task.result() == game.state
