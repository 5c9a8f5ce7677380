"""Which games a request for a list asks for, as values: filters, order, pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from pushd.http_errors import invalid
from scoreline.domain.ids import is_id
from scoreline.v1.game_pb2 import Game, Sport
from scoreline.v1.state_pb2 import GameStatus

MAX_PAGE_SIZE = 1000
DEFAULT_PAGE_SIZE = 100

_PARAMETERS = ("sport", "competition_id", "status", "page_size", "page_token")
_TOKEN = re.compile(r"(-?[0-9]{1,15})\.([A-Za-z0-9_-]{1,64})", re.ASCII)

T = TypeVar("T", bound=int)

#: Where a game stands in the order of all lists.
Place = tuple[int, str]


class ListRequest(NamedTuple):
    """A page of a filtered list."""

    sport: Sport.ValueType | None
    competition_id: str
    status: GameStatus.ValueType | None
    page_size: int
    after: Place | None


def parse(query: Mapping[str, str]) -> ListRequest:
    """Return what a query string asks for; raises `ScorelineError` naming the parameter that is wrong."""
    for name in query:
        if name not in _PARAMETERS:
            raise invalid(name, f"unknown parameter; known are {', '.join(_PARAMETERS)}")
    competition_id = query.get("competition_id", "")
    if competition_id and not is_id(competition_id):
        raise invalid("competition_id", "letters, digits, _ and - only, at most 64")
    return ListRequest(
        _named(query, "sport", Sport.items(), "SPORT_"),
        competition_id,
        _named(query, "status", GameStatus.items(), "GAME_STATUS_"),
        number(query, "page_size", DEFAULT_PAGE_SIZE, 1, MAX_PAGE_SIZE),
        _place(query.get("page_token", "")),
    )


def select(games: Iterable[Game], request: ListRequest) -> list[Game]:
    """Return the games behind the page token that pass the filters of the catalog, in order."""
    chosen = [
        game
        for game in games
        if (request.sport is None or game.sport == request.sport)
        and (not request.competition_id or game.competition_id == request.competition_id)
        and (request.after is None or place(game) > request.after)
    ]
    chosen.sort(key=place)
    return chosen


def place(game: Game) -> Place:
    """Return where a game stands: by scheduled time, then id."""
    return (game.scheduled_time.seconds, game.game_id)


def token(game: Game) -> str:
    """Return the page token of the list behind `game`."""
    seconds, game_id = place(game)
    return f"{seconds}.{game_id}"


def number(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """Return a whole number of a query string."""
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 20 and least <= int(text) <= most):
        raise invalid(name, f"a whole number from {least} to {most}")
    return int(text)


def _named(query: Mapping[str, str], name: str, values: list[tuple[str, T]], prefix: str) -> T | None:
    text = query.get(name)
    if text is None:
        return None
    known = {key.removeprefix(prefix): value for key, value in values if value}
    found = known.get(text.upper().removeprefix(prefix))
    if found is None:
        raise invalid(name, f"one of {', '.join(key.lower() for key in known)}")
    return found


def _place(text: str) -> Place | None:
    if not text:
        return None
    found = _TOKEN.fullmatch(text)
    if found is None:
        raise invalid("page_token", "not a token of ours")
    return (int(found[1]), found[2])
