"""The messages of a push stream, checked and gathered by game, still in the feed's terms."""

from __future__ import annotations

import re
from typing import NamedTuple

from scoreline.feeds.document import Place, excerpt
from scoreline.feeds.instants import maybe_instant_ms
from scoreline.feeds.sportradar_nba import specification as spec

_MAX_SEQUENCE = 1 << 58
_MAX_PERIOD = 14
_ID = re.compile(r"[A-Za-z0-9_-]{1,50}", re.ASCII)


class Person(NamedTuple):
    """A player whom a message names."""

    number: str
    name: str
    jersey: str
    team: str


class Message(NamedTuple):
    """One message with an event."""

    place: Place
    event_id: str
    is_delete: bool
    kind: str
    sequence: int
    period: int
    """Running number, overtimes counted on."""
    left_ms: int | None
    created_ms: int | None
    arrived_ms: int | None
    team: str
    possession: str
    player: str
    assist: str
    score: tuple[int, int] | None
    """The score when the message was sent, home first: not when the fact happened."""
    status: str
    text: str
    people: tuple[Person, ...]


class GameMessages(NamedTuple):
    """The messages of one game in order of arrival."""

    game_id: str
    league: str
    game: Place
    messages: list[Message]


def read_games(values: list[Place]) -> list[GameMessages]:
    """Return the games of a stream by their first message; heartbeats belong to none."""
    games: dict[str, GameMessages] = {}
    for value in values:
        payload = value.maybe("payload")
        if payload is None:
            if value.maybe("heartbeat") is None:
                raise value.unfit("is neither a heartbeat nor a message with a payload")
            continue
        game, metadata = payload.child("game"), value.child("metadata")
        game_id = read_id(game.child("id"))
        if game_id not in games:
            games[game_id] = GameMessages(game_id, _text(metadata, "league"), game, [])
        message = _read_message(value, payload, game, metadata)
        if message is not None:
            games[game_id].messages.append(message)
    return list(games.values())


def _read_message(value: Place, payload: Place, game: Place, metadata: Place) -> Message | None:
    event = payload.maybe("event")
    if event is None:
        return None
    is_delete = metadata.child("operation").text(max_chars=20) == "delete"
    period, sequence, left = event.maybe("period"), event.maybe("sequence"), event.maybe("clock_decimal")
    left = left or event.maybe("clock")
    if period is None and not is_delete:
        raise event.child("period").unfit("is missing")
    home, away = event.maybe("home_points"), event.maybe("away_points")
    created, updated = maybe_instant_ms(event, "created"), maybe_instant_ms(event, "updated")
    statistics = event.maybe("statistics")
    entries = statistics.items() if statistics else []
    acting = [one for one in entries if _text(one, "type") not in spec.OTHERS]
    return Message(
        place=value,
        event_id=read_id(event.child("id")),
        is_delete=is_delete,
        kind=event.child("event_type").text(max_chars=60),
        sequence=sequence.whole(1, _MAX_SEQUENCE) if sequence else 0,
        period=_period(period) if period else 0,
        left_ms=_left(left) if left else None,
        created_ms=created if created is not None else updated,
        arrived_ms=updated if updated is not None else created,
        team=_member(event, "attribution"),
        possession=_member(event, "possession"),
        player=_person(acting),
        assist=_person([one for one in entries if _text(one, "type") == "assist"]),
        score=(home.digits(0, 400), away.digits(0, 400)) if home and away else None,
        status=game.child("status").text(max_chars=40),
        text=_text(event, "description"),
        people=tuple(_people(event)),
    )


def _people(event: Place) -> list[Person]:
    court = event.maybe("on_court")
    found = []
    for key in ("home", "away") if court else ():
        team = court.maybe(key) if court else None
        players = team.maybe("players") if team else None
        for player in players.items() if team and players else ():
            number, name = player.maybe("id"), player.maybe("full_name")
            if number is not None and name is not None:
                shirt = _text(player, "jersey_number")
                found.append(Person(read_id(number), name.text(max_chars=100), shirt, key))
    return found


def _person(entries: list[Place]) -> str:
    for entry in entries:
        player = entry.maybe("player")
        if player is not None and player.maybe("id") is not None:
            return read_id(player.child("id"))
    return ""


def _period(place: Place) -> int:
    # An overtime is numbered from 1 again.
    number = place.child("number").whole(1, _MAX_PERIOD)
    if place.child("type").text(max_chars=20) == "overtime":
        return spec.REGULAR_PERIODS + min(number, _MAX_PERIOD - spec.REGULAR_PERIODS)
    if number > spec.REGULAR_PERIODS:
        raise place.child("number").unfit(f"should be at most {spec.REGULAR_PERIODS}, is {excerpt(number)}")
    return number


def _left(place: Place) -> int:
    left_ms = spec.clock_left_ms(place.text(max_chars=12))
    if left_ms is None:
        raise place.unfit(f"should be what is left of a period, such as 5:02, is {excerpt(place.value)}")
    return left_ms


def _member(event: Place, key: str) -> str:
    found = event.maybe(key)
    return read_id(found.child("id")) if found else ""


def read_id(place: Place) -> str:
    """Return an id of the feed."""
    found = place.text(max_chars=50)
    if not _ID.fullmatch(found):
        raise place.unfit(f"should be an id, is {excerpt(found)}")
    return found


def _text(place: Place, key: str) -> str:
    found = place.maybe(key)
    return found.prose(max_chars=300) if found else ""
