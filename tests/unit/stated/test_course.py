import pytest

from scoreline.v1 import event_pb2 as e
from scoreline.v1.state_pb2 import GameStatus
from stated.core.steps import RecordReason
from stated.core.transitions import (
    ABANDONED,
    CANCELLED,
    FINAL,
    INTERRUPTED,
    LIVE,
    OFFICIAL,
    OVERTIME,
    POSTPONED,
    REGULAR,
    SCHEDULED,
    SHOOTOUT,
)
from tests.unit.stated.match import AWAY, HOME, Feed, Folder, applied, basketball, folded, game, reason


def place(folder: Folder) -> tuple[int, int, bool]:
    period = folder.fold.state.period
    return period.kind, period.ordinal, period.on_break


def test_the_start_of_a_period_makes_a_scheduled_game_live_and_runs_the_clock() -> None:
    feed, folder = Feed(), Folder()
    assert folder.fold.state.status == SCHEDULED
    folder.offer(feed.start(wall_s=65.3))
    state = folder.fold.state
    assert state.status == LIVE
    assert place(folder) == (REGULAR, 1, False)
    assert (state.clock.elapsed_ds, state.clock.running, state.clock.as_of_ds) == (0, True, 653)


def test_a_game_goes_through_all_its_periods() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.end(2_820.5))
    state = folder.fold.state
    assert place(folder) == (REGULAR, 1, True)
    assert (state.clock.elapsed_ds, state.clock.running) == (28_205, False)
    folder.offer(feed.start(ordinal=2), feed.end())
    folder.offer(feed.start(OVERTIME, 1), feed.end(900), feed.start(OVERTIME, 2), feed.end(900))
    folder.offer(feed.start(SHOOTOUT, 1), feed.end())
    assert place(folder) == (SHOOTOUT, 1, True)
    assert state.status == LIVE
    folder.offer(feed.status(FINAL), feed.status(OFFICIAL))
    assert state.status == OFFICIAL


def test_a_period_said_to_start_again_sets_the_clock() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.start(wall_s=30))
    assert folder.fold.state.clock.as_of_ds == 300
    assert place(folder) == (REGULAR, 1, False)


@pytest.mark.parametrize(
    ("kind", "ordinal"), [(REGULAR, 1), (OVERTIME, 2), (SHOOTOUT, 1), (REGULAR, 3), (REGULAR, 0)]
)
def test_a_period_out_of_turn_is_refused_and_changes_nothing(kind: int, ordinal: int) -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.end())
    before = folder.fold.version
    period = (kind, ordinal)
    assert (
        reason(folder.only(feed.event(e.PeriodStarted(), period=period))) == RecordReason.ILLEGAL_TRANSITION
    )  # type: ignore[arg-type]
    assert folder.fold.version == before


def test_the_end_of_a_period_that_is_not_the_current_one_is_refused() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.start(ordinal=2))
    assert reason(folder.only(feed.event(e.PeriodEnded(), period=(REGULAR, 1)))) == "illegal_transition"
    assert reason(folder.only(feed.event(e.PeriodEnded(), period=(OVERTIME, 2)))) == "illegal_transition"


def test_a_period_may_be_said_to_end_twice() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.end(2_700))
    assert applied(folder.only(feed.end(2_705))).patch is None


def test_the_end_of_a_period_whose_start_was_lost_begins_and_ends_it() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.event(e.PeriodEnded(), at=2_700, period=(REGULAR, 2)))
    assert place(folder) == (REGULAR, 2, True)


def test_a_fact_of_a_later_period_proves_that_it_began() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.goal(HOME, 300, period=(REGULAR, 2)))
    state = folder.fold.state
    assert (state.status, state.score.home) == (LIVE, 1)
    assert place(folder) == (REGULAR, 2, False)
    assert state.clock.elapsed_ds == 3_000


def test_a_fact_of_a_period_that_can_not_be_is_refused_until_it_can() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start())
    early = feed.goal(HOME, 5, period=(OVERTIME, 1))
    assert reason(folder.only(early)) == "illegal_transition"
    assert folder.fold.state.score.home == 0


def test_a_fact_without_a_time_does_not_begin_a_game() -> None:
    folder = Folder()
    assert reason(folder.only(Feed().goal(HOME, None))) == "illegal_transition"
    assert folder.fold.state.score.home == 0


def test_a_fact_that_was_not_legal_counts_once_a_correction_makes_it_so() -> None:
    feed, folder = Feed(), Folder()
    cancelled = feed.status(CANCELLED)
    folder.offer(cancelled)
    assert reason(folder.only(feed.goal(HOME, 60))) == "illegal_transition"
    step = applied(folder.only(feed.retract(cancelled)))
    assert step.corrected
    assert step.critical
    assert folder.fold.state.score.home == 1
    assert folder.fold.state.status == LIVE


@pytest.mark.parametrize("over", [FINAL, OFFICIAL, ABANDONED])
def test_a_fact_added_after_the_end_still_counts(over: GameStatus.ValueType) -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.end(), feed.status(FINAL if over == OFFICIAL else over))
    folder.offer(*([feed.status(OFFICIAL)] if over == OFFICIAL else []))
    folder.offer(feed.goal(AWAY, 60), feed.goal(AWAY, 60, period=(REGULAR, 2)))
    assert folder.fold.state.score.away == 2
    assert folder.fold.state.status == over
    assert place(folder) == (REGULAR, 1, True)


def test_nothing_begins_after_the_end() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.end(), feed.status(FINAL))
    assert reason(folder.only(feed.start(ordinal=2))) == "illegal_transition"
    assert folder.fold.state.status == FINAL


def test_final_goes_back_to_live_only_by_a_correction_and_operators_are_told() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.status(FINAL, wall_s=100))
    assert reason(folder.only(feed.status(LIVE))) == "illegal_transition"
    step = applied(folder.only(feed.status(LIVE, is_correction=True, note="played on", wall_s=130)))
    assert [(note.reason, note.text) for note in step.notes] == [(RecordReason.STATUS_CORRECTED, "played on")]
    assert folder.fold.state.status == LIVE
    assert folder.fold.state.clock.running


def test_not_even_a_correction_leads_to_a_status_that_nobody_knows() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start())
    for status in (0, 99):
        assert reason(folder.only(feed.status(status, is_correction=True))) == "illegal_transition"  # type: ignore[arg-type]
    assert folder.fold.state.status == LIVE


def test_a_correction_that_needs_none_is_no_news() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start())
    assert applied(folder.only(feed.status(FINAL, is_correction=True))).notes == ()


def test_retracting_the_ending_makes_the_game_live_again() -> None:
    feed, folder = Feed(), Folder()
    ending = feed.status(FINAL)
    folder.offer(feed.start(), ending)
    assert applied(folder.only(feed.retract(ending))).corrected
    assert folder.fold.state.status == LIVE


def test_an_interruption_stops_the_clock_and_play_runs_it_again() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.status(INTERRUPTED, wall_s=120))
    clock = folder.fold.state.clock
    assert (folder.fold.state.status, clock.elapsed_ds, clock.running) == (INTERRUPTED, 1_200, False)
    folder.offer(feed.status(LIVE, wall_s=720))
    assert (clock.elapsed_ds, clock.running, clock.as_of_ds) == (1_200, True, 7_200)


def test_a_start_of_the_running_period_ends_an_interruption() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.status(INTERRUPTED), feed.event(e.PeriodStarted(), at=120))
    assert folder.fold.state.status == LIVE
    assert folder.fold.state.clock.elapsed_ds == 1_200


def test_a_postponed_game_may_be_played_another_day() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.status(POSTPONED), feed.start())
    assert folder.fold.state.status == LIVE


def test_live_without_a_period_runs_no_clock() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.status(LIVE))
    assert folder.fold.state.status == LIVE
    assert not folder.fold.state.clock.running


def test_the_same_status_said_again_changes_nothing() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start())
    assert applied(folder.only(feed.status(LIVE))).patch is None


def test_a_review_makes_the_state_uncertain_until_it_is_closed() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.event(e.ReviewOpened()))
    assert folder.fold.state.uncertain
    folder.offer(feed.event(e.ReviewClosed()))
    assert folder.fold.state.HasField("uncertain")
    assert not folder.fold.state.uncertain


def test_a_goal_overturned_after_a_review_leaves_no_trace_but_a_struck_line() -> None:
    feed = Feed()
    goal = feed.goal(HOME, player="h1")
    folder = folded([feed.start(sequence=1)], game())
    goal.sequence = 2
    feed.sequence = 2
    folder.offer(goal, feed.event(e.ReviewOpened()), feed.retract(goal), feed.event(e.ReviewClosed()))
    state = folder.fold.state
    assert (state.score.home, state.uncertain) == (0, False)
    assert state.football.home.shots == 0
    assert state.key_events[1].voided
    assert state.key_events[1].player == 1


def test_overtime_of_basketball_follows_the_fourth_quarter() -> None:
    feed, folder = Feed(period_s=720), Folder(basketball())
    folder.offer(
        *(feed.start(ordinal=n) for n in range(1, 5)), feed.start(OVERTIME, 1), feed.start(OVERTIME, 2)
    )
    assert place(folder) == (OVERTIME, 2, False)
