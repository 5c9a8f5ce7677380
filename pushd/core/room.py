"""One topic and those who follow it: who stands where, and what brings them to where the topic stands.

A room is opened by its first follower; until its state is there, followers wait in it. Knows no transport.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from pushd.core.outgoing import Encoding, Outgoing, outgoing
from scoreline.domain.position import Position
from scoreline.domain.topic_log import CatchUp, SnapshotNeeded, TopicLog, UpToDate
from scoreline.v1.frame_pb2 import Recovery, ServerFrame, Subscribed
from scoreline.v1.state_pb2 import ScoreState

#: The version of a member that has left; no burst matches it.
GONE = -1


class Listener(Protocol):
    """What a room needs of a session."""

    encoding: Encoding
    paused: bool
    members: dict[str, Member]
    behind: set[Member]

    def send(self, frame: Outgoing) -> None:
        """Write a frame at once."""

    def write(self, data: bytes, /) -> object:
        """Write bytes at once."""


class Member:
    """A session in a room, and the position it was brought to."""

    __slots__ = ("epoch", "room", "session", "version")

    def __init__(self, session: Listener, room: Room, epoch: int, version: int) -> None:
        self.session = session
        self.room = room
        self.epoch = epoch
        self.version = version


class Room:
    """A topic's log and its members."""

    __slots__ = (
        "_burst_to",
        "_by_version",
        "critical",
        "has_state",
        "log",
        "members",
        "name",
        "received_us",
    )

    def __init__(self, topic: int, name: str) -> None:
        self.name = name
        self.log = TopicLog(topic, name)
        self.has_state = False
        """Whether the game has a state yet; a registered game may have none."""
        self.members: dict[Listener, Member] = {}
        self.critical = False
        """Whether what is to be sent next holds a goal or a change of status."""
        self.received_us: list[int] = []
        """When the provider's facts in what is to be sent next were received."""
        self._burst_to = Position(0, 0)
        self._by_version: dict[int, Outgoing] = {}

    @property
    def position(self) -> Position:
        """Where the topic stands."""
        return self.log.position

    def moved(self) -> None:
        """Forget what was encoded for the former version; call it after every change of the log."""
        self._by_version = {}

    def load(self, position: Position, body: ScoreState, as_of_us: int, frames: Iterable[bytes]) -> None:
        """Take a state that was read; members are brought there by the next burst."""
        self.log.reset(position, body, as_of_us=as_of_us, frames=frames)
        self.has_state = True
        if not self.members:
            self._burst_to = position
        self.moved()

    def admit(self, session: Listener, position: Position | None) -> None:
        """Let a session follow from `position`, and tell it how that begins.

        A member that asks again (it found a gap) is served from its new position.
        """
        outcome = self.log.catch_up(position) if self.has_state else None
        match outcome:
            case None:
                recovery, epoch, version = Recovery.RECOVERY_PENDING, 0, 0
            case UpToDate():
                recovery = Recovery.RECOVERY_UP_TO_DATE
                epoch, version = self.position
            case CatchUp():
                assert position is not None
                recovery, epoch, version = Recovery.RECOVERY_PATCH, *position
            case _:  # SnapshotNeeded
                recovery, epoch, version = Recovery.RECOVERY_SNAPSHOT, 0, 0
        answer = ServerFrame(subscribed=Subscribed(topic=self.log.topic, name=self.name, recovery=recovery))
        answer.subscribed.position.epoch, answer.subscribed.position.version = self.position
        former = self.members.get(session)
        if former is not None:
            session.behind.discard(former)
            former.version = GONE
        member = Member(session, self, epoch, version)
        self.members[session] = member
        session.members[self.name] = member
        session.send(outgoing(answer, self.name))
        if recovery in (Recovery.RECOVERY_PATCH, Recovery.RECOVERY_SNAPSHOT):
            self.bring(member)

    def leave(self, session: Listener) -> None:
        """Forget a session; it need not be a member."""
        member = self.members.pop(session, None)
        if member is not None:
            member.version = GONE
            session.members.pop(self.name, None)
            session.behind.discard(member)

    def bring(self, member: Member) -> None:
        """Bring one member to where the topic stands, or mark it behind while its session is paused."""
        if member.version == GONE or not self.has_state:
            return
        if member.session.paused:
            member.session.behind.add(member)
            return
        frame = self._frame_from(Position(member.epoch, member.version))
        member.epoch, member.version = self.position
        if frame is not None:
            member.session.send(frame)

    def next_burst(self) -> Burst | None:
        """Return the burst that brings the members on from where the last one led, if there is anything new.

        Patches that came while the last one was being written are merged into one.
        """
        before, now = self._burst_to, self.position
        if before == now or not self.has_state:
            return None
        self._burst_to = now
        frame = None
        if before.epoch == now.epoch and isinstance(self.log.catch_up(before), CatchUp):
            frame = self._frame_from(before)
        burst = Burst(self, frame, before, now)
        self.critical = False
        self.received_us = []
        return burst

    def _frame_from(self, position: Position) -> Outgoing | None:
        # Members of another epoch share the snapshot with newcomers, whose version is 0.
        key = position.version if position.epoch == self.position.epoch else 0
        if key in self._by_version:
            return self._by_version[key]
        outcome = self.log.catch_up(position)
        if isinstance(outcome, UpToDate):
            return None
        if isinstance(outcome, SnapshotNeeded):
            # All who need the snapshot share one, whatever version they come from.
            key = 0
        frame = self._by_version.get(key)
        if frame is None:
            frame = self._by_version[key] = Outgoing(outcome.frame, self.name, self.position.epoch)
        return frame


class Burst:
    """One step of a topic on its way to all members, written in slices."""

    __slots__ = (
        *("_at", "_frame", "_targets", "before", "broken"),
        *("critical", "received_us", "room", "sent", "version"),
    )

    def __init__(self, room: Room, frame: Outgoing | None, before: Position, now: Position) -> None:
        self.room = room
        self.before = before
        self.version = now
        self.critical = room.critical
        self.received_us = room.received_us
        self.sent = 0
        self.broken = 0
        """Members whose transport failed at the write."""
        self._frame = frame
        self._targets = list(room.members.values())
        self._at = 0

    @property
    def done(self) -> bool:
        """Whether every member was served or marked behind."""
        return self._at >= len(self._targets)

    @property
    def frame_bytes(self) -> int:
        """How long the frame is; 0 where members need different ones."""
        return len(self._frame.frame) if self._frame is not None else 0

    def write(self, count: int) -> int:
        """Serve the next `count` members and return how many there were."""
        targets = self._targets[self._at : self._at + count]
        self._at += len(targets)
        # No frame fits all: a version that nobody stands at sends every member through `_bring`.
        epoch, before = self.before if self._frame is not None else (0, GONE)
        version = self.version.version
        frame = self._frame
        spelled: list[bytes | None] = [None, None, None]
        # The hot loop of the whole product: per member two comparisons, one look-up and the write.
        for member in targets:
            session = member.session
            try:
                if member.version != before or member.epoch != epoch or frame is None:
                    self._bring(member)
                elif session.paused:
                    session.behind.add(member)
                else:
                    data = spelled[session.encoding]
                    if data is None:
                        data = spelled[session.encoding] = frame.spelled(session.encoding)
                    session.write(data)
                    member.version = version
                    self.sent += 1
            except Exception:
                # A transport that breaks in our hands must not take the others with it; its end follows.
                self.broken += 1
        return len(targets)

    def _bring(self, member: Member) -> None:
        # Left, admitted later than this burst was made, or marked behind and so served by its own drain.
        if member.version == GONE or member in member.session.behind:
            return
        if (member.epoch, member.version) != self.room.position:
            self.room.bring(member)
            self.sent += 1
