"""Who plays: teams, players, time and place as a live document tells them."""

from __future__ import annotations

from collections.abc import Iterable

from scoreline.feeds.document import Place
from scoreline.feeds.instants import maybe_instant_ms
from scoreline.feeds.mlb import specification as spec
from scoreline.feeds.mlb.plays import Play
from scoreline.v1.game_pb2 import Competition, Game, GameProvider, Side, Sport, Team

COMPETITION = Competition(competition_id="mlb", name="MLB", sport=Sport.SPORT_BASEBALL, country="USA")


def read_game(root: Place, external_game_id: str, provider_id: str) -> Game:
    """Return the game as far as the document tells it, without the players."""
    game = Game(
        sport=Sport.SPORT_BASEBALL,
        competition_id=COMPETITION.competition_id,
        providers=[GameProvider(provider_id=provider_id, external_game_id=external_game_id)],
    )
    data = root.child("gameData")
    teams = data.child("teams")
    for key, target in (("home", game.home), ("away", game.away)):
        target.CopyFrom(_read_team(teams.child(key)))
    linescore = root.child("liveData").maybe("linescore")
    innings = linescore.maybe("scheduledInnings") if linescore else None
    game.rules.regular_periods = (
        innings.whole(1, spec.SCHEDULED_INNINGS) if innings else spec.SCHEDULED_INNINGS
    )
    times, about, venue = data.maybe("datetime"), data.maybe("game"), data.maybe("venue")
    start_ms = maybe_instant_ms(times, "dateTime") if times else None
    if start_ms is not None:
        game.scheduled_time.FromMilliseconds(start_ms)
    season = about.maybe("season") if about else None
    game.season = season.text(max_chars=20) if season else ""
    name = venue.maybe("name") if venue else None
    game.venue = name.text() if name else ""
    return game


def read_roster(root: Place, game: Game, plays: Iterable[Play]) -> None:
    """List the players: both sides of the box score, then whoever else bats or pitches."""
    known: set[int] = set()
    box = root.child("liveData").maybe("boxscore")
    sides = box.maybe("teams") if box else None
    for key, side in (("home", Side.SIDE_HOME), ("away", Side.SIDE_AWAY)):
        team = sides.maybe(key) if sides else None
        players = team.maybe("players") if team else None
        for _, player in players.members() if players else ():
            person, shirt = player.child("person"), player.maybe("jerseyNumber")
            number = person.child("id").digits(1)
            if number not in known:
                known.add(number)
                _add(game, number, person.child("fullName").text(), side, shirt.text() if shirt else "")
    for play in plays:
        batting, fielding = Side.SIDE_HOME, Side.SIDE_AWAY
        if play.is_top:
            batting, fielding = fielding, batting
        for (number, name), side in zip(play.names, (batting, fielding), strict=True):
            if number and name and number not in known:
                known.add(number)
                _add(game, number, name, side, "")


def player_id(number: int) -> str:
    """Return our id of the feed's player; empty for nobody."""
    return f"mlb-{number}" if number else ""


def _add(game: Game, number: int, name: str, side: Side.ValueType, shirt: str) -> None:
    entry = game.roster.add(player_id=player_id(number), name=name, side=side)
    if shirt.isascii() and shirt.isdigit() and len(shirt) < 3:
        entry.shirt_number = int(shirt)


def _read_team(place: Place) -> Team:
    short = place.maybe("abbreviation")
    return Team(
        team_id=f"mlb-{place.child('id').digits(1)}",
        name=place.child("name").text(),
        short_name=short.text(max_chars=8) if short else "",
    )
