"""RFC 6455 by hand-made frames, and by every way to split them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pushd.core.websocket_codec import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PING_FRAME,
    PONG,
    TEXT,
    Binary,
    Close,
    FrameReader,
    Ping,
    Pong,
    Text,
    Violation,
    binary_frame,
    close_frame,
    header,
    pong_frame,
    text_frame,
    unmask,
)
from scoreline.wire.close_codes import CloseCode

KEY = b"\x37\xfa\x21\x3d"


def client_frame(
    opcode: int, payload: bytes = b"", *, final: bool = True, bits: int = 0, key: bytes = KEY
) -> bytes:
    first = (0x80 if final else 0) | bits | opcode
    if len(payload) < 126:
        length = bytes((0x80 | len(payload),))
    elif len(payload) < 65_536:
        length = bytes((0x80 | 126,)) + len(payload).to_bytes(2)
    else:
        length = bytes((0x80 | 127,)) + len(payload).to_bytes(8)
    return bytes((first,)) + length + key + unmask(key, payload)


def violation(data: bytes, **options) -> CloseCode:
    received = FrameReader(**options).feed(data)
    assert isinstance(received[-1], Violation)
    return received[-1].code


def test_the_masked_hello_of_the_standard_is_read():
    # RFC 6455, 5.7
    assert FrameReader().feed(bytes.fromhex("818537fa213d7f9f4d5158")) == [Text("Hello")]


def test_the_fragmented_hello_is_put_together():
    data = client_frame(TEXT, b"Hel", final=False) + client_frame(CONTINUATION, b"lo")
    assert FrameReader().feed(data) == [Text("Hello")]


def test_a_ping_may_come_between_fragments():
    data = (
        client_frame(BINARY, b"a", final=False)
        + client_frame(PING, b"now")
        + client_frame(CONTINUATION, b"b", final=False)
        + client_frame(CONTINUATION, b"c")
    )
    assert FrameReader().feed(data) == [Ping(b"now"), Binary(b"abc")]


def test_a_pong_and_empty_messages_are_read():
    data = client_frame(PONG, b"x") + client_frame(BINARY) + client_frame(TEXT)
    assert FrameReader().feed(data) == [Pong(), Binary(b""), Text("")]


def test_a_burst_is_read_in_parts_and_nothing_is_lost():
    reader = FrameReader()
    data = b"".join(client_frame(BINARY, bytes((number,))) for number in range(5))
    assert reader.feed(data, 2) == [Binary(b"\0"), Binary(b"\1")]
    assert reader.more
    assert reader.feed(b"", 2) == [Binary(b"\2"), Binary(b"\3")]
    assert reader.more
    assert reader.feed(client_frame(BINARY, b"new")[:4], 2) == [Binary(b"\4")]
    assert not reader.more


def test_fragments_that_complete_nothing_count_as_frames():
    reader = FrameReader()
    data = client_frame(BINARY, b"", final=False) + client_frame(0, b"", final=False) * 9
    assert reader.feed(data, 4) == []
    assert reader.more


@pytest.mark.parametrize("size", [125, 126, 65_535, 65_536])
def test_every_form_of_length_is_read(size):
    payload = bytes(size)
    assert FrameReader(100_000).feed(client_frame(BINARY, payload)) == [Binary(payload)]


@pytest.mark.parametrize("bit", [0x40, 0x20, 0x10])
def test_reserved_bits_are_a_protocol_error(bit):
    assert violation(client_frame(BINARY, b"x", bits=bit)) == CloseCode.PROTOCOL_ERROR


@pytest.mark.parametrize("opcode", [3, 7, 11, 15])
def test_reserved_opcodes_are_a_protocol_error(opcode):
    assert violation(client_frame(opcode)) == CloseCode.PROTOCOL_ERROR


@pytest.mark.parametrize(
    "data",
    [
        b"\x82\x01x",
        b"\x82\x00",
        client_frame(PING, b"x", final=False),
        bytes((0x80 | PING, 0x80 | 126)) + (126).to_bytes(2) + KEY + bytes(126),
        client_frame(CONTINUATION, b"x"),
        client_frame(TEXT, b"x", final=False) + client_frame(TEXT, b"x"),
        b"\x82\xfe\x00\x05" + KEY + bytes(5),
        b"\x82\xff" + (200).to_bytes(8) + KEY + bytes(200),
        client_frame(CLOSE, b"\x03"),
        client_frame(CLOSE, (999).to_bytes(2)),
        client_frame(CLOSE, (1006).to_bytes(2)),
        client_frame(CLOSE, (5000).to_bytes(2)),
    ],
    ids=[
        "unmasked",
        "unmasked and empty",
        "fragmented control frame",
        "long control frame",
        "continuation of nothing",
        "message within a message",
        "16-bit length for 5 bytes",
        "64-bit length for 200 bytes",
        "half a close code",
        "close code below 1000",
        "close code that is never sent",
        "close code above 4999",
    ],
)
def test_what_the_standard_forbids_is_a_protocol_error(data):
    assert violation(data) == CloseCode.PROTOCOL_ERROR


def test_text_must_be_utf_8_in_messages_and_in_reasons():
    assert violation(client_frame(TEXT, b"\xc3\x28")) == CloseCode.INVALID_PAYLOAD
    assert violation(client_frame(CLOSE, (1000).to_bytes(2) + b"\xff")) == CloseCode.INVALID_PAYLOAD


def test_a_character_may_be_cut_by_fragments():
    data = client_frame(TEXT, b"\xc3", final=False) + client_frame(CONTINUATION, b"\xa9")
    assert FrameReader().feed(data) == [Text("é")]


def test_too_much_is_refused_by_the_header_alone():
    announced = b"\x82\xff" + (1 << 40).to_bytes(8)
    assert violation(announced) == CloseCode.MESSAGE_TOO_BIG
    assert violation(client_frame(BINARY, bytes(11)), max_message_bytes=10) == CloseCode.MESSAGE_TOO_BIG


def test_fragments_count_together():
    data = client_frame(BINARY, bytes(6), final=False) + client_frame(CONTINUATION, bytes(5))
    assert violation(data, max_message_bytes=10) == CloseCode.MESSAGE_TOO_BIG
    data = client_frame(BINARY, bytes(5), final=False) + client_frame(CONTINUATION, bytes(5))
    assert FrameReader(10).feed(data) == [Binary(bytes(10))]


@pytest.mark.parametrize(
    ("payload", "code"), [(b"", 1000), ((1001).to_bytes(2) + b"bye", 1001), ((4000).to_bytes(2), 4000)]
)
def test_a_close_ends_the_reading(payload, code):
    reader = FrameReader()
    assert reader.feed(client_frame(CLOSE, payload) + client_frame(TEXT, b"late")) == [Close(code)]
    assert reader.feed(client_frame(TEXT, b"later")) == []


def test_nothing_is_read_after_a_violation():
    reader = FrameReader()
    assert len(reader.feed(b"\x82\x01x" + client_frame(TEXT, b"x"))) == 1
    assert reader.feed(client_frame(TEXT, b"x")) == []


def test_a_length_may_arrive_in_two_parts():
    data = client_frame(BINARY, bytes(300))
    reader = FrameReader()
    assert reader.feed(data[:3]) == []
    assert reader.feed(data[3:]) == [Binary(bytes(300))]


def test_an_idle_reader_holds_nothing():
    reader = FrameReader()
    reader.feed(client_frame(BINARY, bytes(5000)) + client_frame(BINARY, b"x", final=False))
    reader.feed(client_frame(CONTINUATION, b"y"))
    assert reader._buffer == b""
    assert reader._fragments is None


messages = st.lists(
    st.one_of(
        st.binary(max_size=300).map(Binary),
        st.text(max_size=100).map(Text),
        st.binary(max_size=125).map(Ping),
    ),
    max_size=8,
)


@given(messages, st.binary(min_size=4, max_size=4), st.data())
@settings(max_examples=200, deadline=None)
def test_the_way_in_which_bytes_arrive_changes_nothing(sent, key, data):
    stream = b""
    for message in sent:
        match message:
            case Ping(payload):
                stream += client_frame(PING, payload, key=key)
                continue
            case Binary(payload):
                opcode = BINARY
            case Text(text):
                opcode, payload = TEXT, text.encode()
        cut = data.draw(st.integers(0, len(payload)), label="fragment")
        if cut:
            stream += client_frame(opcode, payload[:cut], final=False, key=key)
            stream += client_frame(CONTINUATION, payload[cut:], key=key)
        else:
            stream += client_frame(opcode, payload, key=key)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10), label="cuts"))
    reader, received = FrameReader(), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += reader.feed(stream[start:end])
    assert received == sent


@given(st.binary(max_size=200), st.integers(1, 50))
@settings(max_examples=300, deadline=None)
def test_garbage_never_raises_and_gives_the_same_in_any_pieces(garbage, size):
    whole = FrameReader(1000).feed(garbage)
    reader, pieces = FrameReader(1000), []
    for at in range(0, len(garbage), size):
        pieces += reader.feed(garbage[at : at + size])
    assert pieces == whole


def test_headers_of_the_server_are_the_shortest():
    assert header(BINARY, 16) == b"\x82\x10"
    assert header(BINARY, 126) == b"\x82\x7e\x00\x7e"
    assert header(TEXT, 65_536) == b"\x81\x7f" + (65_536).to_bytes(8)
    assert binary_frame(b"ab") == b"\x82\x02ab"
    assert text_frame(b"{}") == b"\x81\x02{}"
    assert pong_frame(b"p") == b"\x8a\x01p"
    assert PING_FRAME == b"\x89\x00"


def test_a_close_reason_is_cut_between_characters():
    frame = close_frame(4000, "é" * 100)
    assert len(frame) == 2 + 2 + 122
    assert frame[4:].decode() == "é" * 61
