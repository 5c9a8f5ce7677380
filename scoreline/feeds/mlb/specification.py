"""The words of MLB's live document: event types, game states, bases."""

from __future__ import annotations

from types import MappingProxyType

from scoreline.v1.event_baseball_pb2 import BaseballResult
from scoreline.v1.state_pb2 import GameStatus

SCHEDULED_INNINGS = 9
#: More extra innings than any game has had.
MOST_EXTRA_INNINGS = 30

#: What a batter's turn came to, by `result.eventType`; what is not listed is an out if it made one.
RESULTS = MappingProxyType(
    {
        "single": BaseballResult.BASEBALL_RESULT_SINGLE,
        "double": BaseballResult.BASEBALL_RESULT_DOUBLE,
        "triple": BaseballResult.BASEBALL_RESULT_TRIPLE,
        "home_run": BaseballResult.BASEBALL_RESULT_HOME_RUN,
        "walk": BaseballResult.BASEBALL_RESULT_WALK,
        "intent_walk": BaseballResult.BASEBALL_RESULT_WALK,
        "hit_by_pitch": BaseballResult.BASEBALL_RESULT_HIT_BY_PITCH,
        "catcher_interf": BaseballResult.BASEBALL_RESULT_ON_ERROR,
        "field_error": BaseballResult.BASEBALL_RESULT_ON_ERROR,
        "fielders_choice": BaseballResult.BASEBALL_RESULT_FIELDERS_CHOICE,
        "fielders_choice_out": BaseballResult.BASEBALL_RESULT_FIELDERS_CHOICE,
        "force_out": BaseballResult.BASEBALL_RESULT_FIELDERS_CHOICE,
        "strikeout": BaseballResult.BASEBALL_RESULT_STRIKEOUT,
        "strikeout_double_play": BaseballResult.BASEBALL_RESULT_STRIKEOUT,
        "strikeout_triple_play": BaseballResult.BASEBALL_RESULT_STRIKEOUT,
    }
)

#: `gameData.status.codedGameState` of games that are over or will not be played.
ENDED = MappingProxyType(
    {
        "O": GameStatus.GAME_STATUS_FINAL,  # game over, not yet checked
        "F": GameStatus.GAME_STATUS_FINAL,
        "Q": GameStatus.GAME_STATUS_FINAL,  # forfeit
        "R": GameStatus.GAME_STATUS_FINAL,  # forfeit
        "C": GameStatus.GAME_STATUS_CANCELLED,
        "D": GameStatus.GAME_STATUS_POSTPONED,
    }
)

#: `gameData.status.codedGameState` of games that are suspended, to be played on another day.
SUSPENDED = frozenset({"T", "U"})

ADVISORY = "game_advisory"
#: What an advisory begins with when play stops or goes on; `Status Change - ` stands before it.
STATUS_CHANGE = "Status Change - "
STOPPING = ("Delayed", "Suspended")
GOING_ON = "In Progress"

#: Event types that are told as plays under their own name, which is plain English.
PLAYS = frozenset(
    {
        "mound_visit",
        "batter_timeout",
        "offensive_substitution",
        "defensive_substitution",
        "defensive_switch",
        "ejection",
        "injury",
    }
)

RUNNER_PLACED = "runner_placed"
PITCHER_COMES = "pitching_substitution"

#: Bases as movements name them.
BASES = MappingProxyType({"1B": 1, "2B": 2, "3B": 3})
SCORED = "score"


def bit(base: int) -> int:
    """Return how an occupied base counts: 1 for first, 2 for second, 4 for third."""
    return 1 << (base - 1)
