"""One topic and those who follow it: who stands where, and what brings them to where the topic stands.

Those in step share the room's version and stand in lines; only the others know a version of their own: who is
behind because his transport is full, and who came while a burst was under way. Knows no transport.
"""

from __future__ import annotations

from collections.abc import Iterable

from pushd.core.burst import Burst
from pushd.core.line import NO_DESCRIPTOR, Line
from pushd.core.member import GONE, Listener, Member
from pushd.core.outgoing import Outgoing, outgoing
from scoreline.domain.position import Position
from scoreline.domain.topic_log import CatchUp, SnapshotNeeded, TopicLog, UpToDate
from scoreline.v1.frame_pb2 import Recovery, ServerFrame, Subscribed
from scoreline.v1.state_pb2 import ScoreState

_NOWHERE = Position(0, 0)


class Room:
    """A topic's log and its members."""

    __slots__ = (
        *("_answers", "_by_version", "_early", "burst_from", "burst_to", "critical"),
        *("has_state", "lines", "log", "name", "received_us", "size"),
    )

    def __init__(self, topic: int, name: str) -> None:
        self.name = name
        self.log = TopicLog(topic, name)
        self.has_state = False
        """Whether the game has a state yet; a registered game may have none."""
        self.size = 0
        """How many members there are."""
        self.lines: list[Line] = []
        """Those in step, by the way they are written to."""
        self.critical = False
        """Whether what is to be sent next holds a goal or a change of status."""
        self.received_us: list[int] = []
        """When the provider's facts in what is to be sent next were received."""
        self.burst_from = self.burst_to = _NOWHERE
        """What the burst under way, or the last one, leads from and to."""
        self._early: list[Member] = []
        self._by_version: dict[int, Outgoing] = {}
        self._answers: dict[int, Outgoing] = {}

    @property
    def position(self) -> Position:
        """Where the topic stands."""
        return self.log.position

    def moved(self) -> None:
        """Forget what was encoded for the former version; call it after every change of the log."""
        self._by_version = {}
        self._answers = {}

    def load(self, position: Position, body: ScoreState, as_of_us: int, frames: Iterable[bytes]) -> None:
        """Take a state that was read; members are brought there by the next burst."""
        self.log.reset(position, body, as_of_us=as_of_us, frames=frames)
        self.has_state = True
        if not self.size:
            self.burst_to = position
        self.moved()

    def admit(self, session: Listener, position: Position | None) -> None:
        """Let a session follow from `position`, and tell it how that begins.

        A member that asks again (it found a gap) is served from its new position.
        """
        if self._stands_there(session, position):
            session.send(self._answer(Recovery.RECOVERY_UP_TO_DATE))
            return
        outcome = self.log.catch_up(position) if self.has_state else None
        match outcome:
            case None:
                recovery, stands = Recovery.RECOVERY_PENDING, _NOWHERE
            case UpToDate():
                recovery, stands = Recovery.RECOVERY_UP_TO_DATE, self.position
            case CatchUp():
                assert position is not None
                recovery, stands = Recovery.RECOVERY_PATCH, position
            case _:  # SnapshotNeeded
                recovery, stands = Recovery.RECOVERY_SNAPSHOT, _NOWHERE
        self.leave(session)
        self.size += 1
        member = session.members[self.name] = Member(session, self, stands)
        session.send(self._answer(recovery))
        self.bring(member)

    def leave(self, session: Listener) -> None:
        """Forget a session; it need not be a member."""
        member = session.members.pop(self.name, None)
        if member is not None:
            if member.line is not None:
                member.line.remove(member)
            member.version = GONE
            self.size -= 1

    def step_aside(self, member: Member) -> None:
        """Take a member out of step: from here on it stands where it stands."""
        if member.line is not None:
            member.epoch, member.version = member.position
            member.line.remove(member)

    def bring(self, member: Member) -> None:
        """Bring one that is alone to where the topic stands, and into step; nothing while it is paused."""
        if member.version == GONE or member.line is not None or member.session.paused:
            return
        if self.has_state and member.behind:
            frame = self._frame_from(Position(member.epoch, member.version))
            member.epoch, member.version = self.position
            member.session.send(frame)
        self._settle(member)

    def next_burst(self) -> Burst | None:
        """Return the burst that brings those in step on from where the last one led, if there is news.

        Patches that came while the last one was being written are merged into one.
        """
        before, now = self.burst_to, self.position
        if before == now or not self.has_state:
            self._gather()
            return None
        frame = self._frame_from(before)
        self.burst_from, self.burst_to = before, now
        for line in self.lines:
            line.served = 0
        burst = Burst(self, frame, now)
        burst.broken = self._gather()
        self.critical = False
        self.received_us = []
        return burst

    def _stands_there(self, session: Listener, position: Position | None) -> bool:
        """Whether a session asks for what it has: it need not leave its line for that."""
        member = session.members.get(self.name)
        return (
            member is not None
            and member.line is not None
            and self.has_state
            and position == self.position == member.position
        )

    def _settle(self, member: Member) -> None:
        if member.session.paused:
            return
        if (member.epoch, member.version) == self.burst_to:
            self._line_of(member.session).add(member)
        else:
            # Ahead of a burst that is under way or about to begin: the next one takes it along.
            self._early.append(member)

    def _gather(self) -> int:
        """Bring those into step that came during a burst; return how many transports failed at it."""
        early, self._early = self._early, []
        broken = 0
        for member in early:
            try:
                self.bring(member)
            except Exception:
                broken += 1  # its end follows
        return broken

    def _line_of(self, session: Listener) -> Line:
        direct = session.descriptor != NO_DESCRIPTOR
        for line in self.lines:
            if line.encoding is session.encoding and line.direct is direct:
                return line
        self.lines.append(Line(session.encoding, direct=direct))
        return self.lines[-1]

    def _answer(self, recovery: Recovery.ValueType) -> Outgoing:
        answer = self._answers.get(recovery)
        if answer is None:
            frame = ServerFrame(
                subscribed=Subscribed(topic=self.log.topic, name=self.name, recovery=recovery)
            )
            frame.subscribed.position.epoch, frame.subscribed.position.version = self.position
            answer = self._answers[recovery] = outgoing(frame, self.name)
        return answer

    def _frame_from(self, position: Position) -> Outgoing:
        # Members of another epoch share the snapshot with newcomers, whose version is 0.
        key = position.version if position.epoch == self.position.epoch else 0
        if key in self._by_version:
            return self._by_version[key]
        outcome = self.log.catch_up(position)
        assert not isinstance(outcome, UpToDate), "who stands where the topic stands needs nothing"
        if isinstance(outcome, SnapshotNeeded):
            # All who need the snapshot share one, whatever version they come from.
            key = 0
        frame = self._by_version.get(key)
        if frame is None:
            frame = self._by_version[key] = Outgoing(outcome.frame, self.name, self.position.epoch)
        return frame
