"""Dead letters as an operator reads them; nothing that a stranger sent reaches the terminal unescaped."""

from __future__ import annotations

import json

from google.protobuf import json_format

from scoreline.v1 import dead_letter_service_pb2 as pb
from scoreline.v1.error_reason_pb2 import ErrorReason

_TEXT_SHARE = 0.9


def view(payload: bytes, most_bytes: int | None) -> str:
    """Return a payload for reading: text where most of it is text, else hexadecimal with text beside it."""
    shown = payload if most_bytes is None else payload[:most_bytes]
    text = _as_text(shown)
    lines = text if text is not None else "\n".join(_hex_lines(shown))
    left = len(payload) - len(shown)
    return lines + (f"\n... {left} more bytes (--whole shows them)" if left else "")


def print_table(letters: list[pb.DeadLetter]) -> None:
    """Print one line a letter; only the last column may be long, so nothing is cut off and pipes work."""
    rows = [("ID", "RECEIVED (UTC)", "PROVIDER", "EDGE", "FORMAT", "BYTES", "REASON")]
    rows += [
        (
            str(letter.letter_id),
            _time(letter),
            letter.provider_id,
            letter.edge,
            letter.format,
            str(letter.payload_bytes),
            _why(letter),
        )
        for letter in letters
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        print("  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[-1]]))


def facts(letter: pb.DeadLetter) -> list[tuple[str, str]]:
    """Return what is known of a letter besides its payload, each fact with its name."""
    return [
        ("letter", str(letter.letter_id)),
        ("received", _time(letter)),
        ("provider", letter.provider_id),
        ("edge", f"{letter.edge} ({letter.format})"),
        ("reason", _why(letter)),
        ("size", f"{letter.payload_bytes} bytes"),
    ]


def as_json(letter: pb.DeadLetter) -> str:
    """Return a letter as one line of JSON; the payload is in base64."""
    return json.dumps(json_format.MessageToDict(letter, preserving_proto_field_name=True), ensure_ascii=False)


def _time(letter: pb.DeadLetter) -> str:
    return (
        letter.received_time.ToDatetime().strftime("%Y-%m-%d %H:%M:%S")
        if letter.received_time.seconds
        else "?"
    )


def _why(letter: pb.DeadLetter) -> str:
    at = f" at {letter.field}" if letter.field else ""
    return f"{_reason(letter)}{at}: {letter.message}"


def _reason(letter: pb.DeadLetter) -> str:
    known = letter.reason in ErrorReason.values()
    return ErrorReason.Name(letter.reason).removeprefix("ERROR_REASON_") if known else str(letter.reason)


def _as_text(payload: bytes) -> str | None:
    """Return bytes as text if they are mostly text; broken characters and controls are shown as escapes."""
    text = payload.decode("utf-8", "backslashreplace")
    kept = sum(
        character.isprintable() or character in "\n\t\r" for character in payload.decode("utf-8", "replace")
    )
    if not text or kept < _TEXT_SHARE * len(text) or b"\0" in payload:
        return None
    return "".join(
        character
        if character.isprintable() or character in "\n\t"
        else character.encode("unicode_escape").decode()
        for character in text
    )


def _hex_lines(payload: bytes) -> list[str]:
    lines = []
    for at in range(0, len(payload), 16):
        row = payload[at : at + 16]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        lines.append(f"{at:08x}  {row[:8].hex(' '):<23}  {row[8:].hex(' '):<23}  {text}")
    return lines
