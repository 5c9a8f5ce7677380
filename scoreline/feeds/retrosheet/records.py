"""The lines of an event file, checked and gathered by game, still in the file's terms."""

from __future__ import annotations

import csv
from typing import NamedTuple

from scoreline.feeds.adapter import Malformed
from scoreline.feeds.document import MAX_DOCUMENT_BYTES, Place, Unfit, excerpt
from scoreline.feeds.retrosheet import specification as spec
from scoreline.feeds.retrosheet.playstring import Told, read_play

#: A season of one team is 81 home games; more than all games of a league's day.
_MOST_GAMES = 3_000
_MOST_LINES = 600_000
_MOST_INNINGS = 39


class Play(NamedTuple):
    """A `play` line."""

    line: int
    inning: int
    team: int
    """0 for the visitors, 1 for the home team."""
    batter: str
    tally: tuple[int, int] | None
    told: Told | None
    """Nothing for `NP`, which only makes place for what follows."""


class Runner(NamedTuple):
    """A `radj` line: a runner put on base by rule, before the next play."""

    line: int
    player: str
    base: int


class Man(NamedTuple):
    """A `start` or `sub` line."""

    line: int
    player: str
    name: str
    team: int
    position: str


Record = Play | Runner | Man


class GameRecords(NamedTuple):
    """The lines of one game."""

    place: Place
    game_id: str
    facts: dict[str, str]
    """The `info` lines."""
    records: list[Record]
    has_data: bool
    """Whether the lines that close a game are there."""


def read_games(document: bytes) -> list[GameRecords]:
    """Return the games of a file, or raise `Unfit`."""
    if len(document) > MAX_DOCUMENT_BYTES:
        raise Unfit(Malformed("", f"the document is larger than {MAX_DOCUMENT_BYTES} bytes"))
    try:
        text = document.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        text = document.decode("latin-1")  # what older files are written in
    games: list[GameRecords] = []
    lines = text.split("\n")
    if len(lines) > _MOST_LINES:
        raise Unfit(Malformed("", f"has more than {_MOST_LINES} lines"))
    began = 0
    for number, line in enumerate(lines, 1):
        values = _values(number, line.rstrip("\r"))
        if not values:
            continue
        if values[0].value == spec.ID:
            if len(games) == _MOST_GAMES:
                raise Unfit(Malformed(f"line {number}", f"begins more than {_MOST_GAMES} games"))
            games.append(_begin(number, values))
            began = number
        elif not games:
            raise Unfit(Malformed(f"line {number}", "stands before the first `id` line"))
        else:
            _add(games, values, number - began)
    if not games:
        raise Unfit(Malformed("", "holds no game: there is no `id` line"))
    return games


def _values(number: int, line: str) -> list[Place]:
    if not line:
        return []
    try:
        [values] = csv.reader([line], strict=True)
    except (csv.Error, ValueError):
        # Comments are prose, with quotes as people set them; nothing is read of them.
        if line.startswith("com,"):
            return []
        raise Unfit(Malformed(f"line {number}", f"is not a line of values: {excerpt(line)}")) from None
    return [Place(value, f"line {number}") for value in values]


def _begin(number: int, values: list[Place]) -> GameRecords:
    game_id = _value(values, 1).text(max_chars=12)
    if not spec.GAME_ID.fullmatch(game_id):
        raise values[1].unfit(f"should name a game, such as HOU202007240, is {excerpt(game_id)}")
    return GameRecords(Place(None, f"line {number}"), game_id, {}, [], has_data=False)


def _add(games: list[GameRecords], values: list[Place], line: int) -> None:
    game, word = games[-1], values[0].value
    if word == spec.INFO:
        game.facts[_value(values, 1).text()] = values[2].text() if len(values) > 2 else ""
    elif word in (spec.START, spec.SUB):
        position = _value(values, 5).text(max_chars=2)
        team = _value(values, 3).digits(0, 1)
        game.records.append(
            Man(line, _player(values), _value(values, 2).prose(max_chars=100), team, position)
        )
    elif word == spec.RUNNER_ADJUSTED:
        game.records.append(Runner(line, _player(values), _value(values, 2).digits(1, 3)))
    elif word == spec.PLAY:
        game.records.append(_play(values, line))
    elif word == spec.DATA:
        games[-1] = game._replace(has_data=True)


def _play(values: list[Place], line: int) -> Play:
    count, event = _value(values, 4).text(), _value(values, 6).text()
    told = None
    if event != spec.NO_PLAY:
        told = read_play(event)
        if told is None:
            raise values[6].unfit(f"is a play that can't be read: {excerpt(event)}")
    return Play(
        line=line,
        inning=_value(values, 1).digits(1, _MOST_INNINGS),
        team=_value(values, 2).digits(0, 1),
        batter=_player(values, 3),
        tally=(int(count[0]), int(count[1])) if spec.COUNT.fullmatch(count) else None,
        told=told,
    )


def _player(values: list[Place], at: int = 1) -> str:
    player = _value(values, at).text(max_chars=12)
    if not (player.isascii() and player.isalnum()):
        # Some ids of early players hold a dash or an apostrophe.
        player = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in player)
    return player


def _value(values: list[Place], at: int) -> Place:
    if at >= len(values):
        raise values[0].unfit(f"has no value {at + 1}")
    return values[at]
