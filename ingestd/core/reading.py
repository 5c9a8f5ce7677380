"""Read the items of a request, so that one broken event does not cost its neighbours their answers.

IngestRequest and IngestStreamRequest have the same form on the wire: `repeated IngestItem items = 1`.
The fast path parses everything at once; only when that fails the items are taken apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from google.protobuf.message import DecodeError

from ingestd.core import defects
from ingestd.core.outcomes import Refusal
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.ingest_service_pb2 import IngestItem, IngestRequest

#: Most items of a message.
MAX_ITEMS = 1000
_ITEMS, _TAG = 1, 1


class Item(NamedTuple):
    """One event with the sender's mark, or what was wrong with it."""

    tag: int
    event: GameEvent | Refusal
    event_id: str = ""
    """What the sender calls it, where a refused one still tells."""


class Reading(NamedTuple):
    """What a message held."""

    items: Sequence[Item]
    malformed: Refusal | None
    """Set when the bytes, or a part of them, were not what they should be: the message is a dead letter."""


def games_of(items: Sequence[Item]) -> list[str]:
    """Return the game of each item, for the limits; nothing for those that could not be read."""
    return [item.event.game_id if isinstance(item.event, GameEvent) else "" for item in items]


def read_request(payload: bytes) -> Reading:
    """Return the events in the bytes of an IngestRequest or IngestStreamRequest."""
    try:
        request = IngestRequest.FromString(payload)
    except DecodeError:
        return _take_apart(payload)
    if len(request.items) > MAX_ITEMS:
        refusal = Refusal(
            ErrorReason.ERROR_REASON_TOO_LARGE,
            "items",
            f"a message has at most {MAX_ITEMS} items; this one has {len(request.items)}",
            {"limit_items": str(MAX_ITEMS)},
        )
        # One answer for all: an answer each would let a megabyte of empty items ask for twenty.
        return Reading([Item(0, refusal)], None)
    return Reading([Item(item.tag, item.event) for item in request.items], None)


def malformed(defect: defects.Defect, format_name: str) -> Refusal:
    """Refuse bytes that are not the message that they should be."""
    return Refusal(ErrorReason.ERROR_REASON_MALFORMED, defect.field, defect.message, {"format": format_name})


def _take_apart(payload: bytes) -> Reading:
    whole = malformed(defects.explain_bytes(IngestRequest.DESCRIPTOR, payload), "protobuf")
    try:
        bodies = [
            field.value
            for field in defects.wire_fields(payload)
            if field.number == _ITEMS and isinstance(field.value, bytes)
        ]
    except defects.Cut:
        # Where a message breaks off nobody knows what was meant to follow: nothing of it is taken, and the
        # answer goes to tag 0, the message as a whole.
        return Reading([Item(0, whole)], whole)
    if len(bodies) > MAX_ITEMS:
        return Reading([Item(0, whole)], whole)
    return Reading([_item(body) for body in bodies] or [Item(0, whole)], whole)


def _item(body: bytes) -> Item:
    try:
        item = IngestItem.FromString(body)
    except DecodeError:
        defect = defects.explain_bytes(IngestItem.DESCRIPTOR, body)
        return Item(_tag_of(body), malformed(defect, "protobuf"))
    return Item(item.tag, item.event)


def _tag_of(body: bytes) -> int:
    tag = 0
    # Of bytes that are cut, what was read so far is the best there is.
    with suppress(defects.Cut):
        for field in defects.wire_fields(body):
            if field.number == _TAG and isinstance(field.value, int):
                tag = field.value & 0xFFFF_FFFF_FFFF_FFFF
    return tag
