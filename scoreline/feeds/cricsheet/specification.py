"""Cricsheet's own words: ways to leave, outcomes, and what replays assume about time."""

from __future__ import annotations

from types import MappingProxyType

from scoreline.v1.event_cricket_pb2 import CricketOutcome, Dismissal

#: `wickets[].kind`.
DISMISSALS = MappingProxyType(
    {
        "bowled": Dismissal.DISMISSAL_BOWLED,
        "caught": Dismissal.DISMISSAL_CAUGHT,
        "caught and bowled": Dismissal.DISMISSAL_CAUGHT,
        "lbw": Dismissal.DISMISSAL_LBW,
        "run out": Dismissal.DISMISSAL_RUN_OUT,
        "stumped": Dismissal.DISMISSAL_STUMPED,
        "hit wicket": Dismissal.DISMISSAL_HIT_WICKET,
        "retired out": Dismissal.DISMISSAL_RETIRED_OUT,
        "retired hurt": Dismissal.DISMISSAL_RETIRED_NOT_OUT,
        "retired not out": Dismissal.DISMISSAL_RETIRED_NOT_OUT,
        "obstructing the field": Dismissal.DISMISSAL_OBSTRUCTED,
        "handled the ball": Dismissal.DISMISSAL_OBSTRUCTED,
        "hit the ball twice": Dismissal.DISMISSAL_OBSTRUCTED,
        "timed out": Dismissal.DISMISSAL_TIMED_OUT,
    }
)
#: Ways to leave that are the bowler's.
OF_THE_BOWLER = frozenset(
    {
        Dismissal.DISMISSAL_BOWLED,
        Dismissal.DISMISSAL_CAUGHT,
        Dismissal.DISMISSAL_LBW,
        Dismissal.DISMISSAL_STUMPED,
        Dismissal.DISMISSAL_HIT_WICKET,
    }
)
#: `outcome.result`, where there is no winner.
RESULTS = MappingProxyType(
    {
        "tie": CricketOutcome.CRICKET_OUTCOME_TIE,
        "draw": CricketOutcome.CRICKET_OUTCOME_DRAW,
        "no result": CricketOutcome.CRICKET_OUTCOME_NO_RESULT,
    }
)
#: `match_type` of matches of two innings a side; all others have one.
LONG_MATCHES = frozenset({"Test", "MDM"})
#: `extras`, by the field of BallBowled that takes them.
EXTRAS = MappingProxyType(
    {
        "wides": "wides",
        "noballs": "no_balls",
        "byes": "byes",
        "legbyes": "leg_byes",
        "penalty": "penalty_runs",
    }
)

#: The feed has no times: a plausible pace for replays.
BALL_S, OVER_S, INNINGS_S = 35.0, 60.0, 1200.0
