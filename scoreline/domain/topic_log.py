"""What one topic knows: where it stands, its state, and the last frames that led there.

Answers the only question of resumption: nothing, one merged patch, or a snapshot; never a guess [C2].
Knows no sport, no connection and no clock. Works for every arm of `Patch.body`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from google.protobuf.message import DecodeError, Message

from scoreline.domain.patch import merge_into, trim
from scoreline.domain.position import Position
from scoreline.v1.frame_pb2 import Patch, ServerFrame, Snapshot
from scoreline.v1.state_pb2 import ScoreState

#: How many frames a topic keeps for those who come back.
FRAMES_KEPT = 256
#: Bytes merged into a state before it is copied: what a merge replaces is freed with its message only.
_MERGED_BYTES = 65_536


class Appended(NamedTuple):
    """The frame led the topic from one version to another."""

    before: int
    version: int


class Stale(NamedTuple):
    """The topic stands at or beyond the frame already; drop it."""


class Gap(NamedTuple):
    """Frames between `version` and the offered one were missed; reload."""

    version: int


class OtherEpoch(NamedTuple):
    """The frame belongs to a rebuilt state; reload."""

    epoch: int


class Unreadable(NamedTuple):
    """The bytes are no patch frame of this topic; whoever sent them is at fault."""

    why: str


AppendOutcome = Appended | Stale | Gap | OtherEpoch | Unreadable


class UpToDate(NamedTuple):
    """The reader misses nothing."""


class CatchUp(NamedTuple):
    """One patch that brings the reader to the topic's version."""

    frame: bytes
    patch: Patch
    span: int


class SnapshotNeeded(NamedTuple):
    """The state whole, because it is smaller or because a patch can't be proven right."""

    frame: bytes


CatchUpOutcome = UpToDate | CatchUp | SnapshotNeeded


class _Kept(NamedTuple):
    before: int
    version: int
    frame: bytes


class TopicLog:
    """The state of one topic at its position, and the frames that led there."""

    __slots__ = (
        "_arm",
        "_as_of_us",
        "_body",
        "_catch_ups",
        "_kept",
        "_merged_bytes",
        "_position",
        "_snapshot",
        "name",
        "topic",
    )

    def __init__(self, topic: int, name: str, *, frames_kept: int = FRAMES_KEPT) -> None:
        self.topic = topic
        self.name = name
        self._position = Position(0, 0)
        self._body: Message = ScoreState()
        self._merged_bytes = 0
        self._arm = "game"
        self._as_of_us = 0
        self._kept: deque[_Kept] = deque(maxlen=frames_kept)
        # Both caches live until the next version, so that a reconnect storm encodes each answer once.
        self._snapshot: bytes | None = None
        self._catch_ups: dict[int, CatchUpOutcome] = {}

    @property
    def position(self) -> Position:
        """Where the topic stands; `0-0` before the first state."""
        return self._position

    @property
    def body(self) -> Message:
        """The state; not to be changed by the caller."""
        return self._body

    @property
    def as_of_us(self) -> int:
        """When the last event in the state was received, in unix microseconds; 0 before the first."""
        return self._as_of_us

    def reset(
        self, position: Position, body: Message, *, as_of_us: int = 0, frames: Iterable[bytes] = ()
    ) -> None:
        """Start again from a loaded state; `frames` are the patches that led there, oldest first.

        Only those frames are kept that form an unbroken chain to `position`.
        """
        self._position = position
        self._arm = _arm_of(body)
        self._body = body
        self._renew_body()
        self._as_of_us = as_of_us
        self._kept.clear()
        self._forget_answers()
        wanted = position.version
        for frame in reversed(list(frames)):
            patch = _patch_in(frame)
            if patch is None or patch.topic != self.topic or patch.version > wanted:
                continue
            before = patch.version - 1 - patch.span
            if patch.version != wanted or before < 0 or len(self._kept) == self._kept.maxlen:
                break
            self._kept.appendleft(_Kept(before, patch.version, frame))
            wanted = before

    def append(self, frame: bytes, epoch: int, *, as_of_us: int = 0) -> AppendOutcome:
        """Advance by one frame as it was published."""
        patch = _patch_in(frame)
        if patch is None:
            return Unreadable("not a patch frame")
        if patch.topic != self.topic:
            return Unreadable(f"topic {patch.topic} instead of {self.topic}")
        standing = self._position
        if epoch != standing.epoch:
            # An older epoch is a straggler of the state before a rebuild.
            return OtherEpoch(epoch) if epoch > standing.epoch else Stale()
        if patch.version <= standing.version:
            return Stale()
        before = patch.version - 1 - patch.span
        if before != standing.version:
            return Gap(standing.version)
        arm = patch.WhichOneof("body")
        if arm is not None:
            if arm != self._arm:
                return Unreadable(f"a body of {arm} instead of {self._arm}")
            merge_into(self._body, getattr(patch, arm))
            self._merged_bytes += len(frame)
            if self._merged_bytes >= _MERGED_BYTES:
                self._renew_body()
        self._position = Position(epoch, patch.version)
        self._as_of_us = as_of_us or self._as_of_us
        self._kept.append(_Kept(before, patch.version, frame))
        self._forget_answers()
        return Appended(before, patch.version)

    def catch_up(self, position: Position | None) -> CatchUpOutcome:
        """Answer a reader that stands at `position`; nothing stands for a newcomer."""
        if position is None or position.epoch != self._position.epoch or position.version < 1:
            return SnapshotNeeded(self.snapshot())
        if position.version == self._position.version:
            return UpToDate()
        return self._catch_ups.get(position.version) or self._catch_up_from(position.version)

    def snapshot(self) -> bytes:
        """Return the frame that holds the topic whole."""
        if self._snapshot is None:
            snapshot = Snapshot(topic=self.topic, name=self.name)
            snapshot.position.epoch, snapshot.position.version = self._position
            if self._as_of_us:
                snapshot.as_of_time.FromMicroseconds(self._as_of_us)
            getattr(snapshot, self._arm).CopyFrom(self._body)
            # Deterministic: strong ETags promise equal bytes from every gateway.
            self._snapshot = ServerFrame(snapshot=snapshot).SerializeToString(deterministic=True)
        return self._snapshot

    def frame_to(self, version: int) -> bytes | None:
        """Return the frame, as published, that led to `version` if it is still kept."""
        for kept in reversed(self._kept):
            if kept.version == version:
                return kept.frame
            if kept.version < version:
                break
        return None

    def _catch_up_from(self, version: int) -> CatchUpOutcome:
        missed = [kept for kept in self._kept if kept.version > version]
        # A position that is too old, between two versions of a merged frame, or ahead of us proves nothing.
        # It is not remembered either: readers could invent any number of them.
        if not missed or missed[0].before != version:
            return SnapshotNeeded(self.snapshot())
        self._catch_ups[version] = answer = self._merged(version, missed)
        return answer

    def _merged(self, version: int, missed: list[_Kept]) -> CatchUpOutcome:
        if len(missed) == 1:
            only = missed[0].frame
            patch = ServerFrame.FromString(only).patch
            return CatchUp(only, patch, patch.span)
        # Parsing A ++ B is merge(A, B), for the frames around the bodies as well: one call merges them all.
        merged = ServerFrame.FromString(b"".join(kept.frame for kept in missed))
        patch = merged.patch
        patch.span = self._position.version - version - 1
        if patch.HasField("game"):
            trim(patch.game)
        frame = merged.SerializeToString()
        if len(frame) >= len(self.snapshot()):
            return SnapshotNeeded(self.snapshot())
        return CatchUp(frame, patch, patch.span)

    def _renew_body(self) -> None:
        fresh = type(self._body)()
        fresh.CopyFrom(self._body)
        self._body = fresh
        self._merged_bytes = 0

    def _forget_answers(self) -> None:
        self._snapshot = None
        self._catch_ups = {}


def _patch_in(frame: bytes) -> Patch | None:
    try:
        parsed = ServerFrame.FromString(frame)
    except DecodeError:
        return None
    return parsed.patch if parsed.HasField("patch") else None


def _arm_of(body: Message) -> str:
    for field in Snapshot.DESCRIPTOR.oneofs_by_name["body"].fields:
        if field.message_type is body.DESCRIPTOR:
            return str(field.name)
    raise AssertionError(f"{body.DESCRIPTOR.full_name} is no body of a topic")
