"""Who can't keep up costs nobody anything, and ends right."""

import asyncio
import socket

import aiohttp
from websockets.asyncio.client import connect

from pushd.core.websocket_codec import FrameReader, unmask
from scoreline.v1.frame_pb2 import ServerFrame
from tests.integration.pushd.fans import WAIT_S, Fan, open_proto, read_until, subscribe


def masked(payload: bytes, opcode: int = 2) -> bytes:
    key = b"\x01\x02\x03\x04"
    assert len(payload) < 126
    return bytes((0x80 | opcode, 0x80 | len(payload))) + key + unmask(key, payload)


def upgrade(port: int) -> bytes:
    return (
        f"GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: scoreline.v1.proto\r\n\r\n"
    ).encode()


class RawReader:
    """Parses a server's frames, which are never masked and never fragmented."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self.reader = reader

    async def frame(self) -> tuple[int, bytes]:
        first, length = await self.reader.readexactly(2)
        if length == 126:
            length = int.from_bytes(await self.reader.readexactly(2))
        elif length == 127:
            length = int.from_bytes(await self.reader.readexactly(8))
        return first & 0x0F, await self.reader.readexactly(length)


async def test_a_reader_that_stops_gets_one_merged_patch_when_it_reads_again(gateways, games):
    """Given a client that stops reading, when thousands of patches pass, then none is queued for it,
    others are served meanwhile, and it is told and brought up to date with one frame per game."""
    gateway = gateways()
    busy = [games() for _ in range(8)]
    for game in busy:
        await game.register()
        await game.begin()
    # A small window on both sides, so that the kernel does not hide the slowness.
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", gateway.http_port))
    reader, writer = await asyncio.open_connection(sock=raw, limit=4096)
    writer.write(upgrade(gateway.http_port))
    await reader.readuntil(b"\r\n\r\n")
    slow = RawReader(reader)
    fan = Fan()
    for game in busy:
        writer.write(masked(subscribe(game.name)))
    async with asyncio.timeout(WAIT_S):
        while len(fan.states) < len(busy):
            fan.take(ServerFrame.FromString((await slow.frame())[1]))
    quick = Fan()
    async with open_proto(gateway.ws_url) as connection:
        for game in busy:
            await connection.send(subscribe(game.name))
        await read_until(connection, quick, lambda: len(quick.states) == len(busy))
        fan.frames.clear()
        count = 0
        async with aiohttp.ClientSession() as session:
            while not await paused(session, gateway.url):
                count += await burst(busy)
                assert count < 60_000, "the client never became slow"
        count += await burst(busy) + await burst(busy)
        await read_until(
            connection, quick, lambda: all(quick.positions[game.topic] == game.position for game in busy)
        )
    async with asyncio.timeout(WAIT_S):
        while any(fan.positions[game.topic] != game.position for game in busy):
            opcode, payload = await slow.frame()
            if opcode == 2:
                fan.take(ServerFrame.FromString(payload))
    writer.close()
    assert fan.told_slow == 1
    assert all(fan.states[game.topic] == game.state for game in busy)
    assert all(quick.states[game.topic] == game.state for game in busy)
    notice = next(at for at, frame in enumerate(fan.frames) if frame.HasField("notice"))
    # Behind the notice: one catch-up per topic, merged or as a snapshot, and nothing else.
    rest = [frame for frame in fan.frames[notice + 1 :] if not frame.HasField("heartbeat")]
    assert len(rest) <= len(busy)
    assert len(fan.frames) < count


async def burst(busy) -> int:
    """Make a full timeline change in every game: some two kilobytes each, a hundred times."""
    for game in busy:
        for step in range(30):
            state = type(game.state)()
            state.CopyFrom(game.state)
            for key in range(1, 51):
                state.key_events[key].kind = 1
                state.key_events[key].elapsed_s = (game.version * 31 + key + step) % 5400
                state.key_events[key].player = key
                state.key_events[key].period = 1
            await game.become(state)
    return 30 * len(busy)


async def paused(session: aiohttp.ClientSession, url: str) -> bool:
    async with session.get(f"{url}/metrics") as answer:
        for line in (await answer.text()).splitlines():
            if line.startswith("scoreline_pushd_paused_total "):
                return float(line.split()[-1]) > 0
    return False


async def test_ten_thousand_subscriptions_are_refused_beyond_the_limit_and_harm_nobody(gateway, games):
    game = games()
    await game.register()
    await game.begin()
    fan = Fan()
    async with open_proto(gateway.ws_url) as greedy, open_proto(gateway.ws_url) as modest:

        async def ask() -> None:
            for number in range(10_000):
                await greedy.send(subscribe(f"game/{game.game_id}x{number}"))

        asking = asyncio.create_task(ask())
        await modest.send(subscribe(game.name))
        other = Fan()
        await read_until(modest, other, lambda: other.states)
        await read_until(greedy, fan, lambda: len(fan.of("error")) == 10_000)
        await asking
        reasons = {frame.error.reason for frame in fan.of("error")}
        assert len(reasons) == 2  # too many, and unknown for those that were within the limit
        # The connection goes on: what was refused is not counted.
        await greedy.send(subscribe(game.name))
        await read_until(greedy, fan, lambda: fan.states)
        await game.goal()
        await read_until(modest, other, lambda: other.positions[game.topic] == game.position)


async def test_a_thousand_topics_on_one_connection_work(gateways, games):
    gateway = gateways(max_subscriptions="300")
    many = [games() for _ in range(301)]
    for game in many:
        await game.register()
        await game.begin()
    fan = Fan()
    async with open_proto(gateway.ws_url) as connection:
        for game in many:
            await connection.send(subscribe(game.name))
        await read_until(connection, fan, lambda: len(fan.states) == 300 and fan.of("error"))
        refused = [frame.error.topic for frame in fan.of("error")]
        assert refused == [many[-1].name]
        for game in many[:300]:
            await game.goal()
        await read_until(
            connection, fan, lambda: all(fan.positions[game.topic] == game.position for game in many[:300])
        )
        assert all(fan.states[game.topic] == game.state for game in many[:300])


async def test_a_silent_peer_is_closed_and_an_answering_one_is_kept(gateways):
    gateway = gateways(heartbeat_s="1")
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
    writer.write(upgrade(gateway.http_port))
    await reader.readuntil(b"\r\n\r\n")
    raw = RawReader(reader)
    async with connect(gateway.ws_url) as answering, asyncio.timeout(WAIT_S):
        seen = []
        while (frame := await raw.frame())[0] != 8:
            seen.append(frame)
        assert int.from_bytes(frame[1][:2]) == 4002
        assert any(
            ServerFrame.FromString(payload).HasField("heartbeat") for opcode, payload in seen if opcode == 2
        )
        assert "heartbeat" in [(await answering.recv())[9:18] for _ in range(3)]
    writer.close()
    assert FrameReader().feed(b"") == []
