"""The actions of a play-by-play document, checked and in order, still in the feed's terms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from scoreline.feeds.document import Place
from scoreline.feeds.nba_live import specification as spec

#: More overtimes than any game has had (six, in 1951).
_MAX_PERIOD = spec.REGULAR_PERIODS + 20
_MAX_ORDER = 1 << 60
#: No league plays longer periods than halves of twenty minutes.
_MAX_LEFT_MS = 20 * 60_000


class Action(NamedTuple):
    """One entry of `actions`."""

    place: Place
    number: int
    order: int
    kind: str
    sub_kind: str
    descriptor: str
    period: int
    left_ms: int
    """Time left in the period."""
    at_ms: int | None
    """When it happened, in unix milliseconds."""
    edited_ms: int
    """When it was last edited, 0 when the feed does not say."""
    team: int
    tricode: str
    player: int
    player_name: str
    assist: int
    possession: int
    score: tuple[int, int] | None
    """The score after it, home first."""
    made: bool
    text: str
    tag: str = ""
    """Tells facts of one number apart, where a feed has such."""


def read_actions(place: Place) -> list[Action]:
    """Return the actions in feed order; of two under one number the later edited one counts."""
    latest: dict[int, Action] = {}
    for item in place.items():
        action = _read_action(item)
        before = latest.get(action.number)
        if before is None or action.edited_ms >= before.edited_ms:
            latest[action.number] = action
    return sorted(latest.values(), key=lambda action: (action.order, action.number))


def read_instant(place: Place) -> int:
    """Return an ISO 8601 time as unix milliseconds; one without a zone is UTC, as everywhere in this feed."""
    try:
        parsed = datetime.fromisoformat(place.text(max_chars=40))
        instant = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        return int(Place(instant.timestamp(), place.path).number(0, 253_402_300_799) * 1000)
    except (ValueError, OverflowError):
        raise place.unfit("should be an ISO 8601 time") from None


def _read_action(place: Place) -> Action:
    kind = place.child("actionType").text(max_chars=40)
    home, away = place.maybe("scoreHome"), place.maybe("scoreAway")
    left_ms = spec.clock_left_ms(place.child("clock").text(max_chars=40))
    if left_ms is None or left_ms > _MAX_LEFT_MS:
        raise place.child("clock").unfit("should be what is left of a period, such as PT11M22.00S")
    at, edited = place.maybe("timeActual"), place.maybe("edited")
    description = place.maybe("description")
    made = False
    if kind in spec.ATTEMPTS:
        result = place.child("shotResult").text()
        if result not in ("Made", "Missed"):
            raise place.child("shotResult").unfit("should be Made or Missed")
        made = result == "Made"
    return Action(
        place=place,
        number=place.child("actionNumber").digits(),
        order=place.child("orderNumber").digits(0, _MAX_ORDER),
        kind=kind,
        sub_kind=_text(place, "subType"),
        descriptor=_text(place, "descriptor"),
        period=place.child("period").digits(1, _MAX_PERIOD),
        left_ms=left_ms,
        at_ms=read_instant(at) if at else None,
        edited_ms=read_instant(edited) if edited else 0,
        team=_digits(place, "teamId"),
        tricode=_text(place, "teamTricode", 8),
        player=_player(place, "personId"),
        player_name=_text(place, "playerNameI"),
        assist=_player(place, "assistPersonId"),
        possession=_digits(place, "possession"),
        score=(home.digits(0, 999), away.digits(0, 999)) if home and away else None,
        made=made,
        text=description.prose(max_chars=300) if description else "",
    )


def _text(place: Place, key: str, max_chars: int = 200) -> str:
    found = place.maybe(key)
    return found.text(max_chars=max_chars) if found else ""


def _digits(place: Place, key: str) -> int:
    found = place.maybe(key)
    return found.digits() if found else 0


def _player(place: Place, key: str) -> int:
    person = _digits(place, key)
    # A fact of the whole team carries the team's number in the player's place.
    return 0 if person == _digits(place, "teamId") else person
