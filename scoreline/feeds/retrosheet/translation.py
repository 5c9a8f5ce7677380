"""Translate Retrosheet's event files (.EVA, .EVN, .EVE): any number of games in one file.

Rules that the format leaves to the reader:

- A fact is named by its line within the game, counted from the line after `id`; that is its order too.
- Runs, outs and bases are those of the play string; no line states a score.
- A `radj` line stands before the play for which its runner is put on base.
- `info,innings,7` makes the eighth inning an extra one; `info,htbf,true` lets the home team bat first.
- `NP` is no play: it makes place for the substitution that follows.
- A game is complete when its `data` lines are there, when another one follows, or when the play cannot go
  on: the last scheduled inning or a later one is over with a lead, or the home team has taken one in it.
- There are no times: a replay leaves a plausible pause between plays.
- The start's hour has no zone and is left out.

The information used here was obtained free of charge from and is copyrighted by Retrosheet
(www.retrosheet.org) wherever such files are.
"""

from __future__ import annotations

from scoreline.feeds.adapter import GameLookup, GameTranslation, Malformed, Translation, nobody_knows
from scoreline.feeds.document import Place, Unfit
from scoreline.feeds.retrosheet.records import GameRecords, Man, read_games
from scoreline.feeds.retrosheet.walk import Walk, player_id
from scoreline.v1.game_pb2 import Competition, Game, GameProvider, Side, Sport, Team

_COMPETITION = Competition(competition_id="mlb", name="MLB", sport=Sport.SPORT_BASEBALL, country="USA")
_SCHEDULED_INNINGS = 9


class Retrosheet:
    """Retrosheet's event files."""

    name = "retrosheet"
    aliases = ("retrosheet-events",)
    sport = Sport.SPORT_BASEBALL

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate all games of a file."""
        try:
            games = read_games(document)
            followed = len(games) - 1
            return Translation(
                tuple(
                    _translate(game, provider_id, lookup, is_closed=game.has_data or number < followed)
                    for number, game in enumerate(games)
                )
            )
        except Unfit as unfit:
            return unfit.malformed


def _translate(
    records: GameRecords, provider_id: str, lookup: GameLookup, *, is_closed: bool
) -> GameTranslation:
    game = _read_game(records, provider_id)
    known = lookup(records.game_id)
    game.game_id = known.game_id if known is not None else f"retrosheet-{records.game_id}"
    home_first = records.facts.get("htbf", "").lower() == "true"
    walk = Walk(game.game_id, game.rules.regular_periods, home_first=home_first)
    events = tuple(walk.events(records.records, is_closed=is_closed))
    return GameTranslation(records.game_id, game, _COMPETITION, events, walk.is_over)


def _read_game(records: GameRecords, provider_id: str) -> Game:
    facts, place = records.facts, records.place
    innings = Place(facts["innings"], place.path).digits(1, _SCHEDULED_INNINGS) if facts.get("innings") else 0
    game = Game(
        sport=Sport.SPORT_BASEBALL,
        competition_id=_COMPETITION.competition_id,
        providers=[GameProvider(provider_id=provider_id, external_game_id=records.game_id)],
        season=records.game_id[3:7],
        venue=facts.get("site", ""),
    )
    game.rules.regular_periods = innings or _SCHEDULED_INNINGS
    for team, key in ((game.home, "hometeam"), (game.away, "visteam")):
        code = facts.get(key, "")
        if not (code.isascii() and code.isalnum() and len(code) <= 8):
            raise place.unfit(f"begins a game without its {key}")
        team.CopyFrom(Team(team_id=f"retrosheet-{code}", name=code, short_name=code))
    seen: set[str] = set()
    for record in records.records:
        if isinstance(record, Man) and record.player not in seen:
            seen.add(record.player)
            side = Side.SIDE_HOME if record.team else Side.SIDE_AWAY
            game.roster.add(player_id=player_id(record.player), name=record.name or record.player, side=side)
    return game
