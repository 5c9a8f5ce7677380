"""Basketball: points, team fouls of the period, timeouts, possession."""

from __future__ import annotations

from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Side
from scoreline.v1.situation_basketball_pb2 import BasketballSide
from scoreline.v1.state_pb2 import KeyEventKind, ScoreState
from stated.core.context import Context
from stated.core.facts import Fact, side_of, taken
from stated.core.transitions import is_current


def opening(state: ScoreState) -> None:
    """Set every counter to nought and give the ball to nobody."""
    for side in (state.basketball.home, state.basketball.away):
        side.team_fouls = side.timeouts_used = 0
        side.bonus = False
    state.basketball.possession = Side.SIDE_UNSPECIFIED


def period_begins(state: ScoreState) -> None:
    """Forget the team fouls of the period before.

    Overtimes count anew too, as in the NBA; FIBA carries those of the last quarter on, which no rule of a
    game tells us.
    """
    for side in (state.basketball.home, state.basketball.away):
        side.team_fouls = 0
        side.bonus = False


def reduce(state: ScoreState, event: GameEvent, context: Context) -> ScoreState:
    """Return the state after a fact of play."""
    return taken(_FACTS, state, event, context)


def key_kind(event: GameEvent, _context: Context) -> KeyEventKind.ValueType | None:
    """Return what the timeline calls the fact, or nothing when it is not shown there."""
    detail = event.WhichOneof("detail")
    if detail == "points_scored":
        return _POINTS.get(event.points_scored.points)
    if detail == "timeout_taken" and event.side != Side.SIDE_UNSPECIFIED:
        return KeyEventKind.KEY_EVENT_KIND_TIMEOUT
    return None


_POINTS = {
    1: KeyEventKind.KEY_EVENT_KIND_ONE_POINT,
    2: KeyEventKind.KEY_EVENT_KIND_TWO_POINTS,
    3: KeyEventKind.KEY_EVENT_KIND_THREE_POINTS,
}


def _points_scored(state: ScoreState, event: GameEvent, _context: Context) -> None:
    if event.side == Side.SIDE_HOME:
        state.score.home += event.points_scored.points
    elif event.side == Side.SIDE_AWAY:
        state.score.away += event.points_scored.points


def _foul_committed(state: ScoreState, event: GameEvent, context: Context) -> None:
    # A foul added afterwards to an earlier period is none of the running one.
    if not event.foul_committed.counts_to_bonus or (
        event.HasField("time") and not is_current(state.period, event.time)
    ):
        return
    side = _side(state, event)
    side.team_fouls += 1
    # The bonus speaks of the next foul.
    side.bonus = side.team_fouls + 1 >= context.game.rules.bonus_foul


def _timeout_taken(state: ScoreState, event: GameEvent, _context: Context) -> None:
    _side(state, event).timeouts_used += 1


def _possession_gained(state: ScoreState, event: GameEvent, _context: Context) -> None:
    state.basketball.possession = event.side


def _side(state: ScoreState, event: GameEvent) -> BasketballSide:
    return side_of(event, state.basketball.home, state.basketball.away, BasketballSide())


_FACTS: dict[str, Fact] = {
    "points_scored": _points_scored,
    "foul_committed": _foul_committed,
    "timeout_taken": _timeout_taken,
    "possession_gained": _possession_gained,
}
