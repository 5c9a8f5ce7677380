"""What a message means, by the encoding of its connection."""

import pytest

from pushd.core.outgoing import Encoding
from pushd.core.reading import Asked, Failed, Left, Misspelled, Returned, understand
from pushd.core.websocket_codec import Binary, Close, Ping, Pong, Text, Violation, close_frame, pong_frame
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.frame_pb2 import ClientFrame
from scoreline.wire.close_codes import CloseCode

PROTO, JSON = Encoding.WS_PROTO, Encoding.WS_JSON


def ask(name: str) -> ClientFrame:
    frame = ClientFrame()
    frame.subscribe.topic = name
    return frame


@pytest.mark.parametrize("name", ["game/g1", "game/" + "x" * 200], ids=["short", "long"])
def test_a_binary_message_is_a_frame(name):
    frame = ask(name)
    assert understand(PROTO, Binary(frame.SerializeToString())) == Asked(frame)


def test_what_thousands_say_is_read_once():
    payload = ask("game/g1").SerializeToString()
    first = understand(PROTO, Binary(payload))
    assert understand(PROTO, Binary(bytes(bytearray(payload)))) is first


def test_a_text_message_is_an_action():
    assert understand(JSON, Text('{"action":"subscribe","game_id":"g1"}')) == Asked(ask("game/g1"))


def test_a_text_that_is_no_action_is_told_and_forgiven():
    meaning = understand(JSON, Text("{"))
    assert isinstance(meaning, Misspelled)
    assert meaning.answer.frame.error.reason == ErrorReason.ERROR_REASON_MALFORMED


@pytest.mark.parametrize("payload", [b"\xff\xff", b"\xff" * 500], ids=["short", "long"])
def test_bytes_that_are_no_frame_end_the_connection_with_a_reason(payload):
    meaning = understand(PROTO, Binary(payload))
    assert isinstance(meaning, Failed)
    assert meaning.code == CloseCode.BAD_FRAME
    assert meaning.answer is not None
    assert meaning.answer.frame.error.reason == ErrorReason.ERROR_REASON_MALFORMED


@pytest.mark.parametrize(("encoding", "message"), [(PROTO, Text("{}")), (JSON, Binary(b""))])
def test_the_other_kind_of_message_is_not_spoken_here(encoding, message):
    meaning = understand(encoding, message)
    assert isinstance(meaning, Failed)
    assert (meaning.code, meaning.answer) == (CloseCode.UNSUPPORTED_DATA, None)


def test_control_frames_are_answered_as_the_standard_says():
    assert understand(PROTO, Ping(b"now")) == Returned(pong_frame(b"now"))
    assert understand(JSON, Close(1001)) == Left(close_frame(1001))
    assert understand(JSON, Violation(CloseCode.PROTOCOL_ERROR, "why")) == Failed(
        CloseCode.PROTOCOL_ERROR, "why"
    )
    assert understand(PROTO, Pong()) is None
