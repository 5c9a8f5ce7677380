"""Broken and hostile clients get a clear end, and harm nobody else."""

import asyncio
import zlib

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.frame_pb2 import ServerFrame
from tests.integration.pushd.fans import WAIT_S, Fan, open_proto, read_until, subscribe
from tests.integration.pushd.test_slow_clients import RawReader, masked, upgrade


async def opened(gateway, limit: int = 1 << 16) -> tuple[RawReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port, limit=limit)
    writer.write(upgrade(gateway.http_port))
    assert b"101 Switching Protocols" in await reader.readuntil(b"\r\n\r\n")
    raw = RawReader(reader)
    opcode, payload = await raw.frame()
    assert opcode == 2
    assert ServerFrame.FromString(payload).HasField("welcome")
    return raw, writer


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x82\x01x", 1002),
        (b"\xc2\x80\x00\x00\x00\x00", 1002),
        (b"\x83\x80\x00\x00\x00\x00", 1002),
        (b"\x80\x80\x00\x00\x00\x00", 1002),
        (b"\x09\x80\x00\x00\x00\x00", 1002),
        (b"\x82\xff\x00\x00\x00\x00\x40\x00\x00\x00\x01\x02\x03\x04", 1009),
        (masked(b"\xff\xfe", 1), 1007),
        (masked(b"hello", 1), 1003),
        (masked(b"\xff\xff\xff"), 4500),
        (masked(b"\x03", 8), 1002),
        (masked((1005).to_bytes(2), 8), 1002),
        (masked((1001).to_bytes(2) + b"bye", 8), 1001),
    ],
    ids=[
        "unmasked",
        "reserved bit",
        "reserved opcode",
        "continuation of nothing",
        "fragmented ping",
        "huge message",
        "invalid UTF-8",
        "text on the binary subprotocol",
        "not a frame",
        "half a close code",
        "forbidden close code",
        "a proper goodbye",
    ],
)
async def test_every_violation_ends_with_its_close_code(gateway, sent, code):
    raw, writer = await opened(gateway)
    writer.write(sent)
    async with asyncio.timeout(WAIT_S):
        while (frame := await raw.frame())[0] != 8:
            pass
        assert int.from_bytes(frame[1][:2]) == code
        assert await raw.reader.read() == b""
    writer.close()


async def test_a_head_without_end_is_refused(gateway):
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
    writer.write(b"GET /v1/ws HTTP/1.1\r\nX: " + b"y" * 17_000)
    async with asyncio.timeout(WAIT_S):
        assert (await reader.read()).startswith(b"HTTP/1.1 431 ")
    writer.close()


async def test_who_says_nothing_is_cut_off(gateways):
    gateway = gateways(handshake_s="1")
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
    writer.write(b"GET /v1/ws HTTP/1.1\r\nHost: x\r\n")
    async with asyncio.timeout(WAIT_S):
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
    writer.close()


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Version: 8", b"426"),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"short", b"400"),
        (b"scoreline.v1.proto", b"chat", b"400"),
        (b"Upgrade: websocket\r\n", b"", b"426"),
        (b"Host:", b"Content-Length: 5\r\nHost:", b"400"),
        (b"Host:", b"Transfer-Encoding: chunked\r\nHost:", b"400"),
        (b"GET ", b"POST ", b"405"),
        (b"GET /v1/ws", b"GET /v1/ws/../../etc/passwd", b"404"),
        (b"GET /v1/ws HTTP/1.1", b"GET /v1/ws", b"426"),
    ],
)
async def test_a_bad_upgrade_is_answered_in_http(gateway, old, new, status):
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
    request = upgrade(gateway.http_port)
    assert old in request
    writer.write(request.replace(old, new))
    async with asyncio.timeout(WAIT_S):
        assert status in (await reader.readline())
    writer.close()


async def test_a_compressed_body_is_never_unpacked(gateway):
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join([*(packed.compress(bytes(1 << 24)) for _ in range(64)), packed.flush()])
    loop, worst_s = asyncio.get_running_loop(), 0.0

    async def throw() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
        head = (
            "GET /v1/games HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nConnection: close\r\n"
            f"Content-Length: {len(bomb)}\r\n\r\n"
        )
        writer.write(head.encode() + bomb)
        answer = await reader.readline()
        await reader.read()
        writer.close()
        return answer

    async with asyncio.timeout(WAIT_S), connect(gateway.ws_url) as viewer:
        thrown = asyncio.create_task(throw())
        while not thrown.done():
            began = loop.time()
            await (await viewer.ping())
            worst_s = max(worst_s, loop.time() - began)
        assert (await thrown).startswith(b"HTTP/1.1 200 ")
    assert worst_s < 1.0


async def test_a_full_gateway_says_when_to_come_back(gateways):
    gateway = gateways(max_connections="1")
    async with connect(gateway.ws_url):
        with pytest.raises(InvalidStatus) as refused:
            await connect(gateway.ws_url)
    assert refused.value.response.status_code == 503
    assert int(refused.value.response.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    "topic",
    [
        "game/nobody-knows-me",
        "game/../../etc/passwd",
        "game/x'; DROP TABLE games; --",
        "game/a.*",
        "game/>",
        "game/" + "x" * 5000,
        "game/{tag}",
        "standings/world-cup",
        "",
        "game/",
    ],
)
async def test_a_topic_that_does_not_exist_gets_a_typed_error_and_the_connection_goes_on(
    gateway, games, topic
):
    game = games()
    await game.register()
    await game.begin()
    fan = Fan()
    async with open_proto(gateway.ws_url) as connection:
        await connection.send(subscribe(topic))
        await read_until(connection, fan, lambda: fan.of("error"))
        error = fan.of("error")[0].error
        assert error.reason == ErrorReason.ERROR_REASON_UNKNOWN_TOPIC
        assert error.field == "topic"
        assert error.topic == topic[:80]
        await connection.send(subscribe(game.name))
        await read_until(connection, fan, lambda: fan.states)


async def test_one_byte_at_a_time_is_understood(gateway, games):
    game = games()
    await game.register()
    await game.begin()
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
    for byte in upgrade(gateway.http_port) + masked(subscribe(game.name)):
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(0)
    await reader.readuntil(b"\r\n\r\n")
    raw, fan = RawReader(reader), Fan()
    async with asyncio.timeout(WAIT_S):
        while not fan.states:
            fan.take(ServerFrame.FromString((await raw.frame())[1]))
    writer.close()


async def test_too_many_frames_end_the_connection(gateways):
    gateway = gateways(max_frames_per_s="10")
    raw, writer = await opened(gateway)
    writer.write(masked(b"", 9) * 1000)
    async with asyncio.timeout(WAIT_S):
        while (frame := await raw.frame())[0] != 8:
            assert frame[0] == 10
    assert int.from_bytes(frame[1][:2]) == 4501
    writer.close()


async def test_bursts_of_many_do_not_make_a_viewer_wait(gateways, games):
    """Given fifty connections that each subscribe a thousand times in one breath, when somebody else asks
    for something meanwhile, then he hardly waits, and every burst is answered to its end."""
    gateway = gateways(max_frames_per_s="100000")
    game = games()
    await game.register()
    await game.begin()
    state = type(game.state)()
    state.CopyFrom(game.state)
    for key in range(1, 51):
        state.key_events[key].player = 1_000_000 + key
    await game.become(state)
    loop, worst_s, rounds = asyncio.get_running_loop(), 0.0, 0
    burst = masked(subscribe(game.name)) * 1000 + masked(b"that is all", 9)

    async def shout(raw: RawReader, writer: asyncio.StreamWriter) -> None:
        writer.write(burst)
        await raw.reader.readuntil(b"\x8a\x0bthat is all")
        writer.close()

    crowd = [await opened(gateway, limit=1 << 23) for _ in range(50)]
    async with asyncio.timeout(3 * WAIT_S), connect(gateway.ws_url) as viewer:
        shouting = asyncio.gather(*(shout(*each) for each in crowd))
        while not shouting.done():
            began = loop.time()
            await (await viewer.ping())
            worst_s = max(worst_s, loop.time() - began)
            rounds += 1
        await shouting
    assert worst_s < 1.0
    # Counted too, because it does not depend on the speed of the machine.
    assert rounds > 50
