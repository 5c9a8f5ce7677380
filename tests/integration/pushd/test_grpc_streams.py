"""Partners over gRPC get the bytes of the WebSocket."""

import asyncio
import contextlib
import signal

import grpc
import psutil
import pytest

from scoreline.domain.position import Position
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.frame_pb2 import ClientFrame, Subscribe
from scoreline.v1.push_service_pb2 import FollowRequest
from scoreline.v1.push_service_pb2_grpc import PushServiceStub
from tests.integration.pushd.fans import WAIT_S, Fan, open_proto, subscribe


@pytest.fixture
async def channel(gateway):
    async with grpc.aio.insecure_channel(f"127.0.0.1:{gateway.grpc_port}") as channel:
        yield channel


async def begun(games):
    game = games()
    await game.register()
    await game.begin()
    return game


async def take_until(call, fan: Fan, done) -> None:
    async with asyncio.timeout(WAIT_S):
        while not done():
            fan.take(await call.read())


async def test_a_follower_ends_with_the_state_of_the_publisher(channel, games):
    game = await begun(games)
    fan = Fan()
    call = PushServiceStub(channel).Follow(FollowRequest(subscriptions=[Subscribe(topic=game.name)]))
    await take_until(call, fan, lambda: fan.states)
    for _ in range(10):
        await game.goal()
    await take_until(call, fan, lambda: fan.positions[game.topic] == game.position)
    call.cancel()
    assert fan.states[game.topic] == game.state


async def test_a_follower_resumes_from_a_position(channel, games):
    game = await begun(games)
    fan = Fan()
    fan.states[game.topic], fan.positions[game.topic] = type(game.state)(), game.position
    fan.states[game.topic].CopyFrom(game.state)
    await game.goal()
    await game.goal()
    asked = Subscribe(topic=game.name)
    asked.position.epoch, asked.position.version = Position(game.epoch, 1)
    call = PushServiceStub(channel).Follow(FollowRequest(subscriptions=[asked]))
    await take_until(call, fan, lambda: fan.positions[game.topic] == game.position)
    call.cancel()
    assert [frame.patch.span for frame in fan.of("patch")] == [1]
    assert fan.states[game.topic] == game.state


async def test_the_bytes_are_those_of_the_websocket(gateway, channel, games):
    game = await begun(games)
    raw = channel.unary_stream(
        "/scoreline.v1.PushService/Follow", request_serializer=FollowRequest.SerializeToString
    )
    call = raw(FollowRequest(subscriptions=[Subscribe(topic=game.name)]))
    async with asyncio.timeout(WAIT_S), open_proto(gateway.ws_url) as connection:
        await connection.send(subscribe(game.name))
        for _ in range(3):  # welcome, subscribed, snapshot
            await connection.recv()
            await call.read()
        await game.goal()
        assert await call.read() == await connection.recv()
    call.cancel()


async def test_connect_speaks_both_ways_and_refuses_by_name(channel, games):
    game = await begun(games)
    fan = Fan()
    call = PushServiceStub(channel).Connect()
    ask = ClientFrame()
    ask.subscribe.topic = "game/nobody"
    await call.write(ask)
    await take_until(call, fan, lambda: fan.of("error"))
    assert fan.of("error")[0].error.reason == ErrorReason.ERROR_REASON_UNKNOWN_TOPIC
    ask.subscribe.topic = game.name
    await call.write(ask)
    await call.done_writing()
    await take_until(call, fan, lambda: fan.states)
    # Having nothing more to ask is no reason to stop listening.
    await game.goal()
    await take_until(call, fan, lambda: fan.positions[game.topic] == game.position)
    call.cancel()


@pytest.mark.parametrize(
    "payload", [b"\xff\xff\xff", b"\x52\x06\x0a\x04\xff\xfe\xff\xfe"], ids=["random", "invalid UTF-8"]
)
async def test_a_frame_that_cannot_be_read_ends_the_call_with_its_reason(channel, payload):
    call = channel.stream_stream("/scoreline.v1.PushService/Connect")()
    await call.write(payload)
    async with asyncio.timeout(WAIT_S):
        with contextlib.suppress(grpc.aio.AioRpcError):
            while await call.read() is not grpc.aio.EOF:
                pass
        assert await call.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert b"MALFORMED" in dict(await call.trailing_metadata())["grpc-status-details-bin"]


@pytest.mark.parametrize("method", ["Connect", "Follow"])
async def test_too_many_frames_end_the_call_with_their_reason(gateways, method):
    gateway = gateways(max_frames_per_s="10")
    asked = Subscribe(topic="game/nobody")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{gateway.grpc_port}") as channel:
        stub = PushServiceStub(channel)
        if method == "Follow":
            call = stub.Follow(FollowRequest(subscriptions=[asked] * 1000))
        else:
            call = stub.Connect(ClientFrame(subscribe=asked) for _ in range(1000))
        async with asyncio.timeout(WAIT_S):
            with contextlib.suppress(grpc.aio.AioRpcError):
                while await call.read() is not grpc.aio.EOF:
                    pass
            assert await call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert b"RATE_LIMITED" in dict(await call.trailing_metadata())["grpc-status-details-bin"]


async def test_a_slow_follower_is_merged(gateways, games):
    gateway = gateways()
    game = await begun(games)
    options = [("grpc.http2.lookahead_bytes", 65536), ("grpc.http2.bdp_probe", 0)]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{gateway.grpc_port}", options=options) as channel:
        call = PushServiceStub(channel).Follow(FollowRequest(subscriptions=[Subscribe(topic=game.name)]))
        fan = Fan()
        await take_until(call, fan, lambda: fan.states)
        fan.frames.clear()
        for _ in range(400):
            state = type(game.state)()
            state.CopyFrom(game.state)
            for key in range(1, 51):
                state.key_events[key].elapsed_s = (game.version * 37 + key) % 5400
                state.key_events[key].player = key
            await game.become(state)
        await take_until(call, fan, lambda: fan.positions[game.topic] == game.position)
        call.cancel()
    assert fan.states[game.topic] == game.state
    assert len(fan.of("patch")) + len(fan.of("snapshot")) < 400
    assert fan.told_slow >= 1


async def test_cancelled_streams_leave_nothing_behind(gateways, games):
    gateway = gateways(room_linger_s="0")
    game = await begun(games)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{gateway.grpc_port}") as channel:
        stub = PushServiceStub(channel)
        calls = []
        for number in range(200):
            if number % 2:
                call = stub.Follow(FollowRequest(subscriptions=[Subscribe(topic=game.name)]))
            else:
                call = stub.Connect()
                await call.write(ClientFrame(subscribe=Subscribe(topic=game.name)))
            calls.append(call)
        async with asyncio.timeout(WAIT_S):
            for call in calls:
                while not (await call.read()).HasField("snapshot"):
                    pass
        assert await gauge(gateway, 'scoreline_pushd_connections{transport="grpc"}') == 200
        for call in calls:
            call.cancel()
        async with asyncio.timeout(WAIT_S):
            while await gauge(gateway, 'scoreline_pushd_connections{transport="grpc"}'):
                await asyncio.sleep(0.05)
            while await gauge(gateway, "scoreline_pushd_rooms"):
                await asyncio.sleep(0.05)
        assert await gauge(gateway, "scoreline_pushd_subscriptions") == 0


async def test_ten_thousand_cancelled_streams_cost_no_memory(gateways, games):
    """Given streams that are cancelled at every stage of their life, when ten thousand have come and gone,
    then the process is as large as after the first thousand."""
    gateway = gateways(room_linger_s="0")
    game = await begun(games)
    process = psutil.Process(gateway.process.pid)

    async def one(stub: PushServiceStub, number: int) -> None:
        call = stub.Follow(FollowRequest(subscriptions=[Subscribe(topic=game.name)]))
        # At once, behind the greeting, behind the answer, or behind the snapshot.
        for _ in range(number % 4):
            await call.read()
        call.cancel()

    async def waves(count: int) -> int:
        """Return the least memory seen: the most depends on how many overlapped."""
        sizes = []
        for _ in range(count):
            # A channel that lives on keeps what gRPC itself keeps for it.
            async with grpc.aio.insecure_channel(f"127.0.0.1:{gateway.grpc_port}") as channel:
                stub = PushServiceStub(channel)
                await asyncio.gather(*(one(stub, number) for number in range(500)))
            sizes.append(process.memory_info().rss)
        async with asyncio.timeout(WAIT_S):
            while await gauge(gateway, 'scoreline_pushd_connections{transport="grpc"}'):
                await asyncio.sleep(0.05)
        return min(sizes)

    await waves(4)
    before = await waves(4)
    threads = process.num_threads()
    await waves(8)
    grown = await waves(4) - before
    assert grown < 16 << 20, f"{grown / 6000:.0f} bytes a stream"
    assert process.num_threads() <= threads + 2
    assert await gauge(gateway, "scoreline_pushd_subscriptions") == 0


async def test_a_stop_ends_the_stream_with_a_goaway(gateways, games):
    gateway = gateways()
    game = await begun(games)
    fan = Fan()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{gateway.grpc_port}") as channel:
        call = PushServiceStub(channel).Follow(FollowRequest(subscriptions=[Subscribe(topic=game.name)]))
        await take_until(call, fan, lambda: fan.states)
        gateway.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(WAIT_S):
            while (frame := await call.read()) is not grpc.aio.EOF:
                fan.take(frame)
        assert fan.frames[-1].HasField("goaway")
        assert await call.code() == grpc.StatusCode.OK
    assert gateway.process.wait(10) == 0


async def gauge(gateway, name: str) -> float:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    text = (await reader.read()).decode()
    writer.close()
    for line in text.splitlines():
        if line.startswith(name + " "):
            return float(line.split()[-1])
    raise AssertionError(f"no metric {name}")
