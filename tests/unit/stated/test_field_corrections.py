"""Every kind of correction in American football and ice hockey: score and timeline follow, in one patch."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from scoreline.v1 import event_pb2 as e
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Sport
from scoreline.v1.state_pb2 import GameStatus, KeyEventKind
from stated.core.steps import Applied, RecordReason
from tests.unit.stated.match import AWAY, HOME, MONOTONIC, Feed, Folder, applied, game, reason

FINAL = GameStatus.GAME_STATUS_FINAL


class Case(NamedTuple):
    sport: Sport.ValueType
    score: Any
    """What scores, and what it is amended to."""
    worth: int
    other: Any
    other_worth: int
    other_kind: KeyEventKind.ValueType


CASES = [
    Case(
        Sport.SPORT_AMERICAN_FOOTBALL,
        e.PointsScored(points=6),
        6,
        e.PointsScored(points=3),
        3,
        KeyEventKind.KEY_EVENT_KIND_FIELD_GOAL,
    ),
    Case(
        Sport.SPORT_ICE_HOCKEY,
        e.GoalScored(),
        1,
        e.GoalScored(penalty=True),
        1,
        KeyEventKind.KEY_EVENT_KIND_PENALTY_GOAL,
    ),
]
each = pytest.mark.parametrize("case", CASES, ids=["american_football", "ice_hockey"])
whenever = pytest.mark.parametrize("is_over", [False, True], ids=["before_the_final", "after_the_final"])


class Played:
    """A game with one score of the home side, still on or over."""

    def __init__(self, case: Case, *, is_over: bool) -> None:
        self.feed = Feed(MONOTONIC, period_s=900)
        self.folder = Folder(game(case.sport))
        self.folder.offer(self.feed.start())
        self.scored = self.feed.event(case.score, at=61, side=HOME, player="h1")
        self.folder.offer(self.scored, self.feed.event(e.FoulCommitted(), side=AWAY))
        if is_over:
            self.folder.offer(self.feed.status(FINAL))
        self.is_over = is_over

    def correct(self, event: GameEvent) -> Applied:
        step = applied(self.folder.only(event))
        assert step.corrected
        assert step.critical
        assert step.patch is not None
        # A line, the score, and the counter of shots.
        assert step.patch.ByteSize() <= 34
        assert not step.notes
        assert (self.folder.fold.state.status == FINAL) is self.is_over
        return step

    @property
    def score(self) -> tuple[int, int]:
        state = self.folder.fold.state
        return state.score.home, state.score.away


@each
@whenever
def test_a_score_taken_back_by_a_stub_leaves_a_struck_line(case: Case, is_over: bool) -> None:
    played = Played(case, is_over=is_over)
    assert played.score == (case.worth, 0)
    stub = GameEvent(
        game_id="g1", provider_id="acme", event_id=played.scored.event_id, action=e.EVENT_ACTION_RETRACT
    )
    played.correct(stub)
    assert played.score == (0, 0)
    assert played.folder.fold.state.key_events[1].voided


@each
@whenever
def test_a_score_amended_to_another_counts_as_amended(case: Case, is_over: bool) -> None:
    played = Played(case, is_over=is_over)
    arm = played.scored.WhichOneof("detail")
    step = played.folder.only(played.feed.amend(played.scored, revision=1, **{arm: case.other}))
    assert applied(step).corrected
    assert played.score == (case.other_worth, 0)
    assert played.folder.fold.state.key_events[1].kind == case.other_kind


@each
@whenever
def test_a_score_given_to_the_other_side_moves(case: Case, is_over: bool) -> None:
    played = Played(case, is_over=is_over)
    played.correct(played.feed.amend(played.scored, revision=1, side=AWAY, player_id="a1"))
    assert played.score == (0, case.worth)
    assert played.folder.fold.state.key_events[1].player == 3


@each
def test_a_score_that_becomes_a_play_counts_nothing_and_may_come_back(case: Case) -> None:
    played = Played(case, is_over=False)
    played.correct(played.feed.amend(played.scored, revision=1, play_observed=e.PlayObserved(kind="rush")))
    assert played.score == (0, 0)
    played.correct(played.feed.amend(played.scored, revision=2))
    assert played.score == (case.worth, 0)
    assert not played.folder.fold.state.key_events[1].voided


@each
def test_a_score_whose_retraction_came_first_is_born_taken_back(case: Case) -> None:
    feed, folder = Feed(MONOTONIC, period_s=900), Folder(game(case.sport))
    folder.offer(feed.start())
    scored = feed.event(case.score, at=61, side=HOME)
    assert reason(folder.only(feed.retract(scored))) == RecordReason.UNKNOWN_RETRACTION_HELD
    assert applied(folder.only(scored)).patch is None
    assert folder.fold.state.score.home == 0


@each
def test_an_older_revision_changes_nothing(case: Case) -> None:
    played = Played(case, is_over=False)
    played.correct(played.feed.amend(played.scored, revision=2, side=AWAY))
    step = played.folder.only(played.feed.amend(played.scored, revision=1))
    assert reason(step) == RecordReason.STALE_REVISION
    assert played.score == (0, case.worth)
