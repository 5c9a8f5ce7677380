import pytest

from scoreline.v1 import event_pb2 as e
from stated.core.steps import RecordReason
from tests.unit.stated.match import (
    HOME,
    MONOTONIC,
    OVERTIME,
    REGULAR,
    SHOOTOUT,
    Feed,
    Folder,
    applied,
    basketball,
    game,
    reason,
)


def clock(folder: Folder) -> tuple[int, bool, int]:
    anchor = folder.fold.state.clock
    return anchor.elapsed_ds, anchor.running, anchor.as_of_ds


def test_a_fact_that_agrees_with_the_clock_does_not_move_it() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start())
    for wall in (57.1, 60, 62.9):
        step = applied(folder.only(feed.event(e.PlayObserved(kind="pass"), at=60, wall_s=wall)))
        assert step.patch is None
        assert step.ledger == {}


@pytest.mark.parametrize("wall", [56.8, 63.2])
def test_a_fact_more_than_three_seconds_off_sets_the_clock_right(wall: float) -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start())
    step = applied(folder.only(feed.event(e.PlayObserved(kind="pass"), at=60, wall_s=wall)))
    assert step.patch is not None
    assert clock(folder) == (600, True, round(wall * 10))


def test_a_fact_that_scores_may_set_the_clock_right_too() -> None:
    feed, folder = Feed(period_s=720), Folder(basketball())
    folder.offer(feed.start())
    step = applied(folder.only(feed.points(HOME, 2, 30, wall_s=90)))
    assert sorted(step.ledger) == ["acme:e2", "~clock"]
    assert clock(folder) == (300, True, 900)
    possession = applied(folder.only(feed.event(e.PossessionGained(), at=60, side=HOME, wall_s=180)))
    assert sorted(possession.ledger) == ["~clock", "~possession"]
    assert clock(folder) == (600, True, 1_800)


def test_the_rate_of_a_replay_is_the_rate_of_its_clock() -> None:
    feed, folder = Feed(), Folder(game(clock_rate=60))
    folder.offer(feed.start())
    agrees = applied(folder.only(feed.event(e.PlayObserved(), at=600, wall_s=10)))
    assert agrees.patch is None
    folder.offer(feed.event(e.PlayObserved(), at=1_200, wall_s=10))
    assert clock(folder) == (12_000, True, 100)


def test_where_the_feed_has_no_time_of_its_own_the_receipt_counts() -> None:
    feed, folder = Feed(), Folder()
    start = feed.start()
    start.ClearField("occurred_time")
    folder.now_us += 9_000_000
    folder.offer(start)
    assert clock(folder) == (0, True, 90)


def test_an_instant_that_is_none_is_no_instant() -> None:
    feed, folder = Feed(), Folder()
    start = feed.start()
    start.occurred_time.seconds = 2**62
    folder.offer(start)
    assert clock(folder) == (0, True, 0)


@pytest.mark.parametrize("period", [(REGULAR, 2), (OVERTIME, 1), (SHOOTOUT, 1)])
def test_facts_of_another_period_say_nothing_about_the_clock(period: tuple[int, int]) -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start())
    assert applied(folder.only(feed.event(e.PlayObserved(), at=900, period=period))).patch is None  # type: ignore[arg-type]


def test_facts_in_the_break_say_nothing_about_the_clock() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.end())
    assert applied(folder.only(feed.event(e.PlayObserved(), at=900))).patch is None


def test_the_clock_is_set_started_and_stopped_by_adjustments() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.event(e.ClockAdjusted(), at=100, wall_s=130))
    assert clock(folder) == (1_000, False, 1_300)
    folder.offer(feed.event(e.ClockAdjusted(running=True), period=(REGULAR, 1), wall_s=200))
    assert clock(folder) == (1_000, True, 2_000)
    folder.offer(feed.event(e.ClockAdjusted(), period=(REGULAR, 1), wall_s=210))
    assert clock(folder) == (1_100, False, 2_100)


def test_a_clock_that_stands_is_moved_by_a_fact_that_contradicts_it_but_not_started() -> None:
    feed, folder = Feed(period_s=720), Folder(basketball())
    folder.offer(feed.start(), feed.event(e.ClockAdjusted(), at=100, wall_s=100))
    folder.offer(feed.event(e.PlayObserved(), at=110, wall_s=190))
    assert clock(folder) == (1_100, False, 1_900)


def test_an_adjustment_before_the_game_is_refused_and_leaves_nothing() -> None:
    folder = Folder()
    step = folder.only(Feed().event(e.ClockAdjusted(running=True), at=5))
    assert reason(step) == RecordReason.ILLEGAL_TRANSITION
    assert folder.fold.record().ledger == {}


def test_an_adjustment_in_the_break_is_refused_and_leaves_the_one_before() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.event(e.ClockAdjusted(running=True), at=5), feed.end())
    before = folder.fold.record().ledger
    assert reason(folder.only(feed.event(e.ClockAdjusted(running=True), at=6))) == "illegal_transition"
    assert folder.fold.record().ledger == before


def test_the_clock_never_passes_the_limit_of_its_period() -> None:
    feed, folder = Feed(period_s=720), Folder(basketball())
    folder.offer(feed.start(), feed.event(e.PeriodEnded(), period=(REGULAR, 1), wall_s=1_500))
    assert clock(folder) == (7_200, False, 15_000)


def test_an_instant_before_the_anchor_does_not_run_the_clock_back() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(wall_s=10), feed.event(e.PeriodEnded(), period=(REGULAR, 1), wall_s=5))
    assert clock(folder) == (0, False, 50)


def test_a_late_adjustment_older_than_the_one_held_is_stale() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, late, newer = (
        feed.start(),
        feed.event(e.ClockAdjusted(), at=5),
        feed.event(e.ClockAdjusted(), at=9),
    )
    folder.offer(start, newer)
    assert reason(folder.only(late)) == RecordReason.STALE_LATE
    assert clock(folder)[0] == 90


def test_a_late_adjustment_counts_while_nothing_newer_set_the_clock() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, late = feed.start(), feed.event(e.ClockAdjusted(), at=5)
    folder.offer(start, feed.event(e.FoulCommitted(), side=HOME))
    step = applied(folder.only(late))
    assert step.corrected
    assert clock(folder)[:2] == (50, False)


def test_a_late_adjustment_of_a_period_that_is_over_changes_nothing_to_be_seen() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    start, late, end = feed.start(), feed.event(e.ClockAdjusted(), at=5), feed.end()
    folder.offer(start, end)
    assert applied(folder.only(late)).patch is None
    assert clock(folder)[0] == 27_000
    folder.offer(feed.retract(end))
    assert clock(folder)[:2] == (50, False)


def test_a_late_adjustment_that_was_never_legal_leaves_nothing() -> None:
    feed, folder = Feed(MONOTONIC), Folder()
    late = feed.event(e.ClockAdjusted(), at=5)
    folder.offer(feed.start())
    assert reason(folder.only(late)) == RecordReason.ILLEGAL_TRANSITION
    assert "~clock" not in folder.fold.record().ledger
