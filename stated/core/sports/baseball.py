"""Baseball: runs, hits, errors, and the field: count, outs, bases, who bats and who pitches.

Nothing is deduced from the rules of play. Each play states the field as it is after it, so a walk-off, a
runner placed on second or a game called after five innings needs no rule here.
"""

from __future__ import annotations

from scoreline.v1.event_baseball_pb2 import BaseballResult
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Side
from scoreline.v1.situation_baseball_pb2 import BaseballSide, BaseballSituation, InningHalf
from scoreline.v1.state_pb2 import KeyEventKind, ScoreState
from stated.core.context import Context
from stated.core.facts import Fact, taken
from stated.core.transitions import is_current

_HITS = frozenset(
    {
        BaseballResult.BASEBALL_RESULT_SINGLE,
        BaseballResult.BASEBALL_RESULT_DOUBLE,
        BaseballResult.BASEBALL_RESULT_TRIPLE,
        BaseballResult.BASEBALL_RESULT_HOME_RUN,
    }
)


def opening(state: ScoreState) -> None:
    """Set every counter to nought; nobody bats yet."""
    field = state.baseball
    field.half = InningHalf.INNING_HALF_UNSPECIFIED
    field.batter = field.pitcher = 0
    for side in (field.home, field.away):
        side.hits = side.errors = 0
    _clear(field)


def period_begins(state: ScoreState) -> None:
    """Begin an inning at its top."""
    _begin_half(state.baseball, InningHalf.INNING_HALF_TOP)


def reduce(state: ScoreState, event: GameEvent, context: Context) -> ScoreState:
    """Return the state after a fact of play."""
    return taken(_FACTS, state, event, context)


def key_kind(event: GameEvent, _context: Context) -> KeyEventKind.ValueType | None:
    """Return what the timeline calls the fact, or nothing when it is not shown there."""
    if not event.baseball_play.runs:
        return None
    if event.baseball_play.result == BaseballResult.BASEBALL_RESULT_HOME_RUN:
        return KeyEventKind.KEY_EVENT_KIND_HOME_RUN
    return KeyEventKind.KEY_EVENT_KIND_RUN


def _baseball_play(state: ScoreState, event: GameEvent, context: Context) -> None:
    play, field = event.baseball_play, state.baseball
    batting, fielding = field.home, field.away
    if event.side == Side.SIDE_HOME:
        state.score.home += play.runs
    elif event.side == Side.SIDE_AWAY:
        state.score.away += play.runs
        batting, fielding = field.away, field.home
    else:
        batting = fielding = BaseballSide()  # counts to nobody
    if play.result in _HITS:
        batting.hits += 1
    fielding.errors += play.errors
    # A play added afterwards to an earlier inning says nothing of the field of today.
    if not event.HasField("time") or is_current(state.period, event.time):
        _state_field(field, event, context)


def _state_field(field: BaseballSituation, event: GameEvent, context: Context) -> None:
    play, roster = event.baseball_play, context.game.roster
    if play.HasField("balls"):
        field.balls = play.balls
    if play.HasField("strikes"):
        field.strikes = play.strikes
    if play.HasField("outs"):
        field.outs = play.outs
    if play.HasField("bases"):
        field.bases = play.bases
    if play.batter_id:
        field.batter = roster.get(play.batter_id, 0)
    if play.pitcher_id:
        field.pitcher = roster.get(play.pitcher_id, 0)


def _half_inning_started(state: ScoreState, event: GameEvent, _context: Context) -> None:
    if not event.HasField("time") or is_current(state.period, event.time):
        _begin_half(state.baseball, event.half_inning_started.half)


def _begin_half(field: BaseballSituation, half: InningHalf.ValueType) -> None:
    field.half = half
    _clear(field)


def _clear(field: BaseballSituation) -> None:
    field.balls = field.strikes = field.outs = field.bases = 0


_FACTS: dict[str, Fact] = {
    "baseball_play": _baseball_play,
    "half_inning_started": _half_inning_started,
}
