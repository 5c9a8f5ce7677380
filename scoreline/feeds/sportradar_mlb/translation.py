"""Translate Sportradar's MLB push feed: messages and heartbeats, one to a line or simply strung together.

Rules that the format leaves to the reader are those of the NBA feed (see sportradar_nba), and:

- A pitch put in play comes first as outcome `rPABO`, with the turn over but not how; the same id tells it
  later. Only then do hit, runs and count change.
- `runners` lists everybody on base at every pitch and steal: nobody listed is nobody on base. An ending base
  of 4 is a run.
- `half_start` of a top begins the inning. Line-ups come in inning 0, before the game.
- How many innings are scheduled is not told: nine.
"""

from __future__ import annotations

from scoreline.feeds.adapter import GameLookup, GameTranslation, Malformed, Translation, nobody_knows
from scoreline.feeds.document import Place, Unfit
from scoreline.feeds.instants import maybe_instant_ms
from scoreline.feeds.json_stream import read_values
from scoreline.feeds.sportradar_mlb import specification as spec
from scoreline.feeds.sportradar_mlb.messages import GameMessages, read_games
from scoreline.feeds.sportradar_mlb.walk import Walk
from scoreline.feeds.sportradar_nba.messages import read_id
from scoreline.feeds.sportradar_nba.walk import our_id
from scoreline.v1.game_pb2 import Competition, Game, GameProvider, Side, Sport, Team

_COMPETITION = Competition(competition_id="mlb", name="MLB", sport=Sport.SPORT_BASEBALL, country="USA")


class SportradarMlb:
    """Sportradar's MLB push feed."""

    name = "sportradar-mlb"
    aliases = ("sportradar-mlb-push",)
    sport = Sport.SPORT_BASEBALL

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
    game = Game(
        sport=Sport.SPORT_BASEBALL,
        competition_id=_COMPETITION.competition_id,
        providers=[GameProvider(provider_id=provider_id, external_game_id=told.game_id)],
        home=_team(told.game.child("home")),
        away=_team(told.game.child("away")),
    )
    game.rules.regular_periods = spec.SCHEDULED_INNINGS
    start_ms = maybe_instant_ms(told.game, "scheduled")
    if start_ms is not None:
        game.scheduled_time.FromMilliseconds(start_ms)
    known = lookup(told.game_id)
    game.game_id = known.game_id if known is not None else our_id(told.game_id)
    seen: set[str] = set()
    for message in told.messages:
        for person in message.people:
            if person.number not in seen and person.name:
                seen.add(person.number)
                side = Side.SIDE_AWAY if person.is_batting == message.is_top else Side.SIDE_HOME
                game.roster.add(player_id=our_id(person.number), name=person.name, side=side)
    walk = Walk(game.game_id)
    events = tuple(walk.events(told.messages))
    return GameTranslation(told.game_id, game, _COMPETITION, events, walk.is_over)


def _team(place: Place) -> Team:
    name, market, short = place.child("name").text(max_chars=100), place.maybe("market"), place.maybe("abbr")
    return Team(
        team_id=our_id(read_id(place.child("id"))),
        name=f"{market.text(max_chars=90)} {name}" if market else name,
        short_name=short.text(max_chars=8) if short else "",
    )
