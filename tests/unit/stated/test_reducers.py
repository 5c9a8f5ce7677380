import pytest

from scoreline.domain.rulebook import RULEBOOKS
from scoreline.v1 import event_pb2 as e
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Sport
from stated.core.context import Context, context_of
from stated.core.course import COURSE
from stated.core.opening import opening_play
from stated.core.reducers import PASSING, SPORTS, is_material, reduce
from tests.unit.stated.feeds import (
    AMERICAN_FOOTBALL_FACTS,
    BASEBALL_FACTS,
    BASKETBALL_FACTS,
    CRICKET_FACTS,
    FOOTBALL_FACTS,
    ICE_HOCKEY_FACTS,
    TENNIS_FACTS,
)
from tests.unit.stated.match import HOME, Feed, basketball, game


def test_every_sport_with_a_rule_book_has_a_reducer() -> None:
    assert set(SPORTS) == set(RULEBOOKS)


def test_what_passes_and_the_course_of_a_game_are_arms_of_an_event() -> None:
    arms = {field.name for field in GameEvent.DESCRIPTOR.oneofs_by_name["detail"].fields}
    assert arms >= PASSING
    assert arms >= set(COURSE)


def test_facts_that_the_sum_is_made_of_are_material() -> None:
    assert is_material(Feed().goal(HOME))
    assert not is_material(Feed().event(e.PlayObserved()))
    assert not is_material(GameEvent())


@pytest.mark.parametrize(
    "detail",
    FOOTBALL_FACTS
    + BASKETBALL_FACTS
    + BASEBALL_FACTS
    + AMERICAN_FOOTBALL_FACTS
    + ICE_HOCKEY_FACTS
    + TENNIS_FACTS
    + CRICKET_FACTS,
)
def test_a_reducer_leaves_the_state_it_was_given_as_it_was(detail: object) -> None:
    feed = Feed()
    hockey, american = game(Sport.SPORT_ICE_HOCKEY), game(Sport.SPORT_AMERICAN_FOOTBALL)
    turns = (game(Sport.SPORT_BASEBALL), game(Sport.SPORT_TENNIS), game(Sport.SPORT_CRICKET))
    for fixture in (game(), basketball(), hockey, american, *turns):
        sport, known = SPORTS[fixture.sport], context_of(fixture)
        state = reduce(sport, opening_play(fixture), Feed().start(), Context(known, 0, iter(())))
        assert state is not None
        before = state.SerializeToString(deterministic=True)
        reduce(sport, state, feed.event(detail, at=5, side=HOME), Context(known, 0, iter(())))
        assert state.SerializeToString(deterministic=True) == before
