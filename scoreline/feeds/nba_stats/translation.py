"""Translate the play-by-play of stats.nba.com: version 2, version 3, and the summary that goes with both.

Rules that the formats leave to the reader:

- Rows stand in the order of play; EVENTNUM (v2) and actionNumber (v3) name a fact but do not rise with it.
- v2: SCORE is `away - home`, null where it is unchanged; PERSON1TYPE says who is at home. A made basket is
  worth 3 when its description says `3PT`. Timeouts and team rebounds carry the team in the player's place.
- v3: a steal or block shares the number of its turnover or shot and is told apart by `-steal`, `-block`;
  a free throw is missed when its description begins with MISS; an unchanged score is an empty text.
- Neither says when the game ends. It does when the last row ends the last regular period or an overtime
  and the score is not level.
- Neither has times that could be used (v2: a local minute without a date): a replay goes by the clock.
- Neither says who has the ball; possession.py tells it where that is beyond doubt.
- A summary gives a game without events.
"""

from __future__ import annotations

from scoreline.feeds.adapter import GameLookup, GameTranslation, Malformed, Translation, nobody_knows
from scoreline.feeds.document import Place, Unfit, read_json
from scoreline.feeds.nba_live import catalog
from scoreline.feeds.nba_live import specification as live
from scoreline.feeds.nba_live.actions import Action
from scoreline.feeds.nba_live.translation import translate_actions
from scoreline.feeds.nba_stats.actions import read_actions
from scoreline.feeds.nba_stats.possession import with_possession
from scoreline.feeds.nba_stats.rows import name_teams, read_rows
from scoreline.feeds.nba_stats.summary import read_summary
from scoreline.feeds.nba_stats.tables import find_table
from scoreline.v1.game_pb2 import Game, Side, Sport

#: Names the end of the game, which no row does; greater than the number of any row.
_END_NUMBER = 999_999


class NbaStatsV2:
    """Version 2: rows under headers."""

    name = "nba-stats-v2"
    aliases = ("nba-stats", "stats-nba-v2")
    sport = Sport.SPORT_BASKETBALL

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate one game; a summary gives a game without events."""
        try:
            root = read_json(document)
            if find_table(root, "PlayByPlay") is None:
                return Translation((_described(root, provider_id, lookup),))
            external_game_id, actions, sides = read_rows(root)
            told, known = _begin(external_game_id, root, provider_id, lookup)
            if known is None:
                name_teams(root, told.game, sides)
            return Translation((_told(told, actions, known, sides),))
        except Unfit as unfit:
            return unfit.malformed


class NbaStatsV3:
    """Version 3: actions, much like those of the live feed."""

    name = "nba-stats-v3"
    aliases = ("wnba-stats-v3", "stats-nba-v3")
    sport = Sport.SPORT_BASKETBALL

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate one game; a summary gives a game without events."""
        try:
            root = read_json(document)
            if root.maybe("resultSets") is not None:
                return Translation((_described(root, provider_id, lookup),))
            place = root.child("game")
            told, known = _begin(place.child("gameId").text(max_chars=10), place, provider_id, lookup)
            actions, sides = read_actions(place.child("actions"))
            return Translation((_told(told, actions, known, sides),))
        except Unfit as unfit:
            return unfit.malformed


def _told(
    told: GameTranslation, actions: list[Action], known: Game | None, sides: dict[int, Side.ValueType]
) -> GameTranslation:
    complete = with_possession(with_end(actions), tuple(sides))
    return translate_actions(told, list(complete), known, sides)


def _begin(
    external_game_id: str, place: Place, provider_id: str, lookup: GameLookup
) -> tuple[GameTranslation, Game | None]:
    if not (external_game_id.isascii() and external_game_id.isdigit()):
        raise place.unfit("has no game id of digits")
    game, competition = catalog.propose_game(external_game_id, provider_id)
    known = lookup(external_game_id)
    game.game_id = known.game_id if known is not None else f"nba-{external_game_id}"
    return GameTranslation(external_game_id, game, competition, (), complete=False), known


def _described(root: Place, provider_id: str, lookup: GameLookup) -> GameTranslation:
    described = Game()
    told, _ = _begin(read_summary(root, described), root, provider_id, lookup)
    told.game.home.CopyFrom(described.home)
    told.game.away.CopyFrom(described.away)
    return told


def with_end(actions: list[Action]) -> list[Action]:
    """Return the actions with the end of the game, if they show it and do not say it."""
    last = actions[-1] if actions else None
    if last is None or (last.kind, last.sub_kind) != ("period", "end") or last.period < live.REGULAR_PERIODS:
        return actions
    score = next((one.score for one in reversed(actions) if one.score is not None), None)
    if score is None or score[0] == score[1]:
        return actions
    end = last._replace(number=_END_NUMBER, order=last.order + 1, kind="game", score=score, text="", tag="")
    return [*actions, end]
