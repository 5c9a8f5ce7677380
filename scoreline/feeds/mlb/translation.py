"""Translate MLB's live document (GUMBO): one game, whole, as `/api/v1.1/game/<gamePk>/feed/live` answers it.

Rules that the format leaves to the reader:

- A turn at bat is `atBatIndex`; its end is named by that number, an entry within it `<atBatIndex>.<index>`.
- Order is (atBatIndex, index): sequence = (atBatIndex + 1) * 1000 + a place within the turn.
- Runs are the movements that end in `score`. Those of a pitch count with the end of the turn, once it is
  complete; those of an action (a steal, a wild pitch) with the action. Absolute scores are only checked.
- Bases after a turn are `matchup.postOn...`; within a turn they are followed by the movements.
- The inning is the period, innings after the scheduled ones are overtimes; `linescore.scheduledInnings` is
  adopted, so that a game of seven innings has extra ones from the eighth.
- Before the first pitch there is already a first turn, with advisories only: nothing has begun then.
- An advisory `Delayed...` or `Suspended...` interrupts the game, `In Progress` lets it go on.
- A state code of O or F is the end, also early (rain) or without the last bottom half.
- A turn or pitch that vanishes from a later document leaves no trace in it: an adapter that sees one
  document at a time can't take the fact back (see mlb-diffpatch, which can).
"""

from __future__ import annotations

from scoreline.feeds.adapter import (
    GameLookup,
    GameTranslation,
    Malformed,
    Translation,
    nobody_knows,
)
from scoreline.feeds.document import Place, Unfit, read_json
from scoreline.feeds.mlb import catalog
from scoreline.feeds.mlb import specification as spec
from scoreline.feeds.mlb.plays import read_plays
from scoreline.feeds.mlb.walk import Walk
from scoreline.v1.game_pb2 import Sport
from scoreline.v1.state_pb2 import GameStatus


class MlbGumbo:
    """MLB's live document."""

    name = "mlb-gumbo"
    aliases = ("mlb", "gumbo", "mlb-live")
    sport = Sport.SPORT_BASEBALL

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate one game."""
        try:
            return Translation((translate(read_json(document), provider_id, lookup),))
        except Unfit as unfit:
            return unfit.malformed


def translate(root: Place, provider_id: str, lookup: GameLookup) -> GameTranslation:
    """Return what a live document tells, or raise `Unfit`."""
    external_game_id = str(root.child("gamePk").digits(1))
    game = catalog.read_game(root, external_game_id, provider_id)
    known = lookup(external_game_id)
    game.game_id = known.game_id if known is not None else f"mlb-{external_game_id}"
    listed = root.child("liveData").child("plays").maybe("allPlays")
    plays = read_plays(listed) if listed else []
    catalog.read_roster(root, game, plays)
    code = root.child("gameData").child("status").child("codedGameState").text(max_chars=4)
    events = tuple(Walk(game.game_id, game.rules.regular_periods).events(plays, code))
    complete = spec.ENDED.get(code) == GameStatus.GAME_STATUS_FINAL
    return GameTranslation(external_game_id, game, catalog.COMPETITION, events, complete)
