"""A viewer behind a session: applies what is written, and refuses a gap."""

from array import array

from pushd.core.line import NO_DESCRIPTOR
from pushd.core.outgoing import Encoding
from pushd.core.room import Room
from pushd.core.session import Session
from scoreline.domain.patch import diff, merge, merge_into
from scoreline.domain.position import Position
from scoreline.v1.frame_pb2 import ServerFrame
from scoreline.v1.state_pb2 import ScoreState
from scoreline.wire.frames import encode_patch

TOPIC, NAME = 7, "game/g1"


class Viewer:
    """A client of one topic over a transport that can be paused, at once or after some bytes."""

    def __init__(self, number: int = 0, descriptor: int = NO_DESCRIPTOR) -> None:
        self.session = Session(f"s{number}", Encoding.BARE, self.write, descriptor=descriptor)
        self.state: ScoreState | None = None
        self.position: Position | None = None
        self.frames: list[ServerFrame] = []
        self.room_for: int | None = None
        self.taken = b""
        """The beginning of a frame whose rest comes through the transport."""

    def write(self, data: bytes) -> None:
        data, self.taken = self.taken + data, b""
        frame = ServerFrame.FromString(data)
        self.frames.append(frame)
        if frame.HasField("snapshot"):
            self.state = frame.snapshot.game
            self.position = Position(frame.snapshot.position.epoch, frame.snapshot.position.version)
        elif frame.HasField("patch"):
            assert self.position is not None
            assert self.state is not None
            assert self.position.version + 1 + frame.patch.span == frame.patch.version, "a gap"
            merge_into(self.state, frame.patch.game)
            self.position = Position(self.position.epoch, frame.patch.version)
        if self.room_for is not None:
            self.room_for -= 1
            if self.room_for <= 0:
                self.session.pause()

    def pause(self) -> None:
        self.session.pause()

    def resume(self, room_for: int | None = None) -> None:
        self.room_for = room_for
        self.session.drain()

    def kinds(self) -> list[str]:
        return [frame.WhichOneof("frame") or "" for frame in self.frames]


class Wires:
    """Sockets of viewers: what the fan-out writes past their transports."""

    def __init__(self) -> None:
        self.viewers: dict[int, Viewer] = {}
        self.short: dict[int, int] = {}
        """How the next write to a descriptor ends, where it does not take all: bytes, or minus errno."""
        self.calls: list[int] = []

    def viewer(self, number: int) -> "Viewer":
        self.viewers[100 + number] = Viewer(number, 100 + number)
        return self.viewers[100 + number]

    def send(self, descriptors: array, start: int, stop: int, data: bytes) -> list[tuple[int, int]]:
        assert 0 <= start <= stop <= len(descriptors)
        self.calls.append(stop - start)
        missed = []
        for at in range(start, stop):
            viewer = self.viewers[descriptors[at]]
            assert not viewer.session.paused, "a transport that holds bytes was passed by"
            # Who has room for so many frames only: the transport takes what the kernel does not.
            outcome = self.short.pop(descriptors[at], None if viewer.room_for is None else 0)
            if outcome is None:
                viewer.write(data)
            else:
                missed.append((at, outcome))
                viewer.taken = data[: max(outcome, 0)]
        return missed


def nowhere(_descriptors: array, start: int, stop: int, _data: bytes) -> list[tuple[int, int]]:
    raise AssertionError(f"nobody has a descriptor, but {stop - start} are written to")


class Source:
    """What stated does: the state and the frames that lead to it."""

    def __init__(self, room: Room, epoch: int = 100) -> None:
        self.room, self.epoch, self.version = room, epoch, 1
        self.state = ScoreState()
        self.state.sheet.home.name = (
            "The home team of a long name, so that a patch is smaller than a snapshot"
        )
        self.frames: list[bytes] = []

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.version)

    def load(self) -> None:
        self.room.load(self.position, self.state, 1, self.frames)

    def commit(self, home: int) -> bytes:
        after = ScoreState()
        after.score.home = home
        after.key_events[self.version].player = home
        after = merge(self.state, after)
        self.version += 1
        frame = encode_patch(TOPIC, self.version, diff(self.state, after))
        self.state = after
        self.frames = [*self.frames, frame][-256:]
        return frame

    def publish(self, home: int) -> None:
        self.room.log.append(self.commit(home), self.epoch)
        self.room.moved()

    def rebuild(self) -> None:
        self.epoch, self.version, self.frames = self.epoch + 1, 1, []
