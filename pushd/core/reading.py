"""What a client's message means on a connection of its encoding: one value for each thing to do."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from google.protobuf.message import DecodeError

from pushd.core import json_frames
from pushd.core.outgoing import Encoding
from pushd.core.session import Answer, refusal
from pushd.core.websocket_codec import (
    Binary,
    Close,
    Ping,
    Received,
    Text,
    Violation,
    close_frame,
    pong_frame,
)
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.frame_pb2 import ClientFrame, ServerFrame
from scoreline.wire.close_codes import CloseCode

#: Messages up to this length are remembered with what they say: in a storm thousands are the same.
_REMEMBERED_BYTES = 128


class Asked(NamedTuple):
    """Do what the frame asks for; it is shared, so leave it as it is."""

    frame: ClientFrame


class Returned(NamedTuple):
    """Write this back."""

    data: bytes


class Misspelled(NamedTuple):
    """Say what is wrong, and go on."""

    answer: Answer


class Left(NamedTuple):
    """The client closes; write this and go."""

    data: bytes


class Failed(NamedTuple):
    """The client broke the protocol: say why and close."""

    code: CloseCode
    why: str
    answer: Answer | None = None


Meaning = Asked | Returned | Misspelled | Left | Failed


def understand(encoding: Encoding, message: Received) -> Meaning | None:
    """Return what a message means; a pong has done its work by arriving."""
    match message:
        case Binary(payload):
            return _protobuf(encoding, payload)
        case Text(text):
            return _json(encoding, text)
        case Ping(payload):
            return Returned(pong_frame(payload))
        case Close(code):
            return Left(close_frame(code))
        case Violation(code, why):
            return Failed(code, why)
    return None


def _protobuf(encoding: Encoding, payload: bytes) -> Meaning:
    if encoding is not Encoding.WS_PROTO:
        return Failed(CloseCode.UNSUPPORTED_DATA, "the subprotocol has text messages only")
    try:
        return _remembered(payload) if len(payload) <= _REMEMBERED_BYTES else _parsed(payload)
    except DecodeError:
        answer = refusal(ErrorReason.ERROR_REASON_MALFORMED, "a message is one ClientFrame")
        return Failed(CloseCode.BAD_FRAME, "not a ClientFrame", answer)


def _json(encoding: Encoding, text: str) -> Meaning:
    if encoding is not Encoding.WS_JSON:
        return Failed(CloseCode.UNSUPPORTED_DATA, "the subprotocol has binary messages only")
    parsed = json_frames.parse(text)
    if isinstance(parsed, json_frames.Unparsable):
        # Typed by hand, perhaps.
        return Misspelled(Answer(ServerFrame(error=parsed.error)))
    return Asked(parsed)


def _parsed(payload: bytes) -> Asked:
    return Asked(ClientFrame.FromString(payload))


_remembered = lru_cache(maxsize=1024)(_parsed)
