"""Who plays: `match`, `teams` and `players` of a DataFactory file."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from scoreline.feeds.document import Place
from scoreline.v1.game_pb2 import Game, GameProvider, RosterEntry, Side, Sport, Team

_CLOCK = re.compile(r"\d{2}:\d{2}", re.ASCII)


def read_game(root: Place, provider_id: str) -> tuple[Game, dict[int, Side.ValueType]]:
    """Return the game as the file tells it, and the sides by team id."""
    match = root.child("match")
    game = Game(
        sport=Sport.SPORT_FOOTBALL,
        providers=[
            GameProvider(provider_id=provider_id, external_game_id=str(match.child("matchId").digits(1)))
        ],
    )
    sides: dict[int, Side.ValueType] = {}
    teams = root.maybe("teams")
    for key, side, target in (
        ("home", Side.SIDE_HOME, game.home),
        ("away", Side.SIDE_AWAY, game.away),
    ):
        number = match.child(f"{key}TeamId").digits(1)
        sides[number] = side
        name = match.child(f"{key}TeamName").text(max_chars=80)
        target.CopyFrom(Team(team_id=f"datafactory-{number}", name=name))
        described = teams.maybe(str(number)) if teams else None
        initials = described.maybe("initials") if described else None
        target.short_name = initials.text(max_chars=8) if initials else ""
    if len(sides) != 2:
        raise match.child("awayTeamId").unfit("is the home side's")
    _read_players(root, sides, game)
    _read_start(match, game)
    return game, sides


def player_id(place: Place, key: str) -> str:
    """Return our id of a player that an incidence names; empty when it names nobody."""
    found = place.maybe(key)
    number = found.digits() if found else 0
    return f"datafactory-{number}" if number else ""


def _read_players(root: Place, sides: dict[int, Side.ValueType], game: Game) -> None:
    players = root.maybe("players")
    for key, place in players.members() if players else ():
        side = sides.get(place.child("teamId").digits())
        if side is None:
            continue
        name, shirt = place.child("name"), place.maybe("squadNo")
        short = name.maybe("shortName") or name.child("last")
        game.roster.add().CopyFrom(
            RosterEntry(
                player_id=f"datafactory-{Place(key, place.path).digits(1)}",
                name=short.text(max_chars=80),
                side=side,
                shirt_number=shirt.digits(0, 999) if shirt else 0,
            )
        )


def _read_start(match: Place, game: Game) -> None:
    """Take the planned start, in the offset of the file's own clock; without one, none."""
    date, start, offset = match.maybe("date"), match.maybe("scheduledStart"), match.maybe("gmt")
    if date is None or start is None or not _CLOCK.fullmatch(start.text(max_chars=20)):
        return
    try:
        local = datetime.strptime(f"{date.text(max_chars=8)} {start.text()}", "%Y%m%d %H:%M")
        hours = offset.number(-14, 14) if offset else 0.0
        game.scheduled_time.FromDatetime(local - timedelta(hours=hours))
    except (ValueError, OverflowError):
        raise date.unfit("should be a day, such as 20180715") from None
