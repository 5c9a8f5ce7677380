"""From one state to the next: the course of the game first, then what the sport adds [B2]."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import NamedTuple

from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Sport
from scoreline.v1.state_pb2 import KeyEventKind, ScoreState
from stated.core.context import Context
from stated.core.course import CONCEDED, COURSE, conceded, entered
from stated.core.sports import american_football, baseball, basketball, cricket, football, ice_hockey, tennis
from stated.core.transitions import can_count


def as_it_is(state: ScoreState) -> ScoreState:
    """Return the state: in most sports nothing follows from where the game stands."""
    return state


class SportReducer(NamedTuple):
    """What a sport adds to the course of a game."""

    opening: Callable[[ScoreState], None]
    """Sets the counters of a game that has not begun."""
    period_begins: Callable[[ScoreState], None]
    """Sets what counts per period."""
    reduce: Callable[[ScoreState, GameEvent, Context], ScoreState]
    """Returns the state after a fact of play."""
    key_kind: Callable[[GameEvent, Context], KeyEventKind.ValueType | None]
    """Names the fact in the timeline."""
    settle: Callable[[ScoreState], ScoreState] = as_it_is
    """Returns the state with what follows from where the game stands, such as the goal of a shoot-out."""


SPORTS: MappingProxyType[Sport.ValueType, SportReducer] = MappingProxyType(
    {
        Sport.SPORT_FOOTBALL: SportReducer(
            football.opening, football.period_begins, football.reduce, football.key_kind
        ),
        Sport.SPORT_BASKETBALL: SportReducer(
            basketball.opening, basketball.period_begins, basketball.reduce, basketball.key_kind
        ),
        Sport.SPORT_BASEBALL: SportReducer(
            baseball.opening, baseball.period_begins, baseball.reduce, baseball.key_kind
        ),
        Sport.SPORT_AMERICAN_FOOTBALL: SportReducer(
            american_football.opening,
            american_football.period_begins,
            american_football.reduce,
            american_football.key_kind,
        ),
        Sport.SPORT_ICE_HOCKEY: SportReducer(
            ice_hockey.opening,
            ice_hockey.period_begins,
            ice_hockey.reduce,
            ice_hockey.key_kind,
            ice_hockey.settle,
        ),
        Sport.SPORT_TENNIS: SportReducer(
            tennis.opening, tennis.period_begins, tennis.reduce, tennis.key_kind
        ),
        Sport.SPORT_CRICKET: SportReducer(
            cricket.opening, cricket.period_begins, cricket.reduce, cricket.key_kind
        ),
    }
)

#: Facts that no sum is made of; of some the last one counts, of the others none.
PASSING = frozenset({"play_observed", "possession_gained", "clock_adjusted"})


def is_material(event: GameEvent) -> bool:
    """Whether the fact is one that the state is the sum of, to be kept so that the sum can be made anew."""
    detail = event.WhichOneof("detail")
    return detail is not None and detail not in PASSING


def reduce(sport: SportReducer, state: ScoreState, event: GameEvent, context: Context) -> ScoreState | None:
    """Return the state after a fact, or nothing when the fact is not legal in the state.

    The state given is left as it is.
    """
    following = _moved(sport, state, event, context)
    return None if following is None else sport.settle(following)


def _moved(sport: SportReducer, state: ScoreState, event: GameEvent, context: Context) -> ScoreState | None:
    detail = event.WhichOneof("detail") or ""
    course = COURSE.get(detail)
    if course is not None:
        return course(state, event, context, sport.period_begins)
    if detail in PASSING:
        # Who has the ball proves no period: such facts are not kept, so nothing may hang on them.
        return sport.reduce(state, event, context) if can_count(state.status) else None
    if detail == CONCEDED:
        ended = conceded(state)
        return None if ended is None else sport.reduce(ended, event, context)
    playing = entered(state, event, context, sport.period_begins)
    return None if playing is None else sport.reduce(playing, event, context)
