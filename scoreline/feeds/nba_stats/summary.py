"""Who plays, from the box score summary of stats.nba.com."""

from __future__ import annotations

from scoreline.feeds.document import Place
from scoreline.feeds.nba_live.catalog import team_id
from scoreline.feeds.nba_stats.tables import rows_of, text_of
from scoreline.v1.game_pb2 import Game, Team


def read_summary(root: Place, game: Game) -> str:
    """Fill in the teams; return the id of the game.

    The date is Eastern and without a time of day, so it is not taken for the start.
    """
    summary = next(rows_of(root, "GameSummary"), None)
    if summary is None:
        raise root.child("resultSets").unfit("describes no game")
    sides = {
        summary.child("HOME_TEAM_ID").digits(1): game.home,
        summary.child("VISITOR_TEAM_ID").digits(1): game.away,
    }
    for row in rows_of(root, "LineScore"):
        number = row.child("TEAM_ID").digits(1)
        if number in sides:
            city, name = text_of(row, "TEAM_CITY_NAME", 100), text_of(row, "TEAM_NICKNAME", 100)
            short = row.child("TEAM_ABBREVIATION").text(max_chars=8)
            sides[number].CopyFrom(
                Team(team_id=team_id(number), name=f"{city} {name}".strip() or short, short_name=short)
            )
    return summary.child("GAME_ID").text(max_chars=10)
