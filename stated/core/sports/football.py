"""Association football: goals, cards, the counters of a scoreboard, the shoot-out."""

from __future__ import annotations

from scoreline.v1.event_pb2 import CardColor, GameEvent
from scoreline.v1.game_pb2 import Side
from scoreline.v1.situation_football_pb2 import FootballSide
from scoreline.v1.state_pb2 import KeyEventKind, PeriodKind, ScoreState
from stated.core.context import Context
from stated.core.facts import Fact, side_of, taken

#: What may stand between a penalty and its kick; after anything else a shot is a shot.
_BETWEEN_PENALTY_AND_KICK = frozenset(
    {"card_shown", "foul_committed", "review_opened", "review_closed", "player_substituted"}
)


def opening(state: ScoreState) -> None:
    """Set every counter to nought."""
    for side in (state.football.home, state.football.away):
        side.yellow_cards = side.red_cards = side.corners = side.fouls = side.offsides = 0
        side.shots = side.shots_on_target = 0
    state.football.stoppage_minutes = 0


def period_begins(state: ScoreState) -> None:
    """Forget the stoppage announced for the period before."""
    state.football.stoppage_minutes = 0


def reduce(state: ScoreState, event: GameEvent, context: Context) -> ScoreState:
    """Return the state after a fact of play."""
    return taken(_FACTS, state, event, context)


def key_kind(event: GameEvent, context: Context) -> KeyEventKind.ValueType | None:
    """Return what the timeline calls the fact, or nothing when it is not shown there."""
    detail = event.WhichOneof("detail")
    if detail == "goal_scored":
        if event.goal_scored.own_goal:
            return KeyEventKind.KEY_EVENT_KIND_OWN_GOAL
        if event.goal_scored.penalty:
            return KeyEventKind.KEY_EVENT_KIND_PENALTY_GOAL
        return KeyEventKind.KEY_EVENT_KIND_GOAL
    if detail == "card_shown":
        return _CARDS.get(event.card_shown.color)
    if detail == "player_substituted":
        return KeyEventKind.KEY_EVENT_KIND_SUBSTITUTION
    if detail == "shootout_attempted":
        scored = event.shootout_attempted.scored
        return (
            KeyEventKind.KEY_EVENT_KIND_SHOOTOUT_GOAL if scored else KeyEventKind.KEY_EVENT_KIND_SHOOTOUT_MISS
        )
    if detail == "shot_taken" and _is_penalty_kick(event, context):
        return KeyEventKind.KEY_EVENT_KIND_PENALTY_MISSED
    return None


_CARDS = {
    CardColor.CARD_COLOR_YELLOW: KeyEventKind.KEY_EVENT_KIND_YELLOW_CARD,
    CardColor.CARD_COLOR_SECOND_YELLOW: KeyEventKind.KEY_EVENT_KIND_SECOND_YELLOW_CARD,
    CardColor.CARD_COLOR_RED: KeyEventKind.KEY_EVENT_KIND_RED_CARD,
}


def _is_penalty_kick(event: GameEvent, context: Context) -> bool:
    for fact in context.earlier:
        detail = fact.WhichOneof("detail")
        if detail == "penalty_awarded":
            return fact.side == event.side
        if detail not in _BETWEEN_PENALTY_AND_KICK:
            return False
    return False


def _goal_scored(state: ScoreState, event: GameEvent, _context: Context) -> None:
    if event.side == Side.SIDE_HOME:
        state.score.home += 1
    elif event.side == Side.SIDE_AWAY:
        state.score.away += 1
    if not event.goal_scored.own_goal:
        side = _side(state, event)
        side.shots += 1
        side.shots_on_target += 1


def _shootout_attempted(state: ScoreState, event: GameEvent, _context: Context) -> None:
    # Without a shoot-out there is no score of it to add to.
    if event.shootout_attempted.scored and state.period.kind == PeriodKind.PERIOD_KIND_SHOOTOUT:
        if event.side == Side.SIDE_HOME:
            state.score.home_shootout += 1
        elif event.side == Side.SIDE_AWAY:
            state.score.away_shootout += 1


def _card_shown(state: ScoreState, event: GameEvent, _context: Context) -> None:
    side, color = _side(state, event), event.card_shown.color
    if color != CardColor.CARD_COLOR_RED:
        side.yellow_cards += 1
    if color != CardColor.CARD_COLOR_YELLOW:
        side.red_cards += 1


def _shot_taken(state: ScoreState, event: GameEvent, _context: Context) -> None:
    side = _side(state, event)
    side.shots += 1
    if event.shot_taken.on_target:
        side.shots_on_target += 1


def _foul_committed(state: ScoreState, event: GameEvent, _context: Context) -> None:
    _side(state, event).fouls += 1


def _corner_awarded(state: ScoreState, event: GameEvent, _context: Context) -> None:
    _side(state, event).corners += 1


def _offside_called(state: ScoreState, event: GameEvent, _context: Context) -> None:
    _side(state, event).offsides += 1


def _stoppage_announced(state: ScoreState, event: GameEvent, _context: Context) -> None:
    state.football.stoppage_minutes = event.stoppage_announced.minutes


def _side(state: ScoreState, event: GameEvent) -> FootballSide:
    return side_of(event, state.football.home, state.football.away, FootballSide())


_FACTS: dict[str, Fact] = {
    "goal_scored": _goal_scored,
    "shootout_attempted": _shootout_attempted,
    "card_shown": _card_shown,
    "shot_taken": _shot_taken,
    "foul_committed": _foul_committed,
    "corner_awarded": _corner_awarded,
    "offside_called": _offside_called,
    "stoppage_announced": _stoppage_announced,
}
