"""Ice hockey: goals, shots, penalties, who has how many on the ice, the shoot-out and its one goal."""

from __future__ import annotations

from scoreline.v1.event_ice_hockey_pb2 import GoalStrength
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Side
from scoreline.v1.situation_ice_hockey_pb2 import IceHockeySide
from scoreline.v1.state_pb2 import GameStatus, KeyEventKind, PeriodKind, ScoreState
from stated.core.context import Context
from stated.core.facts import Fact, side_of, taken

#: Skaters of a side at even strength.
FULL_STRENGTH = 5

_OVER = (GameStatus.GAME_STATUS_FINAL, GameStatus.GAME_STATUS_OFFICIAL)


def opening(state: ScoreState) -> None:
    """Set every counter to nought and both sides to full strength."""
    for side in (state.ice_hockey.home, state.ice_hockey.away):
        side.shots_on_goal = side.penalty_minutes = 0
        side.skaters = FULL_STRENGTH
        side.net_empty = False
    state.ice_hockey.power_play = Side.SIDE_UNSPECIFIED
    state.ice_hockey.shootout_winner = Side.SIDE_UNSPECIFIED


def period_begins(_state: ScoreState) -> None:
    """Change nothing: penalties run on from one period into the next."""


def reduce(state: ScoreState, event: GameEvent, context: Context) -> ScoreState:
    """Return the state after a fact of play."""
    return taken(_FACTS, state, event, context)


def settle(state: ScoreState) -> ScoreState:
    """Return the state in which a shoot-out that is over has brought its winner exactly one goal.

    What was settled once stands: only a correction of a fact before it, which sums up the game anew, can give
    the goal to the other side.
    """
    if state.period.kind != PeriodKind.PERIOD_KIND_SHOOTOUT or state.ice_hockey.shootout_winner:
        return state
    lead = state.score.home_shootout - state.score.away_shootout
    if not lead or not (state.period.on_break or state.status in _OVER):
        return state
    following = ScoreState()
    following.CopyFrom(state)
    if lead > 0:
        following.score.home += 1
        following.ice_hockey.shootout_winner = Side.SIDE_HOME
    else:
        following.score.away += 1
        following.ice_hockey.shootout_winner = Side.SIDE_AWAY
    return following


def key_kind(event: GameEvent, _context: Context) -> KeyEventKind.ValueType | None:
    """Return what the timeline calls the fact, or nothing when it is not shown there."""
    detail = event.WhichOneof("detail")
    if detail == "goal_scored":
        if event.goal_scored.penalty:
            return KeyEventKind.KEY_EVENT_KIND_PENALTY_GOAL
        return _GOALS.get(event.goal_scored.strength, KeyEventKind.KEY_EVENT_KIND_GOAL)
    if detail == "shootout_attempted":
        scored = event.shootout_attempted.scored
        return (
            KeyEventKind.KEY_EVENT_KIND_SHOOTOUT_GOAL if scored else KeyEventKind.KEY_EVENT_KIND_SHOOTOUT_MISS
        )
    if detail == "penalty_imposed":
        return KeyEventKind.KEY_EVENT_KIND_PENALTY
    if detail == "timeout_taken" and event.side != Side.SIDE_UNSPECIFIED:
        return KeyEventKind.KEY_EVENT_KIND_TIMEOUT
    return None


_GOALS: dict[GoalStrength.ValueType, KeyEventKind.ValueType] = {
    GoalStrength.GOAL_STRENGTH_POWER_PLAY: KeyEventKind.KEY_EVENT_KIND_POWER_PLAY_GOAL,
    GoalStrength.GOAL_STRENGTH_SHORT_HANDED: KeyEventKind.KEY_EVENT_KIND_SHORT_HANDED_GOAL,
    GoalStrength.GOAL_STRENGTH_EMPTY_NET: KeyEventKind.KEY_EVENT_KIND_EMPTY_NET_GOAL,
}


def _goal_scored(state: ScoreState, event: GameEvent, _context: Context) -> None:
    if event.side == Side.SIDE_HOME:
        state.score.home += 1
    elif event.side == Side.SIDE_AWAY:
        state.score.away += 1
    if not event.goal_scored.own_goal:
        _side(state, event).shots_on_goal += 1


def _shot_taken(state: ScoreState, event: GameEvent, _context: Context) -> None:
    if event.shot_taken.on_target:
        _side(state, event).shots_on_goal += 1


def _shootout_attempted(state: ScoreState, event: GameEvent, _context: Context) -> None:
    # Without a shoot-out there is no score of it to add to.
    if event.shootout_attempted.scored and state.period.kind == PeriodKind.PERIOD_KIND_SHOOTOUT:
        if event.side == Side.SIDE_HOME:
            state.score.home_shootout += 1
        elif event.side == Side.SIDE_AWAY:
            state.score.away_shootout += 1


def _penalty_imposed(state: ScoreState, event: GameEvent, _context: Context) -> None:
    _side(state, event).penalty_minutes += event.penalty_imposed.minutes


def _strength_changed(state: ScoreState, event: GameEvent, _context: Context) -> None:
    strength = event.strength_changed
    home, away = state.ice_hockey.home, state.ice_hockey.away
    home.skaters, home.net_empty = strength.home_skaters, strength.home_net_empty
    away.skaters, away.net_empty = strength.away_skaters, strength.away_net_empty
    # The skater who came on for the goalkeeper is nobody's penalty.
    lead = (home.skaters - home.net_empty) - (away.skaters - away.net_empty)
    state.ice_hockey.power_play = (
        Side.SIDE_HOME if lead > 0 else Side.SIDE_AWAY if lead < 0 else Side.SIDE_UNSPECIFIED
    )


def _side(state: ScoreState, event: GameEvent) -> IceHockeySide:
    return side_of(event, state.ice_hockey.home, state.ice_hockey.away, IceHockeySide())


_FACTS: dict[str, Fact] = {
    "goal_scored": _goal_scored,
    "shot_taken": _shot_taken,
    "shootout_attempted": _shootout_attempted,
    "penalty_imposed": _penalty_imposed,
    "strength_changed": _strength_changed,
}
