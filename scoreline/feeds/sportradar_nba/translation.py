"""Translate Sportradar's NBA push feed: messages and heartbeats, one to a line or simply strung together.

Rules that the format leaves to the reader:

- A fact is `event.id`. It comes again and again while it is filled in, often within one second and under the
  same `sequence`, sometimes as another type of event: no number of the feed tells the versions apart. So the
  revision is left at 0 and the last word to arrive counts; the same word once more is the same event.
- `sequence` is the place of the fact, not of the message; it ties and steps backwards.
- `home_points`, `away_points` are the score when the message was sent, so they are not checked against the
  facts of an earlier place: only a basket that arrives for the first time is.
- `delete` is a stub without period, sequence and team, and may name a fact never seen.
- An overtime is number 1 of type `overtime`.
- A stream joined after the start begins with a statement of the score that it was joined at, and of the
  periods that led there. A document of a single message makes no such statement.
- Only `game.status` ends a game: `complete` is over, `closed` is verified. Neither the end of a period with
  a lead nor the end of the stream does, and heartbeats say nothing of any game.
"""

from __future__ import annotations

from scoreline.feeds.adapter import (
    GameLookup,
    GameTranslation,
    Malformed,
    Translation,
    nobody_knows,
)
from scoreline.feeds.document import Place, Unfit
from scoreline.feeds.instants import maybe_instant_ms
from scoreline.feeds.json_stream import read_values
from scoreline.feeds.sportradar_nba import specification as spec
from scoreline.feeds.sportradar_nba.messages import GameMessages, read_games
from scoreline.feeds.sportradar_nba.walk import Walk, our_id
from scoreline.v1.game_pb2 import Competition, Game, GameProvider, Side, Sport, Team


class SportradarNba:
    """Sportradar's NBA push feed."""

    name = "sportradar-nba"
    aliases = ("sportradar-nba-push",)
    sport = Sport.SPORT_BASKETBALL

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate all games of a stream; one of heartbeats only has none."""
        try:
            games = read_games(read_values(document))
            return Translation(tuple(_translate(game, provider_id, lookup) for game in games))
        except Unfit as unfit:
            return unfit.malformed


def _translate(told: GameMessages, provider_id: str, lookup: GameLookup) -> GameTranslation:
    league = spec.LEAGUES.get(told.league, spec.LEAGUES["NBA"])
    game = _read_game(told, league, provider_id)
    known = lookup(told.game_id)
    game.game_id = known.game_id if known is not None else our_id(told.game_id)
    competition = Competition(
        competition_id=league.competition_id, name=league.name, sport=Sport.SPORT_BASKETBALL, country="USA"
    )
    teams = {
        told.game.child(key).child("id").text(): side
        for key, side in (("home", Side.SIDE_HOME), ("away", Side.SIDE_AWAY))
    }
    walk = Walk(game, teams)
    events = tuple(walk.events(told.messages))
    return GameTranslation(told.game_id, game, competition, events, walk.is_over)


def _read_game(told: GameMessages, league: spec.League, provider_id: str) -> Game:
    game = Game(
        sport=Sport.SPORT_BASKETBALL,
        competition_id=league.competition_id,
        providers=[GameProvider(provider_id=provider_id, external_game_id=told.game_id)],
    )
    game.rules.regular_periods = spec.REGULAR_PERIODS
    game.rules.regular_period_s, game.rules.overtime_period_s = league.period_s, league.overtime_s
    game.home.CopyFrom(_team(told.game.child("home")))
    game.away.CopyFrom(_team(told.game.child("away")))
    if game.home.team_id == game.away.team_id:
        raise told.game.child("away").unfit("is the home team once more")
    start_ms = maybe_instant_ms(told.game, "scheduled")
    if start_ms is not None:
        game.scheduled_time.FromMilliseconds(start_ms)
    seen: set[str] = set()
    for person in (person for message in told.messages for person in message.people):
        if person.number not in seen:
            seen.add(person.number)
            side = Side.SIDE_HOME if person.team == "home" else Side.SIDE_AWAY
            entry = game.roster.add(player_id=our_id(person.number), name=person.name, side=side)
            if person.jersey.isascii() and person.jersey.isdigit() and len(person.jersey) < 3:
                entry.shirt_number = int(person.jersey)
    return game


def _team(place: Place) -> Team:
    name, market = place.child("name").text(max_chars=100), place.maybe("market")
    short = place.maybe("alias")
    return Team(
        team_id=our_id(place.child("id").text(max_chars=50)),
        name=f"{market.text(max_chars=90)} {name}" if market else name,
        short_name=short.text(max_chars=8) if short else name[:8],
    )
