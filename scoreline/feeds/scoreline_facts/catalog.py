"""Who plays where and when, as match facts tell it."""

from __future__ import annotations

from datetime import UTC, datetime

from scoreline.domain.ids import is_id
from scoreline.feeds.document import Place
from scoreline.v1.game_pb2 import Competition, Game, Side, Sport, Team

#: Player ids by shirt number, for each side.
Squads = dict[Side.ValueType, dict[int, str]]


def read_competition(root: Place) -> Competition | None:
    """Return the competition, where one is told."""
    place = root.maybe("competition")
    if place is None:
        return None
    return Competition(
        competition_id=read_id(place.child("id")), name=place.child("name").text(), sport=Sport.SPORT_FOOTBALL
    )


def read_side(place: Place, side: Side.ValueType, game: Game) -> dict[int, str]:
    """Fill in one side of the game and return its player ids by shirt number."""
    short = place.maybe("short_name")
    team = Team(
        team_id=read_id(place.child("id")),
        name=place.child("name").text(),
        short_name=short.text(max_chars=8) if short else "",
    )
    (game.home if side == Side.SIDE_HOME else game.away).CopyFrom(team)
    squad: dict[int, str] = {}
    players = place.maybe("players")
    for player in players.items() if players else ():
        shirt = player.child("shirt").digits(1, 99)
        if shirt in squad:
            raise player.child("shirt").unfit(f"{shirt} is worn twice")
        own_id = player.maybe("id")
        squad[shirt] = read_id(own_id) if own_id else f"{team.team_id[:60]}-{shirt}"
        game.roster.add(
            player_id=squad[shirt], name=player.child("name").text(), side=side, shirt_number=shirt
        )
    return squad


def read_id(place: Place) -> str:
    """Return an id of ours."""
    text = place.text()
    if not is_id(text):
        raise place.unfit("should hold 1 to 64 letters, digits, `_` or `-`")
    return text


def read_time(place: Place) -> datetime:
    """Return a time that says its zone, in UTC."""
    try:
        parsed = datetime.fromisoformat(place.text(max_chars=40))
        if parsed.tzinfo is None:
            raise place.unfit("should say its zone, such as 2018-06-30T14:00:00Z")
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise place.unfit("should be an ISO 8601 time") from None
