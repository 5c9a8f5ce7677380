"""Rooms over the doubles in memory: every order in which state and patches can arrive."""

import asyncio

import pytest

from pushd.audience import Audience
from pushd.core.room import Room
from pushd.fanout import FanOut
from pushd.patch_feed import MemoryPatchFeed
from pushd.ports import Published, StoredState, StoredTopic
from pushd.relay import Relay
from pushd.rooms import Rooms
from pushd.state_reader import MemoryStateReader
from pushd.views import Views
from scoreline.domain.position import Position
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.frame_pb2 import Notice
from scoreline.v1.game_pb2 import Game
from tests.unit.pushd.viewers import NAME, TOPIC, Source, Viewer

GAME = "g1"


class Directory:
    """Knows one game."""

    async def find(self, game_id: str) -> Game | None:
        await asyncio.sleep(0)
        return Game(game_id=game_id, topic=TOPIC) if game_id == GAME else None


class GatedReader(MemoryStateReader):
    """A reader that answers when it is told to, with what was stored when it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()

    async def read(self, game_id: str) -> StoredTopic | None:
        self.asked.set()
        found = await super().read(game_id)
        await self.gate.wait()
        return found


class House:
    """Rooms with everything that they need, and a source to drive them."""

    def __init__(self, linger_s: float = 0.0) -> None:
        self.reader, self.feed = GatedReader(), MemoryPatchFeed()
        fanout = FanOut(asyncio.get_running_loop())
        self.rooms = Rooms(Directory(), self.reader, self.feed, fanout, linger_s=linger_s)
        self.source = Source(Room(TOPIC, NAME))
        self.store()

    def store(self) -> None:
        source = self.source
        state = type(source.state)()
        state.CopyFrom(source.state)
        self.reader.topics[GAME] = StoredTopic(StoredState(source.position, state, 1), list(source.frames))

    def goal(self, home: int, *, publish: bool = True, store: bool = True) -> Published:
        patch = Published(self.source.commit(home), self.source.epoch, 5, True, "")
        if store:
            self.store()
        if publish:
            self.feed.publish(NAME, patch)
        return patch

    async def follow(self, viewer: Viewer, position: Position | None = None) -> None:
        self.rooms.follow(viewer.session, NAME, position)
        await until(lambda: viewer.session.members)


async def until(done) -> None:
    async with asyncio.timeout(5):
        while not done():
            await asyncio.sleep(0)


async def test_a_patch_that_comes_while_the_state_is_read_is_not_lost():
    house, viewer = House(), Viewer()
    house.reader.gate.clear()
    house.rooms.follow(viewer.session, NAME, None)
    await house.reader.asked.wait()
    house.goal(1)
    house.goal(2)
    house.reader.gate.set()
    await until(lambda: viewer.position == house.source.position)
    assert viewer.state == house.source.state


async def test_a_patch_that_the_state_holds_already_is_dropped():
    house, viewer = House(), Viewer()
    await house.follow(viewer)
    patch = house.goal(1, publish=False)
    house.rooms._reload(house.rooms._open[NAME], "test")
    await until(lambda: viewer.position == house.source.position)
    house.feed.publish(NAME, patch)
    assert viewer.kinds().count("patch") == 1
    assert viewer.state == house.source.state


async def test_a_gap_reloads_once_and_everybody_is_right():
    house = House()
    viewers = [Viewer(number) for number in range(3)]
    for viewer in viewers:
        await house.follow(viewer)
    reads = house.reader.reads
    house.goal(1, publish=False)
    house.goal(2)
    house.goal(3)
    await until(lambda: all(viewer.position == house.source.position for viewer in viewers))
    assert house.reader.reads - reads == 1
    assert all(viewer.state == house.source.state for viewer in viewers)


async def test_a_store_that_lags_is_asked_again():
    house, viewer = House(), Viewer()
    await house.follow(viewer)
    house.goal(1, publish=False, store=False)
    house.goal(2, store=False)
    await until(lambda: house.reader.reads >= 2)
    house.store()
    await until(lambda: viewer.position == house.source.position)
    assert viewer.state == house.source.state


async def test_a_store_that_is_away_is_waited_for():
    house, viewer = House(), Viewer()
    house.reader.available = False
    house.rooms.follow(viewer.session, NAME, None)
    await until(lambda: house.feed.receivers.get(NAME))
    assert viewer.frames == []
    house.reader.available = True
    await until(lambda: viewer.state == house.source.state)


async def test_an_unknown_game_is_refused_to_all_who_wait():
    house = House()
    viewers = [Viewer(number) for number in range(3)]
    for viewer in viewers:
        house.rooms.follow(viewer.session, "game/nobody", None)
    await until(lambda: all(viewer.frames for viewer in viewers))
    for viewer in viewers:
        assert viewer.frames[0].error.reason == ErrorReason.ERROR_REASON_UNKNOWN_TOPIC
        assert not viewer.session.waiting
    assert len(house.rooms) == 0


async def test_a_broken_reader_is_an_internal_error_for_those_who_wait():
    house, viewer = House(), Viewer()

    async def broken(_game_id: str) -> StoredTopic | None:
        raise ValueError("not a number")

    house.reader.read = broken
    house.rooms.follow(viewer.session, NAME, None)
    await until(lambda: viewer.frames)
    assert viewer.frames[0].error.reason == ErrorReason.ERROR_REASON_INTERNAL
    assert viewer.frames[0].error.retry_after_ms > 0
    assert len(house.rooms) == 0


async def test_who_hangs_up_while_waiting_is_forgotten():
    house, viewer = House(), Viewer()
    house.reader.gate.clear()
    house.rooms.follow(viewer.session, NAME, None)
    await house.reader.asked.wait()
    house.rooms.drop(viewer.session)
    house.reader.gate.set()
    house.rooms.sweep()
    assert len(house.rooms) == 0
    await until(lambda: not house.feed.receivers[NAME])
    assert viewer.frames == []


async def test_an_empty_room_closes_after_a_while_and_opens_again():
    house, viewer = House(linger_s=0.05), Viewer()
    await house.follow(viewer)
    house.rooms.drop(viewer.session)
    house.rooms.sweep()
    assert len(house.rooms) == 1
    await until(lambda: house.rooms.sweep() or len(house.rooms) == 0)
    await until(lambda: not house.feed.receivers[NAME])
    house.goal(1)
    await house.follow(viewer, viewer.position)
    assert viewer.state == house.source.state


async def test_an_audit_finds_what_nobody_published():
    house, viewer = House(), Viewer()
    await house.follow(viewer)
    house.goal(1, publish=False)
    assert await house.rooms.audit(0.01) == 1
    await until(lambda: viewer.position == house.source.position)
    assert await house.rooms.audit(0.01) == 0


async def test_an_audit_lets_a_patch_on_its_way_arrive():
    house, viewer = House(), Viewer()
    await house.follow(viewer)
    patch = house.goal(1, publish=False)
    audit = asyncio.create_task(house.rooms.audit(0.05))
    await asyncio.sleep(0)  # the audit has compared, and waits to see whether the difference lasts
    house.feed.publish(NAME, patch)
    assert await audit == 0
    assert viewer.kinds()[-1] == "patch"


async def test_a_store_that_lost_its_last_second_decides_for_everybody():
    """A state older than the room, under the same epoch, is what stated continues from: all must go there."""
    house, viewer = House(), Viewer()
    await house.follow(viewer)
    kept = house.reader.topics[GAME]
    house.goal(1)
    await until(lambda: viewer.position == house.source.position)
    house.reader.topics[GAME] = kept
    assert await house.rooms.audit(0.01) == 1
    await until(lambda: viewer.position == kept.state.position)
    assert viewer.state == kept.state.body


async def test_a_herd_of_pollers_is_one_read():
    house = House()
    views = Views(house.rooms, house.reader)
    found = await asyncio.gather(*(views.get(GAME) for _ in range(50)))
    assert house.reader.reads == 1
    assert all(view is found[0] for view in found)
    assert await views.get_many([GAME, "g2"]) == {GAME: found[0]}
    assert await views.get("g2") is None
    assert house.reader.reads == 2


async def test_a_poller_of_an_open_room_reads_nothing():
    house, viewer = House(), Viewer()
    await house.follow(viewer)
    reads = house.reader.reads
    views = Views(house.rooms, house.reader)
    house.goal(1, store=False)
    view = await views.get(GAME)
    assert view is not None
    assert (view.position, view.state) == (house.source.position, house.source.state)
    assert await views.get(GAME) is view
    house.goal(2)
    assert view.state != house.source.state  # what was handed out never changes
    assert house.reader.reads == reads


@pytest.mark.parametrize("joined", ["before", "after"])
async def test_everybody_hears_of_a_lost_source_and_of_its_return(joined):
    house, viewer = House(), Viewer()
    audience, lost = Audience(), {"it": ""}
    if joined == "before":
        audience.join(viewer.session, "websocket")

    async def check() -> str | None:
        return lost["it"] or None

    relay = Relay(house.rooms, audience, {"redis": check}, audit_s=60)
    watch = asyncio.create_task(relay.watch())
    lost["it"] = "gone"
    await until(lambda: audience.degraded)
    if joined == "after":
        audience.join(viewer.session, "websocket")
    lost["it"] = ""
    await until(lambda: not audience.degraded)
    watch.cancel()
    kinds = [frame.notice.kind for frame in viewer.frames]
    assert kinds == [Notice.NOTICE_KIND_DEGRADED, Notice.NOTICE_KIND_RESTORED]
    audience.leave(viewer.session)
    assert len(audience) == 0
