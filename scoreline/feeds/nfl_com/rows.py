"""The rows of a play-by-play, checked and in order, still in the feed's terms."""

from __future__ import annotations

import re
from typing import NamedTuple

from scoreline.feeds import gridiron
from scoreline.feeds.document import Place
from scoreline.feeds.instants import maybe_instant_ms
from scoreline.feeds.nfl_com import specification as spec

_MOST_ORDER = 10**9 - 1
_TIME_ONLY = re.compile(r"\d{1,2}:\d{2}(:\d{2})?(\.\d+)?", re.ASCII)


class Stat(NamedTuple):
    """What a row credits a player with."""

    number: int
    team: str
    player: str
    """The feed's id, empty for a team."""
    name: str


class Row(NamedTuple):
    """One entry of `plays`."""

    place: Place
    play_id: int
    order: int
    quarter: int
    kind: str
    """`playType`."""
    deleted: bool
    scores: bool
    score_kind: str
    """`scoringPlayType`, empty for tries."""
    scorer: str
    """The scoring team's id."""
    possession: str
    possession_name: str
    """Its abbreviation, as in spots."""
    left_ms: int | None
    down: int
    distance: int
    spot: str
    at_ms: int | None
    text: str
    stats: tuple[Stat, ...]


def read_rows(place: Place) -> list[Row]:
    """Return the rows in feed order; a play that is listed twice counts as listed last."""
    rows = {row.play_id: row for row in map(_read_row, place.items())}
    return sorted(rows.values(), key=lambda row: (row.order, row.play_id))


def _read_row(place: Place) -> Row:
    text, stats = place.maybe("playDescription"), place.maybe("playStats")
    deleted, down, distance = place.maybe("playDeleted"), place.maybe("down"), place.maybe("yardsToGo")
    scores = place.maybe("scoringPlay")
    return Row(
        place=place,
        play_id=place.child("playId").whole(0, _MOST_ORDER),
        order=place.child("orderSequence").whole(0, _MOST_ORDER),
        quarter=place.child("quarter").whole(1, gridiron.MOST_PERIODS),
        kind=place.child("playType").text(max_chars=60),
        deleted=bool(deleted and deleted.flag()),
        scores=bool(scores and scores.flag()),
        score_kind=_text(place, "scoringPlayType"),
        scorer=_team(place, "scoringTeam", "id"),
        possession=_team(place, "possessionTeam", "id"),
        possession_name=_team(place, "possessionTeam", "abbreviation"),
        left_ms=_left(place),
        down=down.whole(0, 4) if down else 0,
        distance=distance.whole(-99, 199) if distance else 0,
        spot=_text(place, "yardLine"),
        at_ms=_instant_ms(place),
        text=text.prose(max_chars=2000) if text else "",
        stats=tuple(_read_stat(item) for item in stats.items()) if stats else (),
    )


def _read_stat(place: Place) -> Stat:
    return Stat(
        number=place.child("statId").whole(),
        team=_team(place, "team", "id"),
        player=_team(place, "gsisPlayer", "id"),
        name=_text(place, "playerName"),
    )


def _left(place: Place) -> int | None:
    shown = place.maybe("clockTime")
    text = shown.text(max_chars=12) if shown else ""
    if shown is None or not text:
        return None
    left = gridiron.left_ms(text)
    if left is None:
        raise shown.unfit("should be what is left of a quarter, such as 14:09")
    return left


def _instant_ms(place: Place) -> int | None:
    # Older documents have the time of day alone, on no day.
    if _TIME_ONLY.fullmatch(_text(place, "timeOfDay")):
        return None
    return maybe_instant_ms(place, "timeOfDay")


def _team(place: Place, key: str, member: str) -> str:
    found = place.maybe(key)
    return _text(found, member) if found else ""


def _text(place: Place, key: str) -> str:
    found = place.maybe(key)
    return found.text() if found else ""


def is_over(phase: str) -> bool:
    """Whether a phase says that the game is over: `FINAL`, `FINAL_OVERTIME`."""
    return phase.startswith("FINAL")


def is_try(row: Row) -> bool:
    """Whether a row is the try after a touchdown."""
    return row.kind in (spec.KICKED_TRY, spec.PLAYED_TRY) or spec.CONVERSION_TRIED in row.text
