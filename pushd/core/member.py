"""A session in a room, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pushd.core.line import Line
from pushd.core.outgoing import Encoding, Outgoing
from scoreline.domain.position import Position

if TYPE_CHECKING:
    from pushd.core.room import Room

#: The version of a member that has left.
GONE = -1


class Listener(Protocol):
    """What a room needs of a session."""

    encoding: Encoding
    descriptor: int
    """The socket to write to while the session is not paused, or `NO_DESCRIPTOR`."""
    paused: bool
    members: dict[str, Member]

    def send(self, frame: Outgoing) -> None:
        """Write a frame at once."""

    def write(self, data: bytes, /) -> object:
        """Write bytes at once; makes the session paused when they could not all leave."""


class Member:
    """One of many in step with the room, or alone: behind, or ahead of a burst under way."""

    __slots__ = ("epoch", "line", "place", "room", "session", "version")

    def __init__(self, session: Listener, room: Room, position: Position) -> None:
        self.session = session
        self.room = room
        self.line: Line | None = None
        """The line it stands in; nothing while it is alone."""
        self.place = 0
        """Its index there."""
        self.epoch, self.version = position
        """Where it stands while it is alone."""

    @property
    def position(self) -> Position:
        """Where the session was brought to."""
        if self.line is None:
            return Position(self.epoch, self.version)
        return self.room.burst_to if self.place < self.line.served else self.room.burst_from

    @property
    def behind(self) -> bool:
        """Whether it stands alone and elsewhere than the topic; one in line is served by a burst."""
        return self.line is None and Position(self.epoch, self.version) != self.room.position
