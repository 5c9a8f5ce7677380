"""The plain HTTP listener: silent connections are sent away, busy ones are not."""

import asyncio

import pytest
from aiohttp import web

from scoreline.runtime import http_server
from scoreline.runtime.lifecycle import Lifecycle, StopCallback
from scoreline.runtime.settings import ServiceSettings

WAIT_S = 10.0
HEAD_S = 0.3


class Stops(Lifecycle):
    """Keeps what is to be called at the stop."""

    def __init__(self) -> None:
        super().__init__("test", ServiceSettings())
        self.callbacks: list[StopCallback] = []

    def on_stop(self, name: str, callback: StopCallback) -> None:
        self.callbacks.append(callback)


@pytest.fixture
async def port():
    async def echo_size(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    app = web.Application()
    app.router.add_route("*", "/", echo_size)
    life = Stops()
    try:
        yield await http_server.start(
            life, app, host="127.0.0.1", port=0, variable="TEST_PORT", head_s=HEAD_S
        )
    finally:
        for callback in reversed(life.callbacks):
            await callback()


async def test_a_head_that_never_ends_is_408(port: int):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(WAIT_S):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_who_says_nothing_is_sent_away(port: int):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(WAIT_S):
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_a_connection_that_has_asked_is_kept(port: int):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    silent, other = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(WAIT_S):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n0")
        # The end of a connection opened later tells that the time of this one is over too.
        await silent.read()
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    writer.close()
    other.close()


async def test_a_compressed_body_stays_as_it_is(port: int):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(WAIT_S):
        writer.write(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!"
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_what_is_no_http_is_400_and_not_our_error(port: int, caplog: pytest.LogCaptureFixture):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(WAIT_S):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n")
        assert b" 400 " in await reader.readline()
    writer.close()
    assert not caplog.records
