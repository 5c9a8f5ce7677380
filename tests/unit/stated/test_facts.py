"""A fact is taken into a copy of the state, by the function of its kind."""

from __future__ import annotations

from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Side
from scoreline.v1.state_pb2 import ScoreState
from stated.core.context import Context
from stated.core.facts import side_of, taken
from tests.support import small_match


def _count(state: ScoreState, _event: GameEvent, _context: Context) -> None:
    state.score.home += 1


def test_a_fact_changes_a_copy() -> None:
    before = ScoreState()
    after = taken({"goal_scored": _count}, before, small_match.goal(1), None)  # type: ignore[arg-type]  # the fact ignores it
    assert after.score.home == 1
    assert before == ScoreState()


def test_a_fact_of_no_kind_that_the_sport_knows_leaves_the_state_as_it_is() -> None:
    state = ScoreState()
    assert taken({"goal_scored": _count}, state, small_match.play(1), None) is state  # type: ignore[arg-type]  # nobody asks for it


def test_a_fact_counts_for_the_side_that_it_names_and_else_for_nobody() -> None:
    counted = [side_of(GameEvent(side=side), "home", "away", "nobody") for side in Side.values()]
    assert counted == ["nobody", "home", "away"]
