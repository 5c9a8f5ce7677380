"""Who plays, and how the game stands by its header."""

from __future__ import annotations

from typing import NamedTuple

from scoreline.feeds import gridiron
from scoreline.feeds.document import Place
from scoreline.feeds.instants import read_instant_ms
from scoreline.v1.game_pb2 import Competition, Game, Side, Sport, Team

_POST_SEASON = 3
_SIDES = {"home": Side.SIDE_HOME, "away": Side.SIDE_AWAY}


class Header(NamedTuple):
    """The head of a document."""

    external_game_id: str
    game: Game
    competition: Competition
    sides: dict[str, Side.ValueType]
    """Sides by the feed's team ids."""
    scoring_teams: dict[str, str]
    """The team that a scoring row is credited to, and what is said of it there, by row id."""
    scoring_texts: dict[str, str]
    completed: bool


def read_header(package: Place, provider_id: str) -> Header:
    """Return what the document says of the game itself."""
    header = package.child("header")
    external_game_id = str(header.child("id").digits(1))
    game = gridiron.propose_game(external_game_id, provider_id)
    contests = header.child("competitions").items()
    if not contests:
        raise header.child("competitions").unfit("should hold the game")
    sides = _read_teams(contests[0], game)
    date = contests[0].maybe("date")
    if date:
        game.scheduled_time.FromMilliseconds(read_instant_ms(date))
    season = header.maybe("season")
    if season:
        year, kind = season.maybe("year"), season.maybe("type")
        game.season = str(year.whole(1900, 2200)) if year else ""
        if kind and kind.whole() == _POST_SEASON:
            game.rules.overtime_period_s = gridiron.PLAYOFF_OVERTIME_S
    status = contests[0].maybe("status")
    kind_of_status = status.maybe("type") if status else None
    completed = kind_of_status.maybe("completed") if kind_of_status else None
    teams, texts = _read_credits(package)
    return Header(
        external_game_id,
        game,
        Competition(competition_id="nfl", name="NFL", sport=Sport.SPORT_AMERICAN_FOOTBALL, country="USA"),
        sides,
        teams,
        texts,
        bool(completed and completed.flag()),
    )


def _read_teams(contest: Place, game: Game) -> dict[str, Side.ValueType]:
    sides: dict[str, Side.ValueType] = {}
    for competitor in contest.child("competitors").items():
        side = _SIDES.get(competitor.child("homeAway").text())
        if side is None:
            raise competitor.child("homeAway").unfit("should be home or away")
        number, team = str(competitor.child("id").digits(1)), competitor.child("team")
        target = game.home if side == Side.SIDE_HOME else game.away
        target.CopyFrom(
            Team(
                team_id=f"espn-nfl-{number}",
                name=team.child("displayName").text(),
                short_name=team.child("abbreviation").text(max_chars=8),
            )
        )
        sides[number] = side
    if set(sides.values()) != set(_SIDES.values()) or len(sides) != len(_SIDES):
        raise contest.child("competitors").unfit("should hold one home and one away team")
    return sides


def _read_credits(package: Place) -> tuple[dict[str, str], dict[str, str]]:
    teams: dict[str, str] = {}
    texts: dict[str, str] = {}
    listed = package.maybe("scoringPlays")
    for item in listed.items() if listed else ():
        row_id, team, text = str(item.child("id").digits(1)), item.maybe("team"), item.maybe("text")
        number = team.maybe("id") if team else None
        if number:
            teams[row_id] = str(number.digits(1))
        texts[row_id] = text.prose(max_chars=2000) if text else ""
    return teams, texts
