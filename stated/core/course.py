"""The course of a game, alike in every sport: status, periods, clock, reviews."""

from __future__ import annotations

from collections.abc import Callable

from scoreline.v1.event_pb2 import GameEvent, MatchTime
from scoreline.v1.state_pb2 import ScoreState
from stated.core.clock import anchor, has_clock_in, projected_ds, stated_ds
from stated.core.context import Context
from stated.core.transitions import (
    FINAL,
    LIVE,
    SHOOTOUT,
    STATUS_FOLLOWS,
    can_become,
    can_begin,
    can_count,
    can_play,
    is_ahead,
    is_current,
)

#: What a sport does to its own counters when a period begins.
PeriodHook = Callable[[ScoreState], None]


def entered(state: ScoreState, event: GameEvent, context: Context, begins: PeriodHook) -> ScoreState | None:
    """Return the state in which a fact of play can count, or nothing when there is no legal one.

    A fact of a later period proves that the period has begun, even when its start was lost or never sent.
    """
    if event.HasField("time") and is_ahead(context.game.rules, state.period, event.time):
        if can_begin(context.game.rules, state.status, state.period, event.time.kind, event.time.ordinal):
            return _begun(state, event.time, context, begins)
        # After the end nothing begins any more, but a fact may still be added to the sum.
        if can_play(state.status):
            return None
    return state if can_count(state.status) else None


def period_started(
    state: ScoreState, event: GameEvent, context: Context, begins: PeriodHook
) -> ScoreState | None:
    """Begin a period; said again of the running period, it sets the clock."""
    time = event.time
    if has_clock_in(state, time):
        following = _copy(state)
        following.status = LIVE
        anchor(following, context, stated_ds(time) or 0, running=True)
        return following
    if not can_begin(context.game.rules, state.status, state.period, time.kind, time.ordinal):
        return None
    return _begun(state, time, context, begins)


def period_ended(
    state: ScoreState, event: GameEvent, context: Context, begins: PeriodHook
) -> ScoreState | None:
    """End a period and stop the clock."""
    playing = entered(state, event, context, begins)
    if playing is None or not is_current(playing.period, event.time):
        return None
    if playing.period.on_break:
        return playing
    following = _copy(playing)
    following.period.on_break = True
    _stop(following, context, stated_ds(event.time))
    return following


def status_changed(
    state: ScoreState, event: GameEvent, context: Context, _begins: PeriodHook
) -> ScoreState | None:
    """Move the game to another status of its life, if that is legal or an explicit correction."""
    change = event.status_changed
    if change.status == state.status:
        return state
    if change.status not in STATUS_FOLLOWS:
        # Not even a correction leads to a status that nobody knows.
        return None
    if not change.is_correction and not can_become(state.status, change.status):
        return None
    following = _copy(state)
    following.status = change.status
    if change.status != LIVE:
        _stop(following, context, None)
    elif has_clock_in(following, MatchTime(kind=state.period.kind, ordinal=state.period.ordinal)):
        anchor(following, context, state.clock.elapsed_ds, running=True)
    return following


def clock_adjusted(
    state: ScoreState, event: GameEvent, context: Context, _begins: PeriodHook
) -> ScoreState | None:
    """Set, start or stop the clock of the running period."""
    if not has_clock_in(state, event.time):
        return None
    stated = stated_ds(event.time)
    elapsed = projected_ds(state, context.game, context.at_us) if stated is None else stated
    following = _copy(state)
    anchor(following, context, elapsed, running=event.clock_adjusted.running)
    return following


def score_stated(
    state: ScoreState, event: GameEvent, context: Context, begins: PeriodHook
) -> ScoreState | None:
    """Set the score, where the facts that made it were never told."""
    playing = entered(state, event, context, begins)
    if playing is None:
        return None
    following = _copy(playing)
    following.score.home = event.score_stated.home
    following.score.away = event.score_stated.away
    return following


def review_opened(state: ScoreState, _event: GameEvent, _context: Context, _begins: PeriodHook) -> ScoreState:
    """Make the state uncertain."""
    following = _copy(state)
    following.uncertain = True
    return following


def review_closed(state: ScoreState, _event: GameEvent, _context: Context, _begins: PeriodHook) -> ScoreState:
    """End the uncertainty."""
    following = _copy(state)
    following.uncertain = False
    return following


#: The fact that a side gives the game up; the sport adds who wins.
CONCEDED = "game_conceded"


def conceded(state: ScoreState) -> ScoreState | None:
    """End the game; nothing else ends one that was never begun (a walkover)."""
    if can_play(state.status):
        following = _copy(state)
        following.status = FINAL
        return following
    return state if can_count(state.status) else None


#: What each fact of the course does, by the arm of GameEvent.detail.
COURSE: dict[str, Callable[[ScoreState, GameEvent, Context, PeriodHook], ScoreState | None]] = {
    "period_started": period_started,
    "period_ended": period_ended,
    "status_changed": status_changed,
    "clock_adjusted": clock_adjusted,
    "score_stated": score_stated,
    "review_opened": review_opened,
    "review_closed": review_closed,
}


def _begun(state: ScoreState, time: MatchTime, context: Context, begins: PeriodHook) -> ScoreState:
    following = _copy(state)
    following.status = LIVE
    following.period.kind = time.kind
    following.period.ordinal = time.ordinal
    following.period.on_break = False
    if time.kind == SHOOTOUT:
        following.score.home_shootout = 0
        following.score.away_shootout = 0
    anchor(following, context, stated_ds(time) or 0, running=time.kind != SHOOTOUT)
    begins(following)
    return following


def _stop(state: ScoreState, context: Context, elapsed_ds: int | None) -> None:
    if elapsed_ds is None:
        elapsed_ds = projected_ds(state, context.game, context.at_us)
    if state.clock.running or elapsed_ds != state.clock.elapsed_ds:
        anchor(state, context, elapsed_ds, running=False)


def _copy(state: ScoreState) -> ScoreState:
    following = ScoreState()
    following.CopyFrom(state)
    return following
