"""RFC 6455 as a value machine for the server: bytes in, messages out, a close code for every violation.

Knows no socket. Paragraphs cited are those of RFC 6455.
"""

from __future__ import annotations

from typing import NamedTuple

from scoreline.wire.close_codes import CloseCode

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_WHOLE_BINARY = 0x80 | BINARY

#: Largest message that a client may send; a subscribe has some eighty bytes.
MAX_MESSAGE_BYTES = 16_384
#: Frames that are read at once unless the reader is told otherwise.
MAX_FRAMES = 1 << 30
#: 5.5: all control frames have a payload of at most 125 bytes.
MAX_CONTROL_BYTES = 125


class Binary(NamedTuple):
    """A whole binary message."""

    payload: bytes


class Text(NamedTuple):
    """A whole text message."""

    text: str


class Ping(NamedTuple):
    """A ping that wants its payload back."""

    payload: bytes


class Pong(NamedTuple):
    """A sign of life."""


class Close(NamedTuple):
    """The peer's close frame; nothing of what follows it counts (1.4)."""

    code: int


class Violation(NamedTuple):
    """The peer broke the protocol; fail the connection with `code` and read no more (7.1.7)."""

    code: CloseCode
    why: str


Received = Binary | Text | Ping | Pong | Close | Violation


class FrameReader:
    """Takes bytes as they come; holds nothing between two messages, so that an idle connection is small."""

    __slots__ = ("_buffer", "_done", "_fragments", "_limit", "_opcode", "more")

    def __init__(self, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._buffer = b""
        self._limit = max_message_bytes
        self._fragments: bytearray | None = None
        self._opcode = 0
        self._done = False
        self.more = False
        """Whether a frame may be held that the last `feed` did not come to."""

    def feed(self, data: bytes, most: int = MAX_FRAMES) -> list[Received]:
        """Return what has become complete; after a close or a violation everything is ignored.

        Stops behind `most` frames; feed nothing to go on.
        """
        self.more = False
        received: list[Received] = []
        if self._done:
            return received
        if not self._buffer and self._fragments is None and len(data) > 5 and data[0] == _WHOLE_BINARY:
            length = data[1] ^ 0x80
            if length < 126 and len(data) == 6 + length <= 6 + self._limit:
                # One short binary message and nothing else: what nearly every read holds.
                return [Binary(unmask(data[2:6], data[6:]))]
        buffer = self._buffer + data if self._buffer else data
        at = 0
        for _ in range(most):
            step = self._frame(buffer, at)
            if step is None:
                break
            at, item = step
            if item is not None:
                received.append(item)
                if isinstance(item, (Close, Violation)):
                    self._done = True
                    self._fragments = None
                    at = len(buffer)
                    break
        else:
            self.more = at < len(buffer)
        self._buffer = buffer[at:]
        return received

    def _frame(self, buffer: bytes, at: int) -> tuple[int, Received | None] | None:
        """Return where the frame at `at` ends and what it completes, or nothing while bytes are missing."""
        if len(buffer) - at < 2:
            return None
        first, second = buffer[at], buffer[at + 1]
        opcode, length = first & 0x0F, second & 0x7F
        wrong = self._check_start(first, second)
        if wrong is not None:
            return at, wrong
        head = at + 2
        if length >= 126:
            size = 2 if length == 126 else 8
            if len(buffer) - head < size:
                return None
            length = int.from_bytes(buffer[head : head + size])
            head += size
            # 5.2: the minimal number of bytes must be used to encode the length.
            if length < (126 if size == 2 else 65_536):
                return at, _protocol_error("length is not in its shortest form")
        held = len(self._fragments) if self._fragments else 0
        if opcode < CLOSE and held + length > self._limit:
            # Refused by the header alone: what was announced is never stored.
            return at, Violation(CloseCode.MESSAGE_TOO_BIG, f"a message has at most {self._limit} bytes")
        end = head + 4 + length
        if len(buffer) < end:
            return None
        payload = unmask(buffer[head : head + 4], buffer[head + 4 : end])
        if opcode >= CLOSE:
            return end, _control(opcode, payload)
        return end, self._data(opcode, payload, final=bool(first & 0x80))

    def _check_start(self, first: int, second: int) -> Violation | None:
        opcode = first & 0x0F
        if first & 0x70:
            return _protocol_error("reserved bits are set")  # 5.2: no extension was negotiated
        if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            return _protocol_error(f"opcode {opcode} is reserved")
        if not second & 0x80:
            return _protocol_error("a client's frame must be masked")  # 5.1
        if opcode >= CLOSE:
            if not first & 0x80:
                return _protocol_error("a control frame was fragmented")  # 5.4
            if second & 0x7F > MAX_CONTROL_BYTES:
                return _protocol_error("a control frame is too long")  # 5.5
        elif opcode == CONTINUATION and self._fragments is None:
            return _protocol_error("a continuation of nothing")
        elif opcode != CONTINUATION and self._fragments is not None:
            return _protocol_error("a new message within another")
        return None

    def _data(self, opcode: int, payload: bytes, *, final: bool) -> Received | None:
        if not final:
            if self._fragments is None:
                self._fragments, self._opcode = bytearray(), opcode
            self._fragments += payload
            return None
        if self._fragments is not None:
            payload = bytes(self._fragments) + payload
            opcode, self._fragments = self._opcode, None
        if opcode == BINARY:
            return Binary(payload)
        text = _utf8(payload)
        return Text(text) if text is not None else _not_utf8()


def unmask(key: bytes, payload: bytes) -> bytes:
    """Return `payload` exclusive-or the repeated key (5.3)."""
    size = len(payload)
    # One big integer operation runs in C; a loop over bytes would not.
    mask = int.from_bytes((key * (size // 4 + 1))[:size])
    return (int.from_bytes(payload) ^ mask).to_bytes(size)


def header(opcode: int, length: int) -> bytes:
    """Return the header of a server's unfragmented frame."""
    first = 0x80 | opcode
    if length < 126:
        return bytes((first, length))
    if length < 65_536:
        return bytes((first, 126)) + length.to_bytes(2)
    return bytes((first, 127)) + length.to_bytes(8)


def binary_frame(payload: bytes) -> bytes:
    """Return a binary message, ready to write."""
    return header(BINARY, len(payload)) + payload


def text_frame(payload: bytes) -> bytes:
    """Return a text message of UTF-8 bytes, ready to write."""
    return header(TEXT, len(payload)) + payload


def pong_frame(payload: bytes) -> bytes:
    """Return the answer to a ping."""
    return header(PONG, len(payload)) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """Return a close frame; the reason is cut to what a control frame holds."""
    text = reason.encode()[: MAX_CONTROL_BYTES - 2].decode(errors="ignore").encode()
    return header(CLOSE, 2 + len(text)) + code.to_bytes(2) + text


PING_FRAME = header(PING, 0)


def _control(opcode: int, payload: bytes) -> Received:
    if opcode == PING:
        return Ping(payload)
    if opcode == PONG:
        return Pong()
    if not payload:
        return Close(CloseCode.NORMAL)
    if len(payload) == 1:
        return _protocol_error("a close code has two bytes")
    code = int.from_bytes(payload[:2])
    if not _may_be_sent(code):
        return _protocol_error(f"close code {code} may not be sent")
    return Close(code) if _utf8(payload[2:]) is not None else _not_utf8()


def _may_be_sent(code: int) -> bool:
    # 7.4: 1004-1006 and 1015 are for use inside an application; below 3000 the rest is reserved.
    return code in (1000, 1001, 1002, 1003, *range(1007, 1015)) or 3000 <= code <= 4999


def _utf8(payload: bytes) -> str | None:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None


def _not_utf8() -> Violation:
    return Violation(CloseCode.INVALID_PAYLOAD, "text is not UTF-8")


def _protocol_error(why: str) -> Violation:
    return Violation(CloseCode.PROTOCOL_ERROR, why)
