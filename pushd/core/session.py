"""The protocol of one connection, whatever carries it: what a client's frame asks for, and what it missed.

A session has no queue. One that can't take more is paused: its topics leave their lines and stay where they
are, and on `drain` each that moved on meanwhile gets a single merged catch-up [C7].
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import NamedTuple

from pushd.core.line import NO_DESCRIPTOR
from pushd.core.member import Member
from pushd.core.outgoing import Encoding, Outgoing, outgoing
from scoreline.domain.ids import game_of_topic
from scoreline.domain.position import Position
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.frame_pb2 import ClientFrame, Error, Notice, ServerFrame, Unsubscribed

#: How many topics one connection may follow.
MAX_SUBSCRIPTIONS = 1000
_MAX_CLIENT_CHARS = 64
_SHOWN_CHARS = 80

SLOW = outgoing(ServerFrame(notice=Notice(kind=Notice.NOTICE_KIND_SLOW)))
DEGRADED = outgoing(ServerFrame(notice=Notice(kind=Notice.NOTICE_KIND_DEGRADED)))
RESTORED = outgoing(ServerFrame(notice=Notice(kind=Notice.NOTICE_KIND_RESTORED)))


class Follow(NamedTuple):
    """Open the topic's room and admit the session."""

    name: str
    position: Position | None


class Unfollow(NamedTuple):
    """Take the session out of the topic's room."""

    name: str


class Answer(NamedTuple):
    """Send this frame."""

    frame: ServerFrame


Action = Follow | Unfollow | Answer


class Session:
    """One connection as the rooms see it."""

    __slots__ = (
        *("_owed", "_told_slow", "_waiting", "client", "descriptor", "encoding"),
        *("max_subscriptions", "members", "paused", "session_id", "write"),
    )

    def __init__(
        self,
        session_id: str,
        encoding: Encoding,
        write: Callable[[bytes], object],
        max_subscriptions: int = MAX_SUBSCRIPTIONS,
        descriptor: int = NO_DESCRIPTOR,
    ) -> None:
        self.session_id = session_id
        self.encoding = encoding
        self.write = write
        self.max_subscriptions = max_subscriptions
        self.descriptor = descriptor
        """The socket, where it may be written to while the session is not paused."""
        self.client = ""
        self.paused = False
        """The transport holds bytes that it could not pass on yet."""
        self.members: dict[str, Member] = {}
        """The topics followed, by name."""
        self._waiting: set[str] | None = None
        self._told_slow = False
        self._owed: Outgoing | None = None

    @property
    def waiting(self) -> Collection[str]:
        """The topics asked for whose rooms are still being opened."""
        return self._waiting or ()

    def wait_for(self, topic: str) -> None:
        """Take note that a room is being opened."""
        if self._waiting is None:
            # Most sessions never wait; an empty set for each would be a tenth of their memory.
            self._waiting = set()
        self._waiting.add(topic)

    def wait_no_more(self, topic: str) -> None:
        """Take note that a room is open, or never will be."""
        if self._waiting is not None:
            self._waiting.discard(topic)
            if not self._waiting:
                self._waiting = None

    @property
    def behind(self) -> bool:
        """Whether a topic has moved on while the session was paused."""
        return any(member.behind for member in self.members.values())

    def receive(self, frame: ClientFrame) -> list[Action]:
        """Return what a client's frame asks for."""
        match frame.WhichOneof("frame"):
            case "subscribe":
                return [self._subscribe(frame)]
            case "unsubscribe":
                name = frame.unsubscribe.topic
                answer = ServerFrame(unsubscribed=Unsubscribed(name=name[:_SHOWN_CHARS]))
                return [Unfollow(name), Answer(answer)]
            case "hello":
                if len(frame.hello.client) > _MAX_CLIENT_CHARS:
                    return [
                        refusal(
                            ErrorReason.ERROR_REASON_INVALID_FIELD,
                            f"at most {_MAX_CLIENT_CHARS} characters",
                            field="client",
                        )
                    ]
                self.client = frame.hello.client
                return []
        # A pong has done its work by arriving; an arm that we don't know is ignored by contract.
        return []

    def send(self, frame: Outgoing) -> None:
        """Write a frame at once."""
        self.write(frame.spelled(self.encoding))

    def answer(self, answer: Answer) -> None:
        """Send a frame that concerns this session alone."""
        self.send(outgoing(answer.frame))

    def tell(self, notice: Outgoing) -> None:
        """Send a notice now or, while paused, the last one told meanwhile as soon as possible."""
        if self.paused:
            self._owed = notice
        else:
            self.send(notice)

    def pause(self) -> None:
        """Stop the topics where they are: the transport took not all of what was written."""
        if not self.paused:
            self.paused = True
            for member in self.members.values():
                member.room.step_aside(member)

    def drain(self) -> None:
        """Catch up, after the transport took everything; stops where it is paused again."""
        self.paused = False
        if self._owed is not None:
            owed, self._owed = self._owed, None
            self.send(owed)
        if not self.paused and not self._told_slow and self.behind:
            self._told_slow = True
            self.send(SLOW)
        for name, member in list(self.members.items()):
            if self.paused:
                break
            if member.behind:
                # Served last time, last in turn next time: a trickle must not always feed the same topics.
                self.members[name] = self.members.pop(name)
            member.room.bring(member)
        if not self.behind:
            self._told_slow = False

    def _subscribe(self, frame: ClientFrame) -> Action:
        name = frame.subscribe.topic
        if not _is_topic(name):
            return unknown_topic(name)
        followed = len(self.members) + len(self.waiting)
        if followed >= self.max_subscriptions and name not in self.members and name not in self.waiting:
            return refusal(
                ErrorReason.ERROR_REASON_TOO_MANY_SUBSCRIPTIONS,
                f"a connection may follow {self.max_subscriptions} topics; unsubscribe from one first",
                field="topic",
                topic=name,
                retry_after_ms=1000,
            )
        if not frame.subscribe.HasField("position"):
            return Follow(name, None)
        asked = frame.subscribe.position
        return Follow(name, Position(asked.epoch, asked.version))


@lru_cache(maxsize=4096)
def _is_topic(name: str) -> bool:
    # A storm asks for the same few names thousands of times.
    return game_of_topic(name) is not None


def refusal(
    reason: ErrorReason.ValueType, message: str, *, field: str = "", topic: str = "", retry_after_ms: int = 0
) -> Answer:
    """Return the answer to a frame that is refused."""
    error = Error(
        reason=reason,
        message=message,
        field=field,
        topic=topic[:_SHOWN_CHARS],
        retry_after_ms=retry_after_ms,
    )
    return Answer(ServerFrame(error=error))


def unknown_topic(name: str) -> Answer:
    """Return the answer to a subscription of what does not exist."""
    return refusal(
        ErrorReason.ERROR_REASON_UNKNOWN_TOPIC,
        "no such topic; a game's topic is game/<game_id>",
        field="topic",
        topic=name,
        retry_after_ms=5000 if game_of_topic(name) else 0,
    )
