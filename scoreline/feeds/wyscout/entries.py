"""The entries of a Wyscout file, checked and in order, still in the file's terms."""

from __future__ import annotations

from typing import NamedTuple

from scoreline.feeds.document import Place, excerpt
from scoreline.feeds.wyscout import specification as spec
from scoreline.v1.game_pb2 import Side

#: Longest time within one period.
_MAX_PERIOD_S = 7_200.0
_PERIOD_ORDER = {name: place for place, name in enumerate(spec.PERIODS)}


class Entry(NamedTuple):
    """One checked entry of `events`."""

    entry_id: int
    period: str
    second: float
    side: Side.ValueType
    player_id: str
    name: str
    sub_name: str
    tags: frozenset[int]
    at: tuple[int, int] | None
    """Where it began, in permille from the acting side's own goal line and from its left."""


def read_entries(place: Place, sides: dict[int, Side.ValueType]) -> tuple[str, list[Entry]]:
    """Return the name of the match and its entries in the order of play."""
    items = place.items()
    if not items:
        raise place.unfit("is empty: the file does not even say which match it is")
    match_id = items[0].child("matchId").digits(1)
    entries: dict[int, Entry] = {}
    for item in items:
        if item.child("matchId").digits(1) != match_id:
            raise item.child("matchId").unfit(f"differs from that of the first entry, {match_id}")
        entry = _read_entry(item, sides)
        entries[entry.entry_id] = entry
    ordered = sorted(entries.values(), key=lambda one: (_PERIOD_ORDER[one.period], one.second, one.entry_id))
    return str(match_id), ordered


def _read_entry(place: Place, sides: dict[int, Side.ValueType]) -> Entry:
    period = place.child("matchPeriod").text()
    if period not in spec.PERIODS:
        raise place.child("matchPeriod").unfit(
            f"should be one of {', '.join(spec.PERIODS)}, is {excerpt(period)}"
        )
    team_id = place.child("teamId").digits()
    if team_id not in sides:
        raise place.child("teamId").unfit(f"{team_id} is not one of the two teams")
    player = place.maybe("playerId")
    player_id = player.digits() if player else 0
    return Entry(
        entry_id=place.child("id").digits(1),
        period=period,
        second=place.child("eventSec").number(0, _MAX_PERIOD_S),
        side=sides[team_id],
        player_id=f"wyscout-{player_id}" if player_id else "",
        name=place.child("eventName").text(),
        sub_name=_optional_text(place, "subEventName"),
        tags=frozenset(tag.child("id").digits() for tag in place.child("tags").items()),
        at=_read_position(place),
    )


def _optional_text(place: Place, key: str) -> str:
    found = place.maybe(key)
    return found.text() if found else ""


def _read_position(place: Place) -> tuple[int, int] | None:
    positions = place.maybe("positions")
    listed = positions.items() if positions else []
    if not listed:
        return None
    x, y = listed[0].child("x").number(-1e6, 1e6), listed[0].child("y").number(-1e6, 1e6)
    # A place off the field is a mistake of the tagger; the fact itself stands.
    return (round(x * 10), round(y * 10)) if 0 <= x <= 100 and 0 <= y <= 100 else None


def is_goal(entry: Entry) -> bool:
    """Whether it is a goal of the entry's own side, in play or in a shoot-out."""
    # A keeper who was beaten carries the goal tag too, on his save attempt.
    return spec.TAG_GOAL in entry.tags and entry.name in (spec.SHOT, spec.FREE_KICK)


def is_shootout_kick(entry: Entry) -> bool:
    """Whether it is an attempt of the shoot-out."""
    return entry.period == "P" and (entry.name == spec.SHOT or entry.sub_name == spec.PENALTY)
