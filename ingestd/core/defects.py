"""Say what is wrong with bytes that are not the message they should be, naming the field.

The protobuf runtime says only that parsing failed. A sender who reads
`items[3].event.player_id: not valid UTF-8` mends its feed in a minute.
Used on bytes that have failed already, so it may be slow; it may not fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

_VARINT, _FIXED64, _BYTES, _START_GROUP, _END_GROUP, _FIXED32 = range(6)
_DEEPEST = 32
_LONGEST_EXCERPT = 120


class Defect(NamedTuple):
    """What is wrong, and where; an empty field means the whole message."""

    field: str
    message: str


class Cut(ValueError):
    """The bytes end, or stop making sense, in the middle of a field."""


class WireField(NamedTuple):
    """One field as it stands on the wire."""

    number: int
    wire_type: int
    value: int | bytes


def wire_fields(payload: bytes) -> Iterator[WireField]:
    """Iterate over the fields of a serialized message; raise `Cut` where it breaks off."""
    at = 0
    while at < len(payload):
        tag, at = _varint(payload, at)
        number, wire_type = tag >> 3, tag & 7
        if number == 0 or number > 0x1FFFFFFF:
            raise Cut(f"there is no field number {number} (before byte {at})")
        if wire_type == _VARINT:
            value, at = _varint(payload, at)
            yield WireField(number, wire_type, value)
            continue
        if wire_type == _BYTES:
            size, at = _varint(payload, at)
        elif wire_type in (_FIXED64, _FIXED32):
            size = 8 if wire_type == _FIXED64 else 4
        else:
            raise Cut(f"wire type {wire_type} is not in use (before byte {at})")
        if size > len(payload) - at:
            raise Cut(f"a field of {size} bytes begins at byte {at} of {len(payload)}")
        yield WireField(number, wire_type, payload[at : at + size])
        at += size


def explain_bytes(descriptor: Descriptor, payload: bytes) -> Defect:
    """Return the first defect of a serialized message that did not parse."""
    return _find(descriptor, payload, "", 0) or Defect("", "not a message of this type")


def explain_json(descriptor: Descriptor, value: Any) -> Defect:
    """Return the first defect of a message in proto JSON that did not parse."""
    return _find_json(GetMessageClass(descriptor), value, "", 0) or Defect("", "not a message of this type")


def _find(descriptor: Descriptor, payload: bytes, path: str, depth: int) -> Defect | None:
    counts: dict[int, int] = {}
    try:
        for number, wire_type, value in wire_fields(payload):
            field = descriptor.fields_by_number.get(number)
            index = counts[number] = counts.get(number, -1) + 1
            if field is None or not isinstance(value, bytes) or wire_type != _BYTES:
                continue
            here = _join(path, f"{field.name}[{index}]" if field.is_repeated else field.name)
            if field.type == FieldDescriptor.TYPE_STRING and not _is_utf8(value):
                return Defect(here, "not valid UTF-8")
            if field.message_type is not None and depth < _DEEPEST:
                deeper = _find(field.message_type, value, here, depth + 1)
                if deeper is not None:
                    return deeper
    except Cut as cut:
        return Defect(path, f"not valid protobuf: {cut}")
    return None


def _find_json(kind: type[Message], value: Any, path: str, depth: int) -> Defect | None:
    problem = _json_problem(kind, value)
    if problem is None:
        return None
    if isinstance(value, dict) and depth < _DEEPEST:
        for key, inner in value.items():
            deeper = _find_json_field(kind, key, inner, path, depth)
            if deeper is not None:
                return deeper
    return Defect(path, problem)


def _find_json_field(kind: type[Message], key: Any, inner: Any, path: str, depth: int) -> Defect | None:
    descriptor: Any = kind.DESCRIPTOR
    field = descriptor.fields_by_name.get(key) or descriptor.fields_by_camelcase_name.get(key)
    if field is None:
        return Defect(_join(path, excerpt(str(key))), f"{descriptor.name} has no such field")
    problem = _json_problem(kind, {key: inner})
    if problem is None:
        return None
    here = _join(path, field.name)
    inner_type: Any = field.message_type
    if inner_type is None or inner_type.full_name.startswith("google.protobuf."):
        return Defect(here, problem)
    deeper = GetMessageClass(inner_type)
    if not field.is_repeated:
        return _find_json(deeper, inner, here, depth + 1) or Defect(here, problem)
    if not isinstance(inner, list):
        return Defect(here, "must be a list")
    found = (_find_json(deeper, item, f"{here}[{index}]", depth + 1) for index, item in enumerate(inner))
    return next((defect for defect in found if defect is not None), Defect(here, problem))


def _json_problem(kind: type[Message], value: Any) -> str | None:
    # The runtime takes a list or a number for an empty message without a word.
    if not isinstance(value, dict):
        return f"must be an object, not {type(value).__name__}"
    try:
        json_format.ParseDict(value, kind())
    except (json_format.ParseError, RecursionError, TypeError, ValueError, AttributeError) as error:
        return excerpt(re.sub(r"^(?:Failed to parse \w+ field: )+|[.\s]+$", "", str(error).split("\n")[0]))
    return None


def _varint(payload: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(payload):
        byte = payload[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift >= 70:
            raise Cut(f"a number longer than 10 bytes (before byte {at})")
    raise Cut(f"it ends after {len(payload)} bytes in the middle of a number")


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def excerpt(text: str) -> str:
    """Shorten what a stranger wrote before it comes back in a message or a log line."""
    shown = text if len(text) <= _LONGEST_EXCERPT else text[:_LONGEST_EXCERPT] + "..."
    return "".join(character if character.isprintable() else "?" for character in shown)
