"""What frames do to the state that a client holds, and what the client must say in return.

Knows topics, versions and epochs; knows nothing of sockets, tasks or clocks: frames are arguments and what
has to be sent is returned. A client that only ever shows what this holds shows no gap and no guess.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from scoreline.domain.patch import merge_into, trim
from scoreline.domain.position import Position
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.frame_pb2 import (
    ClientFrame,
    Error,
    Patch,
    Pong,
    Recovery,
    ServerFrame,
    Snapshot,
    Subscribe,
    Subscribed,
    Unsubscribe,
)
from scoreline.v1.state_pb2 import ScoreState


class Outcome(StrEnum):
    """What became of a frame."""

    REPLACED = "replaced"
    """A snapshot is now the state."""
    APPLIED = "applied"
    """A patch fitted and was merged."""
    STALE = "stale"
    """It brought nothing new and was dropped."""
    GAP = "gap"
    """It proves that something is missing; it was dropped, and the missing part is asked for."""
    SUBSCRIBED = "subscribed"
    ENDED = "ended"
    """The topic is no longer followed."""
    REFUSED = "refused"
    IGNORED = "ignored"
    """It is about no topic that is followed."""


class Step(NamedTuple):
    """What one frame did, to which topic, and what is to be sent because of it."""

    outcome: Outcome
    topic: str = ""
    send: tuple[ClientFrame, ...] = ()


@dataclass(slots=True)
class Topic:
    """What is held of one followed topic."""

    name: str
    state: ScoreState = field(default_factory=ScoreState)
    position: Position | None = None
    """Nothing until the first snapshot."""
    asking: bool = False
    """A subscribe is on its way and neither answered nor lost."""

    def is_newer(self, position: Position) -> bool:
        """Whether a whole state at `position` should replace what is held."""
        held = self.position
        # Epochs have no order that a client may rely on: another one is what the server has now.
        return held is None or held.epoch != position.epoch or held.version < position.version


class Follower:
    """The topics that a client follows, brought forward frame by frame."""

    def __init__(self) -> None:
        self._topics: dict[str, Topic] = {}
        self._by_number: dict[int, Topic] = {}
        self._leaving: Counter[str] = Counter()
        """Unsubscribes on their way: an answer to one must not end a subscription that followed it."""
        self._connected = False

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The followed topics, in the order in which they were followed."""
        return tuple(self._topics.values())

    def topic(self, name: str) -> Topic | None:
        """Return what is held of a topic, or nothing when it is not followed."""
        return self._topics.get(name)

    def follow(self, name: str) -> tuple[ClientFrame, ...]:
        """Begin to follow a topic; return what to send now."""
        if name in self._topics:
            return ()
        topic = self._topics[name] = Topic(name)
        return (self._ask(topic),) if self._connected else ()

    def unfollow(self, name: str) -> tuple[ClientFrame, ...]:
        """Forget a topic; return what to send now."""
        if not self.forget(name) or not self._connected:
            return ()
        self._leaving[name] += 1
        return (ClientFrame(unsubscribe=Unsubscribe(topic=name)),)

    def forget(self, name: str) -> bool:
        """Drop a topic that the server does not send any more; whether it was followed."""
        topic = self._topics.pop(name, None)
        if topic is None:
            return False
        for number in [number for number, held in self._by_number.items() if held is topic]:
            del self._by_number[number]
        return True

    def connect(self) -> tuple[ClientFrame, ...]:
        """Return the subscribes with which a new connection begins."""
        self.disconnect()
        self._connected = True
        return tuple(self._ask(topic) for topic in self._topics.values())

    def disconnect(self) -> None:
        """Forget what belonged to the connection; keep states and positions."""
        self._connected = False
        self._by_number.clear()
        self._leaving.clear()
        for topic in self._topics.values():
            topic.asking = False

    def ask_again(self, name: str) -> tuple[ClientFrame, ...]:
        """Return the subscribe for a topic that was refused for a while."""
        topic = self._topics.get(name)
        return (self._ask(topic),) if topic is not None and self._connected and not topic.asking else ()

    def receive(self, frame: ServerFrame) -> Step:
        """Take one frame in."""
        match frame.WhichOneof("frame"):
            case "patch":
                return self._on_patch(frame.patch)
            case "snapshot":
                return self._on_snapshot(frame.snapshot)
            case "subscribed":
                return self._on_subscribed(frame.subscribed)
            case "unsubscribed":
                return self._on_unsubscribed(frame.unsubscribed.name)
            case "error":
                return self._on_error(frame.error)
            case "heartbeat" if frame.heartbeat.wants_pong:
                return Step(Outcome.IGNORED, send=(ClientFrame(pong=Pong()),))
            case _:
                return Step(Outcome.IGNORED)

    def absorb(self, name: str, position: Position, state: ScoreState) -> Step:
        """Take in a whole state that was polled while there was no connection."""
        topic = self._topics.get(name)
        # A late answer to a poll must not change the epoch under the patches of a connection.
        if topic is None or self._connected:
            return Step(Outcome.IGNORED)
        return self._replace(topic, position, state)

    def _replace(self, topic: Topic, position: Position, state: ScoreState) -> Step:
        if not topic.is_newer(position):
            return Step(Outcome.STALE, topic.name)
        topic.position = position
        topic.state.CopyFrom(state)
        trim(topic.state)
        return Step(Outcome.REPLACED, topic.name)

    def _on_patch(self, patch: Patch) -> Step:
        topic = self._by_number.get(patch.topic)
        if topic is None:
            return Step(Outcome.IGNORED)
        if topic.position is None:
            return self._gap(topic)
        epoch, held = topic.position
        if patch.version <= held:
            return Step(Outcome.STALE, topic.name)
        if held + 1 + patch.span != patch.version:
            return self._gap(topic)
        merge_into(topic.state, patch.game)
        topic.position = Position(epoch, patch.version)
        return Step(Outcome.APPLIED, topic.name)

    def _on_snapshot(self, snapshot: Snapshot) -> Step:
        topic = self._topics.get(snapshot.name)
        if topic is None:
            return Step(Outcome.IGNORED)
        self._by_number[snapshot.topic] = topic
        topic.asking = False
        position = Position(snapshot.position.epoch, snapshot.position.version)
        return self._replace(topic, position, snapshot.game)

    def _on_subscribed(self, answer: Subscribed) -> Step:
        topic = self._topics.get(answer.name)
        if topic is None:
            return Step(Outcome.IGNORED)
        self._by_number[answer.topic] = topic
        topic.asking = False
        held = topic.position
        if held is not None and held.epoch != answer.position.epoch:
            # Patches of an epoch whose snapshot was never seen could fit by chance.
            held = topic.position = None
        match answer.recovery:
            case Recovery.RECOVERY_PATCH if held is None:
                return self._gap(topic)
            case Recovery.RECOVERY_UP_TO_DATE if held is None or held.version < answer.position.version:
                return self._gap(topic)
        return Step(Outcome.SUBSCRIBED, topic.name)

    def _on_unsubscribed(self, name: str) -> Step:
        if self._leaving[name]:
            self._leaving[name] -= 1
            return Step(Outcome.IGNORED)
        return Step(Outcome.ENDED, name) if self.forget(name) else Step(Outcome.IGNORED)

    def _on_error(self, error: Error) -> Step:
        topic = self._topics.get(error.topic)
        if topic is None:
            return Step(Outcome.IGNORED)
        topic.asking = False
        return Step(Outcome.REFUSED, topic.name)

    def _gap(self, topic: Topic) -> Step:
        return Step(Outcome.GAP, topic.name, () if topic.asking else (self._ask(topic),))

    def _ask(self, topic: Topic) -> ClientFrame:
        topic.asking = True
        subscribe = Subscribe(topic=topic.name)
        if topic.position is not None:
            subscribe.position.epoch, subscribe.position.version = topic.position
        return ClientFrame(subscribe=subscribe)


def is_unknown_game(reason: ErrorReason.ValueType) -> bool:
    """Whether a refusal says that no such game is registered."""
    return reason in (ErrorReason.ERROR_REASON_UNKNOWN_TOPIC, ErrorReason.ERROR_REASON_UNKNOWN_GAME)


def is_temporary(reason: ErrorReason.ValueType) -> bool:
    """Whether a refusal passes by itself, whatever the client does."""
    return reason in (
        ErrorReason.ERROR_REASON_RATE_LIMITED,
        ErrorReason.ERROR_REASON_UNAVAILABLE,
        ErrorReason.ERROR_REASON_INTERNAL,
    )
