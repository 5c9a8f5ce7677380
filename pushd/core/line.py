"""Members that stand side by side at one version, so that one call serves many of them.

Nobody's version is written down: while a burst is under way, those before `served` stand where it leads, the
others where it comes from. Who leaves or falls behind is replaced by the last of his part.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING

from pushd.core.outgoing import Encoding

if TYPE_CHECKING:
    from pushd.core.member import Member

#: Those who did not take all: their index, and how many bytes they took or minus the error's number.
Missed = list[tuple[int, int]]
#: Writes `data` to `descriptors[start:stop]` without waiting.
SendMany = Callable[["array[int]", int, int, bytes], Missed]

#: The descriptor of a session that can be written to only through its `write`.
NO_DESCRIPTOR = -1


class Line:
    """Members of one encoding, all of them with a descriptor or all of them without."""

    __slots__ = ("descriptors", "direct", "encoding", "members", "served")

    def __init__(self, encoding: Encoding, *, direct: bool) -> None:
        self.encoding = encoding
        self.direct = direct
        """Whether the members' sockets can be written to at once, without their transports."""
        self.members: list[Member] = []
        self.descriptors: array[int] = array("i")
        self.served = 0
        """How many of the members stand where the last burst leads; all of them when none is under way."""

    def __len__(self) -> int:
        return len(self.members)

    def add(self, member: Member) -> None:
        """Take a member that stands where the last burst leads."""
        end, served = len(self.members), self.served
        self.members.append(member)
        if self.direct:
            self.descriptors.append(member.session.descriptor)
        member.line, member.place = self, end
        if served < end:
            self._put(self.members[served], end)
            self._put(member, served)
        self.served = served + 1

    def remove(self, member: Member) -> None:
        """Let a member go; the order of the others is nobody's promise."""
        hole = member.place
        if hole < self.served:
            self.served -= 1
            hole = self._move(self.served, hole)
        self._move(len(self.members) - 1, hole)
        self.members.pop()
        if self.direct:
            self.descriptors.pop()
        member.line = None

    def serve(self, count: int, data: bytes, send_many: SendMany) -> tuple[int, int]:
        """Write to the next `count` members; return how many there were and how many are broken."""
        start = self.served
        stop = self.served = min(start + count, len(self.members))
        if not self.direct:
            return stop - start, _write_each(self.members[start:stop], data)
        missed = send_many(self.descriptors, start, stop, data)
        broken = 0
        # Who is behind leaves the line at the write, which moves others: look them up before the first.
        for member, sent in [(self.members[at], sent) for at, sent in missed]:
            # A socket that has failed gets the whole: its transport then meets the error and ends.
            broken += _write_each([member], data[max(sent, 0) :]) or sent < 0
        return stop - start, broken

    def _move(self, source: int, hole: int) -> int:
        if source != hole:
            self._put(self.members[source], hole)
        return source

    def _put(self, member: Member, place: int) -> None:
        self.members[place] = member
        member.place = place
        if self.direct:
            self.descriptors[place] = member.session.descriptor


def _write_each(members: list[Member], data: bytes) -> int:
    broken = 0
    for member in members:
        try:
            member.session.write(data)
        except Exception:
            # A transport that breaks in our hands must not take the others with it; its end follows.
            broken += 1
    return broken
