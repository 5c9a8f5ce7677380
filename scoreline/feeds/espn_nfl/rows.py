"""The rows of a play-by-play, checked and in order, still in the feed's terms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from scoreline.feeds import gridiron
from scoreline.feeds.document import Place
from scoreline.feeds.instants import maybe_instant_ms

_MOST_SEQUENCE = 10**9 - 1


class Row(NamedTuple):
    """One entry of a drive's `plays`."""

    place: Place
    row_id: str
    sequence: int
    kind: str
    """`type.text`."""
    abbreviation: str
    scoring: str
    """`scoringType.name`."""
    scores: bool
    try_value: int | None
    """`pointAfterAttempt.value`."""
    try_text: str
    period: int
    left_ms: int | None
    team: str
    """The team in possession before it."""
    end_team: str
    down: int
    distance: int
    yard_line: int
    """From the home side's goal line."""
    score: tuple[int, int]
    at_ms: int | None
    modified_ms: int
    text: str


def read_rows(package: Place) -> list[Row]:
    """Return the rows in order; of two under one id the later modified one counts.

    The order is that of the sequence numbers within a period: the drives file rows under other rows.
    """
    latest: dict[str, Row] = {}
    for item in _plays(package):
        row = _read_row(item)
        before = latest.get(row.row_id)
        if before is None or row.modified_ms >= before.modified_ms:
            latest[row.row_id] = row
    return sorted(latest.values(), key=lambda row: (row.period, row.sequence, row.row_id))


def _plays(package: Place) -> Iterator[Place]:
    drives = package.child("drives")
    previous, current = drives.maybe("previous"), drives.maybe("current")
    for drive in (*(previous.items() if previous else ()), *((current,) if current else ())):
        plays = drive.maybe("plays")
        yield from plays.items() if plays else ()


def _read_row(place: Place) -> Row:
    kind, start = place.child("type"), place.maybe("start")
    left = _left(place)
    scoring, attempt = place.maybe("scoringType"), place.maybe("pointAfterAttempt")
    value = attempt.maybe("value") if attempt else None
    text = place.maybe("text")
    return Row(
        place=place,
        row_id=str(place.child("id").digits(1)),
        sequence=place.child("sequenceNumber").digits(1, _MOST_SEQUENCE),
        kind=_text(kind, "text"),
        abbreviation=_text(kind, "abbreviation"),
        scoring=_text(scoring, "name"),
        scores=place.child("scoringPlay").flag(),
        try_value=value.whole(0, gridiron.CONVERSION) if value else None,
        try_text=_text(attempt, "text"),
        period=place.child("period").child("number").whole(1, gridiron.MOST_PERIODS),
        left_ms=left,
        team=_team(start),
        end_team=_team(place.maybe("end")),
        down=_whole(start, "down", -1, 5),
        distance=_whole(start, "distance", -99, 199),
        yard_line=_whole(start, "yardLine", -20, 120),
        score=(place.child("homeScore").digits(0, 250), place.child("awayScore").digits(0, 250)),
        at_ms=maybe_instant_ms(place, "wallclock"),
        modified_ms=maybe_instant_ms(place, "modified") or 0,
        text=text.prose(max_chars=2000) if text else "",
    )


def _left(place: Place) -> int | None:
    clock = place.maybe("clock")
    shown = clock.maybe("displayValue") if clock else None
    if shown is None:
        return None
    left = gridiron.left_ms(shown.text(max_chars=12))
    if left is None:
        raise shown.unfit("should be what is left of a period, such as 14:09")
    return left


def _team(place: Place | None) -> str:
    team = place.maybe("team") if place else None
    number = team.maybe("id") if team else None
    return str(number.digits(1)) if number else ""


def _whole(place: Place | None, key: str, least: int, most: int) -> int:
    found = place.maybe(key) if place else None
    return found.whole(least, most) if found else 0


def _text(place: Place | None, key: str) -> str:
    found = place.maybe(key) if place else None
    return found.text() if found else ""
