"""A gateway as a value: the rules of subscribing and resuming without sockets, to test clients against."""

from __future__ import annotations

from collections import deque

from scoreline.domain.patch import merge, merge_into
from scoreline.domain.position import Position
from scoreline.v1.frame_pb2 import ClientFrame, Patch, Recovery, ServerFrame, Subscribe, Subscribed
from scoreline.v1.state_pb2 import ScoreState
from scoreline.wire.frames import encode_patch, encode_snapshot


class ModelTopic:
    """One game at the gateway: its state and the last few patches."""

    def __init__(self, name: str, number: int, kept: int = 8) -> None:
        self.name = name
        self.number = number
        self.state = ScoreState()
        self.position = Position(100, 1)
        self._recent: deque[Patch] = deque(maxlen=kept)

    def publish(self, body: ScoreState) -> ServerFrame:
        """Commit `body` as the next version and return its frame."""
        merge_into(self.state, body)
        self.position = Position(self.position.epoch, self.position.version + 1)
        frame = ServerFrame.FromString(encode_patch(self.number, self.position.version, body))
        self._recent.append(frame.patch)
        return frame

    def rebuild(self) -> ServerFrame:
        """Begin a new epoch and return the snapshot that tells it."""
        self.position = Position(self.position.epoch + 1, 1)
        self._recent.clear()
        return self.snapshot()

    def snapshot(self) -> ServerFrame:
        """Return the topic whole."""
        return ServerFrame.FromString(encode_snapshot(self.number, self.name, self.position, self.state))

    def subscribe(self, request: Subscribe) -> list[ServerFrame]:
        """Return the answer to a subscribe and what follows it."""
        known = None
        if request.HasField("position"):
            known = Position(request.position.epoch, request.position.version)
        if known == self.position:
            return [self._subscribed(Recovery.RECOVERY_UP_TO_DATE)]
        if known is not None and known.epoch == self.position.epoch and known.version < self.position.version:
            missed = [patch for patch in self._recent if patch.version > known.version]
            if len(missed) == self.position.version - known.version:
                return [self._subscribed(Recovery.RECOVERY_PATCH), self._merged(missed)]
        return [self._subscribed(Recovery.RECOVERY_SNAPSHOT), self.snapshot()]

    def answer(self, frame: ClientFrame) -> list[ServerFrame]:
        """Return what the gateway says to a frame of a client about this topic."""
        if frame.HasField("subscribe") and frame.subscribe.topic == self.name:
            return self.subscribe(frame.subscribe)
        return []

    def _merged(self, missed: list[Patch]) -> ServerFrame:
        body = ScoreState()
        for patch in missed:
            body = merge(body, patch.game)
        frame = encode_patch(self.number, missed[-1].version, body, span=len(missed) - 1)
        return ServerFrame.FromString(frame)

    def _subscribed(self, recovery: Recovery.ValueType) -> ServerFrame:
        answer = Subscribed(topic=self.number, name=self.name, recovery=recovery)
        answer.position.epoch, answer.position.version = self.position
        return ServerFrame(subscribed=answer)
