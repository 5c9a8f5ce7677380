"""Who plays: the teams of the document, the players that its statistics name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from scoreline.feeds import gridiron
from scoreline.feeds.document import Place
from scoreline.feeds.nfl_com.rows import Row
from scoreline.v1.game_pb2 import Competition, Game, RosterEntry, Side, Sport, Team

#: The feed's ids are UUIDs; with our prefix they are ids of ours.
_ID = re.compile(r"[A-Za-z0-9-]{1,50}", re.ASCII)

COMPETITION = Competition(
    competition_id="nfl", name="NFL", sport=Sport.SPORT_AMERICAN_FOOTBALL, country="USA"
)


def read_game(place: Place, provider_id: str) -> tuple[str, Game, dict[str, Side.ValueType]]:
    """Return the feed's id of the game, the proposal, and the sides by the feed's team ids."""
    external_game_id = _id(place.child("id"))
    game = gridiron.propose_game(external_game_id, provider_id)
    sides: dict[str, Side.ValueType] = {}
    for key, side, target in (
        ("homeTeam", Side.SIDE_HOME, game.home),
        ("visitorTeam", Side.SIDE_AWAY, game.away),
    ):
        team = place.child(key)
        number, short = _id(team.child("id")), team.child("abbreviation").text(max_chars=8)
        name = team.maybe("nickName")
        target.CopyFrom(Team(team_id=f"nfl-{number}", name=name.text() if name else short, short_name=short))
        sides[number] = side
    if len(sides) != len((game.home, game.away)):
        raise place.child("visitorTeam").unfit("should be another team than the home team")
    venue = place.maybe("stadium")
    game.venue = venue.text() if venue else ""
    return external_game_id, game, sides


def describe_from_rows(rows: Sequence[Row], sides: dict[str, Side.ValueType], game: Game) -> None:
    """Fill in the start, the length of overtime and the players as far as the rows tell them."""
    seen: set[str] = set()
    gridiron.adopt_overtime(game.rules, ((row.quarter, row.left_ms) for row in rows))
    for row in rows:
        if row.at_ms is not None and not game.HasField("scheduled_time"):
            game.scheduled_time.FromMilliseconds(row.at_ms)
            game.season = gridiron.season_of(datetime.fromtimestamp(row.at_ms / 1000, UTC))
        for stat in row.stats:
            side, player = sides.get(stat.team), player_id(stat.player)
            if side is not None and player and stat.name and player not in seen:
                seen.add(player)
                game.roster.append(RosterEntry(player_id=player, name=stat.name, side=side))


def player_id(number: str) -> str:
    """Return our id of the feed's player; empty for nobody and for what can't be an id."""
    return f"nfl-{number}" if _ID.fullmatch(number) else ""


def _id(place: Place) -> str:
    number = place.text(max_chars=50)
    if not _ID.fullmatch(number):
        raise place.unfit("should be an id of letters, digits and dashes")
    return number
