"""The messages of a push stream, checked and gathered by game, still in the feed's terms."""

from __future__ import annotations

from typing import NamedTuple

from scoreline.feeds.document import Place
from scoreline.feeds.instants import maybe_instant_ms
from scoreline.feeds.sportradar_mlb import specification as spec
from scoreline.feeds.sportradar_nba.messages import read_id

_MAX_SEQUENCE = 1 << 58


class Person(NamedTuple):
    """A player whom a message names."""

    number: str
    name: str
    is_batting: bool


class Message(NamedTuple):
    """One message with an event."""

    event_id: str
    is_delete: bool
    kind: str
    sequence: int
    inning: int
    """0 before the game."""
    is_top: bool
    outcome: str
    is_turn_over: bool
    balls_strikes_outs: tuple[int, int, int] | None
    runs: int
    bases: int | None
    hitter: str
    pitcher: str
    at_ms: int | None
    arrived_ms: int | None
    score: tuple[int, int]
    """The score when the message was sent, home first."""
    status: str
    text: str
    people: tuple[Person, ...]


class GameMessages(NamedTuple):
    """The messages of one game in order of arrival."""

    game_id: str
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
        game = payload.child("game")
        game_id = read_id(game.child("id"))
        told = games.setdefault(game_id, GameMessages(game_id, game, []))
        event = payload.maybe("event")
        if event is not None:
            operation = value.child("metadata").child("operation").text(max_chars=20)
            told.messages.append(_read_message(event, game, is_delete=operation == "delete"))
    return list(games.values())


def _read_message(event: Place, game: Place, *, is_delete: bool) -> Message:
    sequence, inning, half = event.maybe("sequence"), event.maybe("inning"), event.maybe("inning_half")
    if inning is None and not is_delete:
        raise event.child("inning").unfit("is missing")
    runners, flags, count = event.maybe("runners"), event.maybe("flags"), event.maybe("count")
    ends = [_end(runner) for runner in runners.items()] if runners else []
    over = flags.maybe("is_ab_over") if flags else None
    kind = event.child("type").text(max_chars=60)
    created, updated = maybe_instant_ms(event, "created_at"), maybe_instant_ms(event, "updated_at")
    people = tuple(_people(event))
    return Message(
        event_id=read_id(event.child("id")),
        is_delete=is_delete,
        kind=kind,
        sequence=sequence.whole(1, _MAX_SEQUENCE) if sequence else 0,
        inning=inning.whole(0, spec.MOST_INNINGS) if inning else 0,
        is_top=half is None or half.text(max_chars=4) == "T",
        outcome=_text(event, "outcome_id"),
        is_turn_over=over is not None and over.flag(),
        balls_strikes_outs=_count(count) if count else None,
        runs=min(ends.count(spec.HOME_PLATE), 4),
        # Every pitch and steal lists all who are on base; nobody listed is nobody on base.
        bases=sum({1 << (base - 1) for base in ends if 1 <= base <= 3}) if count else None,
        hitter=next((one.number for one in people if one.is_batting), ""),
        pitcher=next((one.number for one in people if not one.is_batting), ""),
        at_ms=created if created is not None else updated,
        arrived_ms=updated if updated is not None else created,
        score=(_runs(game, "home"), _runs(game, "away")),
        status=game.child("status").text(max_chars=40),
        text=_text(event, "description"),
        people=people,
    )


def _end(runner: Place) -> int:
    out, base = runner.maybe("out"), runner.maybe("ending_base")
    if out is not None and out.flag():
        return 0
    return base.whole(0, spec.HOME_PLATE) if base else 0


def _people(event: Place) -> list[Person]:
    found = []
    for key in ("hitter", "pitcher"):
        person = event.maybe(key)
        number = person.maybe("id") if person else None
        if person is not None and number is not None:
            first = _text(person, "preferred_name") or _text(person, "first_name")
            name = f"{first} {_text(person, 'last_name')}".strip()
            found.append(Person(read_id(number), name, key == "hitter"))
    return found


def _count(place: Place) -> tuple[int, int, int]:
    # A fifth ball or a fourth out is a slip of the scorer: what is shown stays believable.
    return (
        min(place.child("balls").whole(0, 9), 4),
        min(place.child("strikes").whole(0, 9), 3),
        min(place.child("outs").whole(0, 9), 3),
    )


def _runs(game: Place, key: str) -> int:
    runs = game.child(key).maybe("runs")
    return runs.whole(0, 100) if runs else 0


def _text(place: Place, key: str) -> str:
    found = place.maybe(key)
    return found.prose(max_chars=100) if found else ""
