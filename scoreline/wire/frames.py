"""Encode the frames that many receive, once."""

from __future__ import annotations

from scoreline.domain.position import Position
from scoreline.v1.frame_pb2 import Patch, ServerFrame, Snapshot
from scoreline.v1.state_pb2 import ScoreState


def encode_patch(topic: int, version: int, body: ScoreState, *, span: int = 0) -> bytes:
    """Return the frame that leads a game's topic to `version`; `span` more are merged into it."""
    patch = Patch(topic=topic, version=version, game=body)
    if span:
        patch.span = span
    return ServerFrame(patch=patch).SerializeToString()


def encode_snapshot(topic: int, name: str, position: Position, body: ScoreState, as_of_us: int = 0) -> bytes:
    """Return the frame that holds a game's topic whole; `as_of_us` is in unix microseconds, 0 for never."""
    snapshot = Snapshot(topic=topic, name=name, game=body)
    snapshot.position.epoch, snapshot.position.version = position
    if as_of_us:
        snapshot.as_of_time.FromMicroseconds(as_of_us)
    return ServerFrame(snapshot=snapshot).SerializeToString()
