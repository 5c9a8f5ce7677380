"""Signs of life of one connection, tick by tick, over a transport of paper."""

import asyncio

import pytest

from pushd.audience import Audience
from pushd.caller import Caller
from pushd.core.websocket_codec import PING_FRAME, pong_frame
from pushd.gateway import Gateway
from pushd.settings import Settings
from pushd.turns import FRAMES
from pushd.websocket import Connection
from tests.integration.pushd.test_rooms import House
from tests.integration.pushd.test_slow_clients import masked, upgrade


class Paper:
    """A socket that notes what is done to it."""

    descriptor = -1

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.waiting = 0
        self.reading, self.aborted, self.closing, self.ended = True, False, False, False

    def write(self, data) -> None:
        self.written.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def attach(self, owner: Connection) -> None:
        self.owner = owner

    def unsent(self) -> int:
        return self.waiting

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return self.closing

    def write_eof(self) -> None:
        self.ended = True

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.closing = True


@pytest.fixture
async def opened() -> tuple[Connection, Paper]:
    house = House()
    gateway = Gateway(Settings(), house.rooms, Audience(), lambda *_: pytest.fail("no HTTP here"))
    paper = Paper()
    Caller(gateway, paper).data_received(upgrade(1))
    connection = paper.owner
    assert paper.written[0].startswith(b"HTTP/1.1 101 ")
    paper.written.clear()
    return connection, paper


async def test_a_burst_is_answered_in_turns_and_nothing_is_read_meanwhile(opened):
    connection, paper = opened
    connection.data_received(masked(b"", 9) * 100)
    answered = sum(map(len, paper.written)) // 2
    assert answered == FRAMES
    assert not paper.reading
    async with asyncio.timeout(5):
        while not paper.reading:
            await asyncio.sleep(0)
    assert b"".join(paper.written) == pong_frame(b"") * 100


async def test_a_burst_of_one_that_does_not_read_waits_until_it_does(opened):
    connection, paper = opened
    connection.data_received(masked(b"", 9) * 100)
    connection.pause_writing()
    before = len(paper.written)
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(paper.written) == before
    connection.resume_writing()
    async with asyncio.timeout(5):
        while not paper.reading:
            await asyncio.sleep(0)
    assert b"".join(paper.written) == pong_frame(b"") * 100


async def test_a_beat_asks_for_a_pong_and_the_next_one_misses_it(opened):
    connection, paper = opened
    connection.tick()
    assert paper.written[0].endswith(PING_FRAME)
    connection.data_received(masked(b"", 10))
    connection.tick()
    connection.tick()
    assert paper.written[-1][2:4] == (4002).to_bytes(2)
    assert paper.ended
    assert not paper.aborted
    connection.tick()
    assert paper.aborted


async def test_a_slow_client_that_takes_bytes_lives_and_one_that_takes_none_does_not(opened):
    connection, paper = opened
    connection.tick()
    paper.waiting = 40_000
    connection.pause_writing()
    assert not paper.reading
    connection.tick()
    assert not paper.aborted
    paper.waiting = 20_000
    connection.tick()
    assert not paper.aborted
    connection.tick()
    assert paper.aborted


async def test_a_client_that_read_on_gets_time_to_answer_the_next_ping(opened):
    connection, paper = opened
    connection.tick()
    connection.pause_writing()
    connection.tick()
    connection.resume_writing()
    assert paper.reading
    connection.tick()
    assert paper.written[-1].endswith(PING_FRAME)


async def test_nothing_is_written_behind_a_close_frame(opened):
    connection, paper = opened
    connection.go_away(b"")
    written = list(paper.written)
    connection.pause_writing()
    connection.resume_writing()
    connection.data_received(masked(b"\x52\x00"))
    connection.go_away(b"")
    assert paper.written == written
    connection.connection_lost(None)
    connection.connection_lost(None)
