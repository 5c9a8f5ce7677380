"""Fair turns: a small game waits for a slice, not for a final."""

from pushd.core.burst import Burst
from pushd.core.room import Room
from pushd.core.scheduler import Scheduler
from scoreline.domain.position import Position
from scoreline.v1.state_pb2 import ScoreState
from scoreline.wire.frames import encode_patch
from tests.unit.pushd.viewers import Viewer, nowhere


class Hall:
    """Some rooms with viewers, and who was written to in which order."""

    def __init__(self, slice_size: int = 4) -> None:
        self.order: list[str] = []
        self.finished: list[Burst] = []
        self.scheduler = Scheduler(self.finished.append, nowhere, slice_size)

    def run(self, turns: int = 1000) -> bool:
        return all(self.scheduler.turn() for _ in range(turns))

    def room(self, name: str, viewers: int) -> Room:
        room = Room(1, name)
        body = ScoreState()
        body.sheet.home.name = "A name that makes the snapshot longer than any of the patches here"
        room.load(Position(1, 1), body, 0, ())
        for number in range(viewers):
            viewer = Viewer(number)
            room.admit(viewer.session, None)
            viewer.session.write = self._note(name)
        return room

    def _note(self, name: str):
        return lambda _: self.order.append(name)

    def publish(self, room: Room, *, critical: bool = False) -> None:
        body = ScoreState()
        body.score.home = room.position.version
        room.log.append(encode_patch(1, room.position.version + 1, body), 1)
        room.moved()
        room.critical = room.critical or critical
        self.scheduler.offer(room)


def test_an_idle_scheduler_writes_at_once_and_is_idle_again():
    hall = Hall()
    room = hall.room("a", 3)
    hall.publish(room)
    assert hall.scheduler.busy
    assert hall.run() is False
    assert hall.order == ["a"] * 3
    assert [burst.room for burst in hall.finished] == [room]


def test_a_small_room_waits_for_a_slice_of_a_large_one():
    hall = Hall(slice_size=4)
    large, small = hall.room("large", 40), hall.room("small", 1)
    hall.publish(large)
    hall.publish(small)
    hall.run()
    assert hall.order.index("small") == 4
    assert hall.order.count("large") == 40


def test_critical_goes_first_and_starves_nobody():
    hall = Hall(slice_size=4)
    decoration, goal = hall.room("decoration", 8), hall.room("goal", 40)
    hall.publish(decoration)
    hall.publish(goal, critical=True)
    hall.run()
    assert hall.order[:12] == ["goal"] * 12
    assert hall.order[12:16] == ["decoration"] * 4
    assert hall.order.count("goal") == 40


def test_a_turn_is_one_slice_and_the_rest_comes_later():
    hall = Hall(slice_size=4)
    room = hall.room("a", 10)
    hall.publish(room)
    assert hall.run(1) is True
    assert len(hall.order) == 4
    assert hall.run() is False
    assert len(hall.order) == 10


def test_what_comes_during_a_burst_leaves_as_one():
    hall = Hall(slice_size=4)
    room = hall.room("a", 8)
    hall.publish(room)
    hall.run(1)
    for _ in range(5):
        hall.publish(room)
    hall.run()
    assert len(hall.order) == 16
    assert [burst.version.version for burst in hall.finished] == [2, 7]


def test_an_empty_room_ends_its_turn():
    hall = Hall()
    room = hall.room("a", 0)
    hall.publish(room)
    assert hall.run(1) is False
    hall.scheduler.offer(room)
    assert not hall.scheduler.busy


def test_a_long_frame_makes_a_slice_shorter():
    hall = Hall(slice_size=4)
    large, small = hall.room("large", 8), hall.room("small", 1)
    body = ScoreState()
    body.sheet.home.name = "x" * 5000
    large.log.append(encode_patch(1, 2, body), 1)
    large.moved()
    hall.scheduler.offer(large)
    hall.publish(small)
    hall.run()
    assert hall.order.index("small") == 2
