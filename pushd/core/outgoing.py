"""A frame on its way to many: spelled at most once per encoding, however many read it [C3]."""

from __future__ import annotations

from enum import IntEnum

from pushd.core import json_frames
from pushd.core.websocket_codec import binary_frame, text_frame
from scoreline.v1.frame_pb2 import ServerFrame


class Encoding(IntEnum):
    """How a connection spells frames."""

    BARE = 0
    """The protobuf bytes themselves, as gRPC frames them."""
    WS_PROTO = 1
    """A binary WebSocket message."""
    WS_JSON = 2
    """A text WebSocket message."""


class Outgoing:
    """The bytes of one `ServerFrame` in every encoding that somebody reads."""

    __slots__ = ("_spelled", "epoch", "frame", "name")

    def __init__(self, frame: bytes, name: str = "", epoch: int = 0) -> None:
        self.frame = frame
        self.name = name
        """The topic's name, which JSON has in place of the number."""
        self.epoch = epoch
        """The topic's epoch, which makes a position of a patch's version."""
        self._spelled: list[bytes | None] = [frame, None, None]

    def spelled(self, encoding: Encoding) -> bytes:
        """Return the bytes to write."""
        known = self._spelled[encoding]
        if known is None:
            if encoding is Encoding.WS_PROTO:
                known = binary_frame(self.frame)
            else:
                parsed = ServerFrame.FromString(self.frame)
                known = text_frame(json_frames.encode(parsed, self.name, self.epoch))
            self._spelled[encoding] = known
        return known


def outgoing(frame: ServerFrame, name: str = "") -> Outgoing:
    """Return a frame made here."""
    return Outgoing(frame.SerializeToString(), name)
