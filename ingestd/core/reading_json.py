"""Read events from our own JSON: the proto JSON mapping of IngestRequest, proto field names accepted.

`{"items": [{"tag": 1, "event": {"game_id": "g123", ...}}]}`, or without tags
`{"events": [{"game_id": "g123", ...}]}`.
"""

from __future__ import annotations

from typing import Any

import orjson
from google.protobuf import json_format

from ingestd.core import defects
from ingestd.core.outcomes import Refusal
from ingestd.core.reading import Item, Reading, malformed
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.event_pb2 import GameEvent

FORMAT = "scoreline"
#: Most events of a JSON request; a document format has its own bound.
MAX_EVENTS = 20_000
_SCORES = (".points", ".home", ".away", ".value")


def read_json_request(body: bytes) -> Reading:
    """Return the events in a JSON request; what is wrong with one costs the others nothing."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return _refused("", f"not one JSON document: {error.msg} (line {error.lineno}, column {error.colno})")
    if not isinstance(document, dict):
        return _refused("", f"must be an object with `items`, not {type(document).__name__}")
    unknown = [key for key in document if key not in ("items", "events")]
    if unknown:
        return _refused(defects.excerpt(unknown[0]), "there is no such field; send `items`")
    items, events = document.get("items", []), document.get("events", [])
    for name, value in (("items", items), ("events", events)):
        if not isinstance(value, list):
            return _refused(name, "must be a list")
    if len(items) + len(events) > MAX_EVENTS:
        return _refused("items", f"has more than {MAX_EVENTS} entries")
    read = [_item(value, f"items[{place}]") for place, value in enumerate(items)]
    read += [_event(0, value, f"events[{place}]") for place, value in enumerate(events)]
    first = next(
        (
            item.event
            for item in read
            if isinstance(item.event, Refusal) and item.event.reason == ErrorReason.ERROR_REASON_MALFORMED
        ),
        None,
    )
    return Reading(read, first)


def _item(value: Any, path: str) -> Item:
    if not isinstance(value, dict):
        return Item(0, _malformed(path, f"must be an object, not {type(value).__name__}"))
    unknown = [key for key in value if key not in ("tag", "event")]
    if unknown:
        return Item(0, _malformed(f"{path}.{defects.excerpt(unknown[0])}", "there is no such field"))
    tag = value.get("tag", 0)
    if isinstance(tag, str) and tag.isascii() and tag.isdigit():
        tag = int(tag[:20])  # proto JSON writes 64-bit numbers as strings
    if not isinstance(tag, int) or isinstance(tag, bool) or not 0 <= tag < 1 << 64:
        return Item(0, _malformed(f"{path}.tag", "must be a whole number from 0"))
    return _event(tag, value.get("event"), f"{path}.event")


def _event(tag: int, value: Any, path: str) -> Item:
    name = _name_of(value)
    if not isinstance(value, dict):
        return Item(tag, _malformed(path, "must be an object"), name)
    event = GameEvent()
    try:
        json_format.ParseDict(value, event)
    except (json_format.ParseError, RecursionError, TypeError, ValueError, AttributeError):
        return Item(tag, _explain(value, path), name)
    return Item(tag, event, name)


def _explain(value: Any, path: str) -> Refusal:
    defect = defects.explain_json(GameEvent.DESCRIPTOR, value)
    field = f"{path}.{defect.field}" if defect.field else path
    if "out of range" in defect.message:
        # A number that the field can't hold, such as a score of -1, is a wrong value in a readable event.
        if field.endswith(_SCORES):
            return Refusal(ErrorReason.ERROR_REASON_IMPOSSIBLE_SCORE, field, defect.message, {"field": field})
        return Refusal(ErrorReason.ERROR_REASON_INVALID_FIELD, field, defect.message, {"field": field})
    return _malformed(field, defect.message)


def _name_of(value: Any) -> str:
    name = (value.get("event_id") or value.get("eventId")) if isinstance(value, dict) else None
    return defects.excerpt(name) if isinstance(name, str) else ""


def _malformed(field: str, message: str) -> Refusal:
    return malformed(defects.Defect(field, message), FORMAT)


def _refused(field: str, message: str) -> Reading:
    return Reading([], _malformed(field, message))
