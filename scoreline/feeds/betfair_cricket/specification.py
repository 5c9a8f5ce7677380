"""The words of Betfair's cricket stream (`op` = `ccm`)."""

from __future__ import annotations

from types import MappingProxyType

from scoreline.v1.event_cricket_pb2 import CricketOutcome
from scoreline.v1.state_pb2 import GameStatus

OPERATION = "ccm"
#: `fixtureInfo.fixtureStatus`; others tell nothing about the life of a game.
STATUSES = MappingProxyType(
    {
        "IN_RUNNING": GameStatus.GAME_STATUS_LIVE,
        "POSTPONED": GameStatus.GAME_STATUS_POSTPONED,
        "CANCELLED": GameStatus.GAME_STATUS_CANCELLED,
        "ABANDONED": GameStatus.GAME_STATUS_ABANDONED,
    }
)
#: `matchStats.winner` where it is no team; `NA` while nobody has won.
NO_WINNER = MappingProxyType(
    {
        "TIE": CricketOutcome.CRICKET_OUTCOME_TIE,
        "TIED": CricketOutcome.CRICKET_OUTCOME_TIE,
        "DRAW": CricketOutcome.CRICKET_OUTCOME_DRAW,
        "NO_RESULT": CricketOutcome.CRICKET_OUTCOME_NO_RESULT,
    }
)
#: `fixtureInfo.eventDescription`: `Home v Away, Competition Match 1, from Ground`.
BETWEEN = " v "
AFTER_TEAMS = ", "
#: Innings of a match with and without a limit of overs.
LIMITED_INNINGS, LONG_INNINGS = 2, 4
_WORDS = frozenset({"RUNS", "WICKET", "WIDE", "NO_BALL", "BYE", "LEG_BYE", "BOUNDARY"})


def play_kind(incident: str) -> str:
    """Return our word for an incident; `other` for one that is not known."""
    return incident.lower() if incident in _WORDS else "other"
