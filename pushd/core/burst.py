"""One step of a topic on its way to all members, written in slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushd.core.line import SendMany
from pushd.core.outgoing import Outgoing
from scoreline.domain.position import Position

if TYPE_CHECKING:
    from pushd.core.room import Room

#: Bytes that cost about as much as one more system call.
_BYTES_PER_UNIT = 4096


class Burst:
    """The frame that brings those in step from one position to another."""

    __slots__ = ("_frame", "broken", "critical", "received_us", "room", "sent", "version")

    def __init__(self, room: Room, frame: Outgoing, version: Position) -> None:
        self.room = room
        self.version = version
        self.critical = room.critical
        self.received_us = room.received_us
        self.sent = 0
        self.broken = 0
        """Members whose transport failed at the write."""
        self._frame = frame

    @property
    def done(self) -> bool:
        """Whether every member was served."""
        return all(line.served >= len(line.members) for line in self.room.lines)

    @property
    def frame_bytes(self) -> int:
        """How long the frame is."""
        return len(self._frame.frame)

    @property
    def unit(self) -> int:
        """What one member costs, in writes of a small frame."""
        return 1 + len(self._frame.frame) // _BYTES_PER_UNIT

    def write(self, count: int, send_many: SendMany) -> int:
        """Serve up to `count` members and return how many there were."""
        served = 0
        for line in self.room.lines:
            if served < count and line.served < len(line.members):
                data = self._frame.spelled(line.encoding)
                reached, broken = line.serve(count - served, data, send_many)
                served += reached
                self.broken += broken
        self.sent += served
        return served
