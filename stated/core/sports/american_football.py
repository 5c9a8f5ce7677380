"""American football: points by their worth, the next attempt (down, distance, spot), timeouts of the half."""

from __future__ import annotations

from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Side
from scoreline.v1.situation_american_football_pb2 import AmericanFootballSide
from scoreline.v1.state_pb2 import KeyEventKind, PeriodKind, ScoreState
from stated.core.context import Context
from stated.core.facts import Fact, side_of, taken

#: Timeouts of a side in each half, and in overtime (NFL rule 4-5; play-offs give three per half of overtime,
#: which no rule of a game tells us).
TIMEOUTS_OF_A_HALF = 3
TIMEOUTS_OF_OVERTIME = 2
#: The regular periods that begin a half.
_HALVES = (1, 3)


def opening(state: ScoreState) -> None:
    """Set every counter and give the ball to nobody."""
    for side in (state.american_football.home, state.american_football.away):
        side.timeouts_left = TIMEOUTS_OF_A_HALF
        side.timeouts_used = 0
    state.american_football.possession = Side.SIDE_UNSPECIFIED
    _no_attempt(state)


def period_begins(state: ScoreState) -> None:
    """Give the timeouts of a new half or overtime; in between, quarters go on where play stood."""
    overtime = state.period.kind == PeriodKind.PERIOD_KIND_OVERTIME
    if not overtime and state.period.ordinal not in _HALVES:
        return
    for side in (state.american_football.home, state.american_football.away):
        side.timeouts_left = TIMEOUTS_OF_OVERTIME if overtime else TIMEOUTS_OF_A_HALF
    state.american_football.possession = Side.SIDE_UNSPECIFIED
    _no_attempt(state)


def reduce(state: ScoreState, event: GameEvent, context: Context) -> ScoreState:
    """Return the state after a fact of play."""
    return taken(_FACTS, state, event, context)


def key_kind(event: GameEvent, _context: Context) -> KeyEventKind.ValueType | None:
    """Return what the timeline calls the fact, or nothing when it is not shown there."""
    detail = event.WhichOneof("detail")
    if detail == "points_scored":
        if event.points_scored.safety:
            return KeyEventKind.KEY_EVENT_KIND_SAFETY
        return _POINTS.get(event.points_scored.points)
    if detail == "shot_taken":
        return _MISSES.get(event.shot_taken.value)
    if detail == "timeout_taken" and event.side != Side.SIDE_UNSPECIFIED:
        return KeyEventKind.KEY_EVENT_KIND_TIMEOUT
    return None


_POINTS = {
    1: KeyEventKind.KEY_EVENT_KIND_EXTRA_POINT,
    2: KeyEventKind.KEY_EVENT_KIND_TWO_POINT_CONVERSION,
    3: KeyEventKind.KEY_EVENT_KIND_FIELD_GOAL,
    6: KeyEventKind.KEY_EVENT_KIND_TOUCHDOWN,
}
_MISSES = {
    1: KeyEventKind.KEY_EVENT_KIND_TRY_FAILED,
    2: KeyEventKind.KEY_EVENT_KIND_TRY_FAILED,
    3: KeyEventKind.KEY_EVENT_KIND_FIELD_GOAL_MISSED,
}


def _points_scored(state: ScoreState, event: GameEvent, _context: Context) -> None:
    if event.side == Side.SIDE_HOME:
        state.score.home += event.points_scored.points
    elif event.side == Side.SIDE_AWAY:
        state.score.away += event.points_scored.points
    # A try or a kick-off follows, and neither is an attempt at a first down.
    _no_attempt(state)


def _scrimmage_set(state: ScoreState, event: GameEvent, _context: Context) -> None:
    spot = event.scrimmage_set
    state.american_football.possession = event.side
    state.american_football.down = spot.down
    state.american_football.distance = spot.distance
    state.american_football.yards_to_goal = spot.yards_to_goal


def _possession_gained(state: ScoreState, event: GameEvent, _context: Context) -> None:
    state.american_football.possession = event.side
    _no_attempt(state)


def _timeout_taken(state: ScoreState, event: GameEvent, _context: Context) -> None:
    side = _side(state, event)
    side.timeouts_left = max(0, side.timeouts_left - 1)
    side.timeouts_used += 1


def _no_attempt(state: ScoreState) -> None:
    state.american_football.down = 0
    state.american_football.distance = 0
    state.american_football.yards_to_goal = 0


def _side(state: ScoreState, event: GameEvent) -> AmericanFootballSide:
    return side_of(event, state.american_football.home, state.american_football.away, AmericanFootballSide())


_FACTS: dict[str, Fact] = {
    "points_scored": _points_scored,
    "scrimmage_set": _scrimmage_set,
    "possession_gained": _possession_gained,
    "timeout_taken": _timeout_taken,
}
