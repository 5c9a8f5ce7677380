"""Errors over a real gRPC connection: every kind of call, expected and unexpected."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from scoreline.runtime import grpc_server
from scoreline.runtime.lifecycle import PortTaken, StartError
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.wire.reasons import ScorelineError

LIMITED = ScorelineError(
    ErrorReason.ERROR_REASON_RATE_LIMITED,
    "slow down",
    field="window",
    metadata={"limit": "5"},
    retry_after_s=1.5,
)


class Service:
    """Fails in the way the request names."""

    cancelled = 0

    def _fail(self, request: bytes) -> None:
        if request == b"refuse":
            raise LIMITED
        if request == b"break":
            raise ZeroDivisionError("inner secret")

    async def unary(self, request: bytes, context: Any) -> bytes:
        if request == b"abort":
            await context.abort(grpc.StatusCode.DATA_LOSS, "own words")
        self._fail(request)
        return request

    async def stream(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        yield b"first"
        self._fail(request)
        try:
            if request == b"hang":
                await asyncio.Event().wait()
        finally:
            self.cancelled += 1

    async def both(self, requests: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        async for request in requests:
            self._fail(request)
            yield request


@pytest.fixture
async def service() -> Service:
    return Service()


@pytest.fixture
async def channel(service: Service) -> AsyncIterator[grpc.aio.Channel]:
    server = grpc_server.build(grpc_server.Limits(max_message_bytes=1000))
    handlers = {
        "Unary": grpc.unary_unary_rpc_method_handler(service.unary),
        "Stream": grpc.unary_stream_rpc_method_handler(service.stream),
        "Both": grpc.stream_stream_rpc_method_handler(service.both),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("t.T", handlers),))
    port = grpc_server.bind(server, "127.0.0.1", 0, "T_PORT")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as made:
        yield made
    await server.stop(None)


def details(error: grpc.aio.AioRpcError) -> tuple[error_details_pb2.ErrorInfo, error_details_pb2.RetryInfo]:
    status = rpc_status.from_call(error)
    assert status is not None
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    assert status.details[0].Unpack(info)
    assert status.details[1].Unpack(retry)
    return info, retry


async def call(channel: grpc.aio.Channel, kind: str, request: bytes) -> None:
    if kind == "Unary":
        await channel.unary_unary("/t.T/Unary")(request)
    elif kind == "Stream":
        async for _ in channel.unary_stream("/t.T/Stream")(request):
            pass
    else:
        async for _ in channel.stream_stream("/t.T/Both")(iter([b"fine", request])):
            pass


@pytest.mark.parametrize("kind", ["Unary", "Stream", "Both"])
async def test_a_refusal_carries_reason_field_metadata_and_retry(
    channel: grpc.aio.Channel, kind: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(channel, kind, b"refuse")
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert caught.value.details() == "slow down"
    info, retry = details(caught.value)
    assert (info.domain, info.reason) == ("scoreline", "RATE_LIMITED")
    assert dict(info.metadata) == {"limit": "5", "field": "window"}
    assert retry.retry_delay.ToMilliseconds() == 1500


@pytest.mark.parametrize("kind", ["Unary", "Stream", "Both"])
async def test_an_unexpected_error_says_nothing_of_our_inside(channel: grpc.aio.Channel, kind: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(channel, kind, b"break")
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in str(caught.value.details())


async def test_a_handlers_own_abort_passes(channel: grpc.aio.Channel) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(channel, "Unary", b"abort")
    assert (caught.value.code(), caught.value.details()) == (grpc.StatusCode.DATA_LOSS, "own words")


async def test_an_oversized_message_is_refused_by_the_server(channel: grpc.aio.Channel) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(channel, "Unary", b"x" * 2000)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_an_unknown_method_is_unimplemented(channel: grpc.aio.Channel) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await channel.unary_unary("/t.T/Nothing")(b"")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_cancelled_stream_ends_its_handler(channel: grpc.aio.Channel, service: Service) -> None:
    running = channel.unary_stream("/t.T/Stream")(b"hang")
    assert await running.read() == b"first"
    running.cancel()
    async with asyncio.timeout(5):
        while service.cancelled == 0:
            await asyncio.sleep(0.005)


async def test_a_taken_port_is_named_with_its_variable() -> None:
    first, second = grpc_server.build(grpc_server.Limits()), grpc_server.build(grpc_server.Limits())
    port = grpc_server.bind(first, "127.0.0.1", 0, "T_PORT")
    await first.start()
    with pytest.raises(PortTaken, match=f"port {port} .* set T_PORT"):
        grpc_server.bind(second, "127.0.0.1", port, "T_PORT")
    await first.stop(None)


async def test_an_address_that_is_not_ours_is_a_start_error() -> None:
    with pytest.raises(StartError, match="T_PORT"):
        grpc_server.bind(grpc_server.build(grpc_server.Limits()), "203.0.113.7", 0, "T_PORT")


async def test_health_follows_readiness_and_says_no_while_draining() -> None:
    from grpc_health.v1 import health_pb2, health_pb2_grpc
    from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

    from scoreline.runtime.health import Health
    from scoreline.runtime.lifecycle import Lifecycle
    from scoreline.runtime.settings import ServiceSettings

    serving, not_serving = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
    health = Health()
    life = Lifecycle("t", ServiceSettings())
    port = await grpc_server.start(
        life, health, lambda _server: None, services=["t.T"], host="127.0.0.1", port=0, variable="T_PORT"
    )
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service="t.T"))
        async with asyncio.timeout(10):
            while (await watch.read()).status != serving:
                pass
            asking = reflection_pb2.ServerReflectionRequest(list_services="")
            answer = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([asking]))
            listed = (await answer.read()).list_services_response.service
            assert "t.T" in {service.name for service in listed}
            health.drain()
            while (await watch.read()).status != not_serving:
                pass
        watch.cancel()
    await life._shut_down()
