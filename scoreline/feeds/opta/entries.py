"""The events of an F24 document, checked, still in the feed's terms."""

from __future__ import annotations

from typing import NamedTuple

from scoreline.feeds.halves import HALVES
from scoreline.feeds.markup import Element

MAX_ID = 10**11 - 1
MAX_SECONDS = 3 * 3600


class Entry(NamedTuple):
    """An `Event`, checked, still in the feed's terms."""

    element: Element
    entry_id: int
    version: int
    kind: int
    period: int
    second: int
    """Since the start of the period."""
    team: int
    qualifiers: dict[int, str]


def read_entry(element: Element) -> Entry:
    """Check an `Event`."""
    attributes = element.attributes
    period = attributes.child("period_id").digits(0, 99)
    played = attributes.child("min").digits(0, 300) * 60 + attributes.child("sec").digits(0, 59)
    begins = HALVES[period].begins_s if period in HALVES else 0
    version = attributes.maybe("version")
    qualifiers = {
        q.attributes.child("qualifier_id").digits(0, 10_000): q.get("value", max_chars=2_000)
        for q in element.named("Q")
    }
    return Entry(
        element=element,
        entry_id=attributes.child("id").digits(1, MAX_ID),
        version=version.digits(0, 1 << 60) if version else 0,
        kind=attributes.child("type_id").digits(0, 10_000),
        period=period,
        second=min(max(0, played - begins), MAX_SECONDS),
        team=attributes.child("team_id").digits(1),
        qualifiers=qualifiers,
    )
