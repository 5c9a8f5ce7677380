"""The plays of a game, checked and in order, still in the feed's terms."""

from __future__ import annotations

from typing import NamedTuple

from scoreline.feeds.document import Place
from scoreline.feeds.nhl import specification as spec

_MOST_ORDER = 1 << 40
_MOST_MINUTES = 25
_PERIOD_TYPES = (spec.REGULAR, spec.OVERTIME, spec.SHOOTOUT)


class Play(NamedTuple):
    """One entry of `plays`."""

    place: Place
    event_id: int
    order: int
    kind: str
    period: int
    period_type: str
    elapsed_ms: int
    situation: str
    team: int
    """The team that the play belongs to, 0 for nobody's."""
    player: int
    """Who scored, shot, or committed."""
    assist: int
    reasons: tuple[str, ...]
    """Why play was stopped."""
    offence: str
    minutes: int
    score: tuple[int, int] | None
    """The score after it, home first, where it says so."""


def read_plays(place: Place) -> list[Play]:
    """Return the plays in feed order; one that is listed twice counts as listed last."""
    plays = {play.event_id: play for play in map(_read_play, place.items())}
    return sorted(plays.values(), key=lambda play: (play.order, play.event_id))


def _read_play(place: Place) -> Play:
    period, clock = place.child("periodDescriptor"), place.child("timeInPeriod")
    period_type = period.child("periodType").text(max_chars=8)
    if period_type not in _PERIOD_TYPES:
        raise period.child("periodType").unfit("should be REG, OT or SO")
    elapsed = spec.elapsed_ms(clock.text(max_chars=8))
    if elapsed is None:
        raise clock.unfit("should be the time played in the period, such as 09:22")
    code, details = place.maybe("situationCode"), place.maybe("details") or Place({})
    home, away = details.maybe("homeScore"), details.maybe("awayScore")
    return Play(
        place=place,
        event_id=place.child("eventId").whole(),
        order=place.child("sortOrder").whole(0, _MOST_ORDER),
        kind=place.child("typeDescKey").text(max_chars=60),
        period=period.child("number").whole(1, spec.MOST_PERIODS),
        period_type=period_type,
        elapsed_ms=elapsed,
        situation=code.text(max_chars=8) if code else "",
        team=_whole(details, "eventOwnerTeamId"),
        player=_first(details, "scoringPlayerId", "shootingPlayerId", "committedByPlayerId", "playerId"),
        assist=_whole(details, "assist1PlayerId"),
        reasons=tuple(filter(None, (_text(details, "reason"), _text(details, "secondaryReason")))),
        offence=_text(details, "descKey"),
        minutes=min(_whole(details, "duration"), _MOST_MINUTES),
        score=(home.whole(0, 120), away.whole(0, 120)) if home and away else None,
    )


def _first(place: Place, *keys: str) -> int:
    return next((number for key in keys if (number := _whole(place, key))), 0)


def _whole(place: Place, key: str) -> int:
    found = place.maybe(key)
    return found.whole() if found else 0


def _text(place: Place, key: str) -> str:
    found = place.maybe(key)
    return found.text() if found else ""
