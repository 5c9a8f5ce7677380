"""The words of Sportradar's MLB push feed: event types, outcomes, game states."""

from __future__ import annotations

from types import MappingProxyType

from scoreline.v1.event_baseball_pb2 import BaseballResult
from scoreline.v1.state_pb2 import GameStatus

SCHEDULED_INNINGS = 9
MOST_INNINGS = 39
HOME_PLATE = 4

HALF_START, AT_BAT, PITCH, STEAL, LINEUP = "half_start", "atbat", "pitch", "steal", "lineup"
#: The batter's turn is over, but how is told later.
PENDING = "rPABO"

#: How a turn at bat ended, by the first letters of `outcome_id`, the longest first.
RESULTS = MappingProxyType(
    {
        "aHR": BaseballResult.BASEBALL_RESULT_HOME_RUN,
        "aS": BaseballResult.BASEBALL_RESULT_SINGLE,
        "aD": BaseballResult.BASEBALL_RESULT_DOUBLE,
        "aT": BaseballResult.BASEBALL_RESULT_TRIPLE,
        "aHBP": BaseballResult.BASEBALL_RESULT_HIT_BY_PITCH,
        "bHBP": BaseballResult.BASEBALL_RESULT_HIT_BY_PITCH,
        "aROE": BaseballResult.BASEBALL_RESULT_ON_ERROR,
        "oROE": BaseballResult.BASEBALL_RESULT_ON_ERROR,
        "rROE": BaseballResult.BASEBALL_RESULT_ON_ERROR,
        "oFC": BaseballResult.BASEBALL_RESULT_FIELDERS_CHOICE,
        "k": BaseballResult.BASEBALL_RESULT_STRIKEOUT,
        "b": BaseballResult.BASEBALL_RESULT_WALK,
    }
)

#: `game.status` where it is more than play going on.
STATUSES = MappingProxyType(
    {
        "complete": (GameStatus.GAME_STATUS_FINAL,),
        "closed": (GameStatus.GAME_STATUS_FINAL, GameStatus.GAME_STATUS_OFFICIAL),
        "wdelay": (GameStatus.GAME_STATUS_INTERRUPTED,),
        "fdelay": (GameStatus.GAME_STATUS_INTERRUPTED,),
        "odelay": (GameStatus.GAME_STATUS_INTERRUPTED,),
        "suspended": (GameStatus.GAME_STATUS_INTERRUPTED,),
        "postponed": (GameStatus.GAME_STATUS_POSTPONED,),
        "canceled": (GameStatus.GAME_STATUS_CANCELLED,),
    }
)


def result_of(outcome: str) -> BaseballResult.ValueType:
    """Return what a turn at bat came to; whatever is not listed is an out."""
    found = max((prefix for prefix in RESULTS if outcome.startswith(prefix)), key=len, default="")
    return RESULTS[found] if found else BaseballResult.BASEBALL_RESULT_OUT
