"""Create, amend, retract, in every order that a feed may send them."""

import pytest

from scoreline.domain.patch import KEY_EVENTS_KEPT
from scoreline.v1 import event_pb2 as e
from scoreline.v1.game_pb2 import RosterEntry
from scoreline.v1.state_pb2 import KeyEventKind, Reporting, ScoreState
from stated.core.game_fold import GameFold
from stated.core.steps import RecordReason
from tests.unit.stated.match import (
    AWAY,
    CONTIGUOUS,
    CREATE,
    HOME,
    KICK_OFF_S,
    MONOTONIC,
    UNORDERED,
    Feed,
    Folder,
    applied,
    basketball,
    folded,
    game,
    reason,
)

ORDERINGS = pytest.mark.parametrize("ordering", [CONTIGUOUS, MONOTONIC, UNORDERED])


def score(folder: Folder) -> tuple[int, int]:
    return folder.fold.state.score.home, folder.fold.state.score.away


def reasons(step: object) -> list[RecordReason]:
    return [note.reason for note in applied(step).notes]  # type: ignore[arg-type]


def test_the_first_event_says_that_the_game_is_reported() -> None:
    folder = Folder()
    assert not folder.fold.state.HasField("reporting")
    patch = applied(folder.only(Feed().event(e.PlayObserved()))).patch
    assert patch == ScoreState(reporting=Reporting.REPORTING_NORMAL)


@ORDERINGS
def test_a_retraction_takes_the_score_down_and_strikes_the_line(ordering) -> None:  # type: ignore[no-untyped-def]
    feed, folder = Feed(ordering), Folder()
    start, goal, other = feed.start(), feed.goal(HOME, player="h1"), feed.goal(AWAY, 700)
    folder.offer(start, goal, other)
    step = applied(folder.only(feed.retract(goal)))
    assert step.corrected
    assert step.critical
    assert step.patch is not None
    assert list(step.patch.key_events) == [1]
    assert score(folder) == (0, 1)
    assert folder.fold.state.key_events[1].voided
    assert not folder.fold.state.key_events[2].voided


@ORDERINGS
def test_an_amendment_replaces_the_fact_and_keeps_its_line(ordering) -> None:  # type: ignore[no-untyped-def]
    feed, folder = Feed(ordering), Folder()
    start, goal = feed.start(), feed.goal(HOME, player="h1")
    folder.offer(start, goal)
    step = applied(folder.only(feed.amend(goal, side=AWAY, player_id="a2")))
    assert step.corrected
    assert score(folder) == (0, 1)
    assert list(folder.fold.state.key_events) == [1]
    assert folder.fold.state.key_events[1].player == 4


def test_a_second_create_with_another_revision_amends() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, goal = feed.start(), feed.goal(HOME)
    folder.offer(start, goal, feed.amend(goal, action=CREATE, revision=1, side=AWAY))
    assert score(folder) == (0, 1)


def test_the_same_content_under_another_revision_changes_nothing() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, goal = feed.start(), feed.goal(HOME)
    folder.offer(start, goal)
    assert applied(folder.only(feed.amend(goal, revision=3))).patch is None
    assert reason(folder.only(feed.amend(goal, revision=2, side=AWAY))) == RecordReason.STALE_REVISION
    assert score(folder) == (1, 0)


def test_a_fact_amended_into_one_without_a_line_has_its_line_struck() -> None:
    feed, folder = Feed(), Folder()
    start, goal = feed.start(), feed.goal(HOME)
    folder.offer(start, goal, feed.amend(goal, shot_taken=e.ShotTaken(on_target=True)))
    state = folder.fold.state
    assert (score(folder), state.football.home.shots) == ((0, 0), 1)
    assert state.key_events[1].voided
    folder.offer(feed.amend(goal, goal_scored=e.GoalScored(), revision=1))
    assert score(folder) == (1, 0)
    assert state.key_events[1].kind == KeyEventKind.KEY_EVENT_KIND_GOAL
    assert not state.key_events[1].voided


def test_a_play_amended_into_a_goal_counts() -> None:
    feed, folder = Feed(), Folder()
    start, play = feed.start(), feed.event(e.PlayObserved(kind="shot"), at=60, side=HOME)
    folder.offer(start, play, feed.amend(play, goal_scored=e.GoalScored()))
    assert score(folder) == (1, 0)


def test_a_goal_amended_into_a_play_counts_no_more() -> None:
    feed, folder = Feed(), Folder()
    start, goal = feed.start(), feed.goal(HOME)
    folder.offer(start, goal, feed.amend(goal, play_observed=e.PlayObserved(kind="pass")))
    assert score(folder) == (0, 0)


def test_an_amendment_of_a_fact_never_seen_creates_it() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, goal = feed.start(), feed.goal(HOME)
    folder.offer(start, feed.amend(goal))
    assert score(folder) == (1, 0)


def test_a_retraction_of_a_fact_never_seen_is_held_and_the_fact_is_born_taken_back() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, goal = feed.start(), feed.goal(HOME)
    folder.offer(start)
    step = folder.only(feed.retract(goal))
    assert reason(step) == RecordReason.UNKNOWN_RETRACTION_HELD
    assert list(step.ledger) == ["acme:e2"]  # type: ignore[union-attr]
    born = applied(folder.only(goal))
    assert born.patch is None
    assert list(born.ledger) == ["acme:e2"]
    assert score(folder) == (0, 0)
    assert not folder.fold.state.key_events
    assert reason(folder.only(feed.amend(goal, side=AWAY))) == RecordReason.STALE_REVISION


def test_only_a_higher_revision_restates_what_was_taken_back() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, goal = feed.start(), feed.goal(HOME)
    folder.offer(start, goal, feed.retract(goal, revision=2))
    assert reason(folder.only(feed.amend(goal, revision=2, side=AWAY))) == RecordReason.STALE_REVISION
    assert score(folder) == (0, 0)
    folder.offer(feed.amend(goal, revision=3))
    assert score(folder) == (1, 0)
    assert not folder.fold.state.key_events[1].voided


def test_a_fact_born_taken_back_under_a_higher_revision_counts() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, goal = feed.start(), feed.goal(HOME, revision=2)
    folder.offer(start, feed.retract(goal, revision=1), goal)
    assert score(folder) == (1, 0)


def test_a_retraction_of_an_older_revision_is_stale_and_one_without_a_revision_is_not() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, goal = feed.start(), feed.goal(HOME, revision=5)
    folder.offer(start, goal)
    assert reason(folder.only(feed.retract(goal, revision=4))) == RecordReason.STALE_REVISION
    assert score(folder) == (1, 0)
    folder.offer(feed.retract(goal))
    assert score(folder) == (0, 0)


def test_what_was_taken_back_may_be_taken_back_again() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, goal = feed.start(), feed.goal(HOME)
    folder.offer(start, goal, feed.retract(goal))
    assert applied(folder.only(feed.retract(goal, revision=1))).patch is None


def test_a_late_goal_goes_into_its_place_and_is_noted() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, goal, other = feed.start(), feed.goal(HOME), feed.goal(AWAY, 700)
    folder.offer(start, other)
    step = folder.only(goal)
    assert reasons(step) == [RecordReason.LATE_APPLIED]
    assert applied(step).corrected
    assert score(folder) == (1, 1)
    assert sorted(folder.fold.state.key_events) == [1, 2]


def test_a_goal_that_is_late_only_behind_plays_is_carried_on_and_noted() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, goal, play = feed.start(), feed.goal(HOME), feed.event(e.PlayObserved(), at=700)
    folder.offer(start, play)
    step = applied(folder.only(goal))
    assert reasons(step) == [RecordReason.LATE_APPLIED]
    assert not step.corrected


def test_a_late_play_is_stale() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, play, goal = feed.start(), feed.event(e.PlayObserved()), feed.goal(HOME)
    folder.offer(start, goal)
    assert reason(folder.only(play)) == RecordReason.STALE_LATE


def test_a_late_possession_counts_while_none_after_it_is_known() -> None:
    feed, folder = Feed(MONOTONIC), Folder(basketball())
    start, first, second, foul = (
        feed.start(),
        feed.event(e.PossessionGained(), side=HOME),
        feed.event(e.PossessionGained(), side=AWAY),
        feed.event(e.FoulCommitted(), side=HOME),
    )
    folder.offer(start, foul)
    assert applied(folder.only(second)).corrected
    assert folder.fold.state.basketball.possession == AWAY
    assert reason(folder.only(first)) == RecordReason.STALE_LATE
    assert folder.fold.state.basketball.possession == AWAY


def test_in_a_contiguous_feed_a_fact_stays_where_it_was_first_stated() -> None:
    # The foul belongs to the first period, though its amendment comes in the second.
    feed, folder = Feed(), Folder(basketball())
    start, foul = feed.start(), feed.event(e.FoulCommitted(), side=HOME)
    folder.offer(start, foul, feed.start(ordinal=2))
    folder.offer(feed.amend(foul, foul_committed=e.FoulCommitted(counts_to_bonus=True)))
    assert folder.fold.state.basketball.home.team_fouls == 0


def test_in_a_contiguous_feed_a_create_that_was_given_up_moves_its_amendment_to_its_place() -> None:
    feed, folder = Feed(), Folder(basketball())
    start, foul = feed.start(), feed.event(e.FoulCommitted(counts_to_bonus=True), side=HOME)
    second = feed.start(ordinal=2)
    amended = feed.amend(foul, side=AWAY)
    folder.offer(start, second, amended)
    folder.finish()
    assert folder.fold.state.basketball.away.team_fouls == 1
    folder.offer(foul)
    assert folder.fold.state.basketball.away.team_fouls == 0
    assert folder.fold.state.basketball.home.team_fouls == 0


def test_in_a_contiguous_feed_the_later_message_holds_however_late_the_earlier_one_comes() -> None:
    feed, folder = Feed(), Folder()
    start, goal = feed.start(), feed.goal(HOME)
    amended, back, again = (
        feed.amend(goal, side=AWAY),
        feed.retract(goal),
        feed.amend(goal, side=AWAY, revision=1),
    )
    folder.offer(start, amended)
    folder.finish()
    folder.offer(goal)
    assert score(folder) == (0, 1)
    folder.offer(again)
    folder.finish()
    assert reason(folder.only(back)) == RecordReason.STALE_REVISION
    assert score(folder) == (0, 1)


def test_in_a_monotonic_feed_out_of_date_word_moves_nothing() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, goal = feed.start(), feed.goal(HOME, revision=2)
    folder.offer(start, goal)
    assert reason(folder.only(feed.amend(goal, revision=1, sequence=1))) == RecordReason.STALE_REVISION


def test_in_a_monotonic_feed_an_amendment_may_move_a_fact() -> None:
    feed, folder = Feed(MONOTONIC), Folder(basketball())
    start, foul = feed.start(), feed.event(e.FoulCommitted(counts_to_bonus=True), side=HOME)
    folder.offer(start, foul, feed.start(ordinal=2))
    assert folder.fold.state.basketball.home.team_fouls == 0
    step = applied(folder.only(feed.amend(foul, sequence=4)))
    assert step.corrected
    assert folder.fold.state.basketball.home.team_fouls == 1


def test_an_amendment_to_something_illegal_takes_the_fact_out_and_is_noted() -> None:
    feed, folder = Feed(), Folder()
    start, goal = feed.start(), feed.goal(HOME)
    folder.offer(start, goal)
    overtime = e.MatchTime(kind=2, ordinal=1)
    step = folder.only(feed.amend(goal, time=overtime))
    assert reasons(step) == [RecordReason.ILLEGAL_TRANSITION]
    assert score(folder) == (0, 0)
    assert folder.fold.state.key_events[1].voided


def test_a_late_fact_that_is_illegal_in_its_place_changes_nothing() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    early = feed.goal(HOME, None)
    folder.offer(feed.start())
    step = folder.only(early)
    assert reason(step) == RecordReason.ILLEGAL_TRANSITION
    assert list(step.ledger) == ["acme:e1"]  # type: ignore[union-attr]
    assert score(folder) == (0, 0)


def test_lines_far_back_are_amended_without_a_word_to_readers() -> None:
    feed, folder = Feed(), Folder(basketball())
    first = feed.points(HOME, 2)
    folder.offer(feed.start(sequence=1, event_id="s"))
    first.sequence = 2
    folder.offer(first)
    for _ in range(KEY_EVENTS_KEPT):
        folder.offer(feed.points(AWAY, 1))
    assert sorted(folder.fold.state.key_events) == list(range(2, KEY_EVENTS_KEPT + 2))
    patch = applied(folder.only(feed.retract(first))).patch
    assert patch is not None
    assert not patch.key_events
    assert patch.score.HasField("home")


def test_an_event_without_content_is_taken_as_a_play() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start())
    assert applied(folder.only(feed.event(None))).patch is None


def test_a_shoot_out_taken_back_stands_at_nought() -> None:
    feed, folder = Feed(), Folder()
    start, second, shootout = feed.start(), feed.start(ordinal=2), feed.start(3, 1)
    folder.offer(start, second, shootout, feed.event(e.ShootoutAttempted(scored=True), side=HOME))
    assert folder.fold.state.score.home_shootout == 1
    folder.offer(feed.retract(shootout))
    assert folder.fold.state.score.HasField("home_shootout")
    assert folder.fold.state.score.home_shootout == 0
    assert folder.fold.state.period.kind == 1


def test_a_score_that_differs_is_told_once_until_it_differs_otherwise() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(score=(0, 0)))
    step = applied(folder.only(feed.goal(HOME, score=(2, 0))))
    assert [tuple(note) for note in step.notes] == [("score_disagreement", "feed 2-0, facts 1-0")]
    assert score(folder) == (1, 0)
    assert reasons(folder.only(feed.event(e.PlayObserved(), score=(2, 0)))) == []
    assert reasons(folder.only(feed.event(e.PlayObserved(), score=(1, 0)))) == []
    assert reasons(folder.only(feed.event(e.PlayObserved(), score=(1, 1)))) == ["score_disagreement"]


def test_a_correction_is_not_compared_with_the_score_of_its_day() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, goal, other = feed.start(), feed.goal(HOME, score=(1, 0)), feed.goal(HOME, 700, score=(2, 0))
    folder.offer(start, goal, other)
    assert reasons(folder.only(feed.amend(goal, player_id="h1"))) == []


def test_nor_in_a_contiguous_feed_whose_corrections_have_numbers_of_their_own() -> None:
    feed, folder = Feed(), Folder()
    start, goal, other = feed.start(), feed.goal(HOME, score=(1, 0)), feed.goal(HOME, 700, score=(2, 0))
    folder.offer(start, goal, other)
    assert reasons(folder.only(feed.amend(goal, player_id="h1"))) == []


def test_players_registered_later_come_with_the_next_patch() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start())
    larger = game()
    larger.roster.append(RosterEntry(roster_number=5, player_id="h5", name="Late", side=HOME))
    folder.fold.register(larger)
    patch = applied(folder.only(feed.goal(HOME, player="h5"))).patch
    assert patch is not None
    assert list(patch.sheet.roster) == [5]
    assert patch.key_events[1].player == 5
    assert applied(folder.only(feed.goal(HOME, player="h1"))).patch.sheet == type(patch.sheet)()  # type: ignore[union-attr]


def test_a_new_planned_start_moves_the_reference_only_before_the_game() -> None:
    feed, folder = Feed(), Folder()
    moved = game()
    moved.scheduled_time.seconds += 600
    folder.fold.register(moved)
    folder.offer(feed.start(wall_s=600))
    assert folder.fold.state.sheet.reference_time_s == KICK_OFF_S + 600
    assert folder.fold.state.clock.as_of_ds == 0
    folder.fold.register(game())
    folder.offer(feed.event(e.ClockAdjusted(), at=10, wall_s=610))
    assert folder.fold.state.sheet.reference_time_s == KICK_OFF_S + 600
    assert folder.fold.state.clock.as_of_ds == 100


def test_a_restored_game_of_a_larger_roster_tells_it_with_the_next_patch() -> None:
    feed = Feed()
    folder = folded([feed.start()])
    larger = game()
    larger.roster.append(RosterEntry(roster_number=5, player_id="h5", name="Late", side=HOME))
    restored = Folder(larger, GameFold(larger, folder.fold.record()))
    restored.log_sequence = folder.log_sequence
    patch = applied(restored.only(feed.goal(HOME))).patch
    assert patch is not None
    assert 5 in patch.sheet.roster
