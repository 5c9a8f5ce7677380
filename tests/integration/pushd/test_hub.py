"""Sockets behind one epoll: what comes, what waits, what ends, on real connections."""

import asyncio
import errno
import socket

import pytest

from pushd import hub as hub_module
from pushd.fan_socket import FanSocket
from pushd.hub import Hub
from pushd.multisend import TWINS
from scoreline.runtime import lifecycle


class Owner:
    """A connection that notes what it is told."""

    def __init__(self, wire: FanSocket) -> None:
        self.wire = wire
        self.received = b""
        self.lost: list[Exception | None] = []
        self.pauses = self.resumes = 0
        self.breaks = False

    def data_received(self, data: bytes) -> None:
        if self.breaks:
            raise RuntimeError("a bug")
        self.received += data

    def connection_lost(self, error: Exception | None) -> None:
        # The number is still ours: nobody else's socket can have it.
        self.wire.unsent()
        self.lost.append(error)

    def pause_writing(self) -> None:
        self.pauses += 1

    def resume_writing(self) -> None:
        self.resumes += 1


class House:
    def __init__(self) -> None:
        self.owners: list[Owner] = []
        self.listener = lifecycle.listen("127.0.0.1", 0, "X")
        self.hub = Hub(asyncio.get_running_loop(), self.listener, self.welcome, TWINS.accept)
        self.hub.start()

    def welcome(self, wire: FanSocket) -> Owner:
        self.owners.append(Owner(wire))
        return self.owners[-1]

    async def client(self) -> tuple[socket.socket, Owner]:
        count = len(self.owners)
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, self.listener.getsockname())
        await until(lambda: len(self.owners) > count)
        return client, self.owners[-1]


async def until(done) -> None:
    async with asyncio.timeout(10):
        while not done():
            await asyncio.sleep(0.001)


@pytest.fixture
async def house():
    house = House()
    yield house
    house.hub.close()


def fill(owner: Owner) -> int:
    """Write until the kernel takes no more; return how much was written."""
    written = 0
    while not owner.pauses:
        owner.wire.write(b"x" * 4096)
        written += 4096
    return written


async def drain(client: socket.socket, count: int) -> bytes:
    taken = b""
    async with asyncio.timeout(10):
        while len(taken) < count:
            taken += await asyncio.get_running_loop().sock_recv(client, 65_536)
    return taken


async def test_what_is_written_arrives_and_what_is_sent_comes(house):
    client, owner = await house.client()
    client.send(b"hello")
    await until(lambda: owner.received == b"hello")
    owner.wire.write(b"welcome")
    assert await drain(client, 7) == b"welcome"
    assert client.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0  # ours alone has it
    client.close()
    await until(lambda: owner.lost == [None])
    assert len(house.hub) == 0


async def test_what_the_kernel_does_not_take_waits_and_comes_first(house):
    client, owner = await house.client()
    written = fill(owner)
    assert 0 < owner.wire.get_write_buffer_size() <= 4096
    assert owner.wire.unsent() > owner.wire.get_write_buffer_size()
    owner.wire.write(b"end")
    assert owner.pauses == 1
    taken = await drain(client, written + 3)
    assert taken == b"x" * written + b"end"
    assert owner.resumes == 1
    assert owner.wire.get_write_buffer_size() == 0


async def test_reading_stops_and_goes_on(house):
    client, owner = await house.client()
    owner.wire.pause_reading()
    owner.wire.pause_reading()
    client.send(b"later")
    await asyncio.sleep(0.05)
    assert owner.received == b""
    owner.wire.resume_reading()
    owner.wire.resume_reading()
    await until(lambda: owner.received == b"later")


async def test_a_reset_ends_the_connection_even_while_nothing_is_read(house):
    client, owner = await house.client()
    fill(owner)
    owner.wire.pause_reading()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
    await until(lambda: owner.lost)
    owner.wire.write(b"nothing happens")
    owner.wire.abort()
    assert len(owner.lost) == 1


async def test_a_write_to_one_who_has_gone_ends_the_connection_once(house):
    client, owner = await house.client()
    owner.wire.pause_reading()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
    owner.wire.write(b"x")
    owner.wire.write(b"x")
    await until(lambda: owner.lost)
    assert len(owner.lost) == 1


async def test_the_end_is_sent_behind_what_waits(house):
    client, owner = await house.client()
    written = fill(owner)
    owner.wire.write_eof()
    owner.wire.write(b"too late")
    assert len(await drain(client, written)) == written
    assert await asyncio.get_running_loop().sock_recv(client, 10) == b""
    client.close()
    await until(lambda: owner.lost)
    other, second = await house.client()
    second.wire.write_eof()
    assert await asyncio.get_running_loop().sock_recv(other, 10) == b""
    second.wire.close()
    assert second.wire.is_closing()
    await until(lambda: second.lost)
    other.close()


async def test_a_close_waits_for_what_is_unsent(house):
    client, owner = await house.client()
    written = fill(owner)
    owner.wire.close()
    assert not owner.lost
    assert len(await drain(client, written)) == written
    assert await asyncio.get_running_loop().sock_recv(client, 10) == b""
    await until(lambda: owner.lost)


async def test_a_bug_in_one_connection_ends_that_one_alone(house):
    client, owner = await house.client()
    other, healthy = await house.client()
    owner.breaks = True
    client.send(b"x")
    other.send(b"y")
    await until(lambda: owner.lost and healthy.received == b"y")
    assert not healthy.lost


async def test_out_of_files_the_others_wait_and_are_taken_later(house, monkeypatch):
    monkeypatch.setattr(hub_module, "_SHORT_OF_FILES_S", 0.01)
    real, calls = house.hub._accept_many, []

    def short(listener: int, limit: int) -> list[int]:
        calls.append(limit)
        if len(calls) < 3:
            raise OSError(errno.EMFILE, "too many open files")
        return real(listener, limit)

    house.hub._accept_many = short
    await house.client()
    assert len(calls) == 3


async def test_nobody_is_taken_behind_a_stop(house):
    house.hub.stop_accepting()
    house.hub.stop_accepting()
    house.hub._resume_accepting()
    with socket.create_connection(house.listener.getsockname()):
        await asyncio.sleep(0.05)
        assert not house.owners
    await house.hub.emptied(0.1)


async def test_a_stop_waits_a_while_for_those_who_are_there(house):
    client, owner = await house.client()
    waiting = asyncio.create_task(house.hub.emptied(5))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    client.close()
    await asyncio.wait_for(waiting, 2)
    assert owner.lost
