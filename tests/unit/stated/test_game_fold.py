import pytest

from scoreline.v1 import event_pb2 as e
from scoreline.wire.names import event_identity
from stated.core.game_fold import GameFold
from stated.core.reorder import WINDOW_US
from stated.core.steps import Applied, Duplicate, GameRecord, LoggedEvent, Recorded, RecordReason, digest
from tests.unit.stated.match import (
    AWAY,
    CONTIGUOUS,
    HOME,
    MONOTONIC,
    UNORDERED,
    Feed,
    Folder,
    applied,
    folded,
    game,
    reason,
)


def test_a_fresh_game_has_version_nought_and_nothing_seen() -> None:
    fold = GameFold(game())
    assert (fold.version, fold.epoch, fold.as_of_us, fold.last_log_sequence, fold.held) == (0, 0, 0, 0, 0)
    assert fold.deadline_us is None


def test_the_version_counts_patches_and_the_log_sequence_counts_events() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.event(e.PlayObserved()), feed.goal(HOME))
    assert folder.fold.version == 2
    assert folder.fold.last_log_sequence == 3
    assert folder.fold.as_of_us == folder.now_us


def test_an_event_seen_before_is_a_duplicate() -> None:
    feed, folder = Feed(), Folder()
    goal = feed.goal(HOME)
    folder.offer(feed.start(sequence=1, event_id="s"))
    goal.sequence = 2
    folder.offer(goal)
    assert isinstance(folder.only(goal), Duplicate)
    assert folder.fold.state.score.home == 1


def test_an_early_event_is_held_and_taken_after_the_one_before_it() -> None:
    feed, folder = Feed(), Folder()
    start, goal = feed.start(), feed.goal(HOME)
    assert folder.offer(goal) == []
    assert folder.fold.held == 1
    assert folder.fold.deadline_us == folder.now_us + WINDOW_US
    steps = folder.offer(start)
    assert [step.logged.event.event_id for step in steps] == ["e1", "e2"]
    assert folder.fold.held == 0


def test_a_gap_is_given_up_at_the_deadline_and_what_was_missing_still_counts_late() -> None:
    feed, folder = Feed(), Folder()
    start, goal, other = feed.start(), feed.goal(HOME), feed.goal(AWAY, 700)
    folder.offer(start, other)
    deadline = folder.fold.deadline_us
    assert deadline is not None
    assert folder.fold.release(deadline - 1) == []
    (step,) = folder.fold.release(deadline)
    assert isinstance(step, Applied)
    late = applied(folder.only(goal))
    assert late.corrected
    assert [note.reason for note in late.notes] == [RecordReason.LATE_APPLIED]
    assert (folder.fold.state.score.home, folder.fold.state.score.away) == (1, 1)


def test_an_event_offered_after_the_deadline_ends_the_patience_too() -> None:
    feed, folder = Feed(), Folder()
    start, _, third, fourth = feed.start(), feed.goal(HOME), feed.goal(HOME), feed.goal(HOME)
    folder.offer(start, third)
    folder.now_us += WINDOW_US
    assert [step.logged.event.event_id for step in folder.offer(fourth)] == ["e3", "e4"]


def test_an_event_held_that_is_delivered_again_is_still_held() -> None:
    feed, folder = Feed(), Folder()
    feed.start()
    held = folder.logged(feed.goal(HOME))
    assert folder.fold.offer(held, folder.now_us) == []
    assert folder.fold.offer(held, folder.now_us) == []
    assert folder.fold.held == 1


def test_an_event_held_that_was_logged_twice_is_a_duplicate_the_second_time() -> None:
    feed, folder = Feed(), Folder()
    start, goal = feed.start(), feed.goal(HOME)
    folder.offer(goal)
    assert isinstance(folder.only(goal), Duplicate)
    folder.offer(start)
    assert folder.fold.state.score.home == 1


def test_a_duplicate_under_another_number_leaves_no_gap() -> None:
    feed, folder = Feed(), Folder()
    start, goal = feed.start(), feed.goal(HOME, revision=1)
    again = feed.goal(HOME, revision=1, event_id=goal.event_id)
    after = feed.goal(AWAY)
    folder.offer(start, goal, again, after)
    assert folder.fold.held == 0
    assert (folder.fold.state.score.home, folder.fold.state.score.away) == (1, 1)


@pytest.mark.parametrize("ordering", [MONOTONIC, UNORDERED])
def test_a_gap_in_any_other_feed_proves_nothing(ordering) -> None:  # type: ignore[no-untyped-def]
    feed, folder = Feed(ordering), Folder()
    folder.offer(feed.start(sequence=500), feed.goal(HOME, sequence=10_000))
    assert folder.fold.held == 0
    assert folder.fold.state.score.home == 1


def test_a_message_without_a_number_in_a_contiguous_feed_stands_where_it_came() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start(), feed.goal(HOME, sequence=0))
    assert folder.fold.state.score.home == 1
    assert folder.fold.held == 0


def test_a_feed_without_order_counts_in_the_order_of_the_log() -> None:
    feed, folder = Feed(UNORDERED), Folder()
    folder.offer(feed.start(sequence=9), feed.goal(HOME, sequence=3), feed.goal(HOME, 700, sequence=7))
    assert not any(isinstance(step, Applied) and step.corrected for step in folder.steps)
    assert folder.fold.state.score.home == 2


def test_only_the_first_provider_is_folded() -> None:
    folder, backup = Folder(), Feed(provider_id="backup")
    start = backup.start()
    step = folder.only(start)
    assert reason(step) == RecordReason.STANDBY_PROVIDER
    assert folder.fold.version == 0
    assert folder.fold.last_log_sequence == 1
    assert isinstance(folder.only(start), Duplicate)
    assert folder.fold.held == 0


def test_a_game_without_providers_folds_whatever_comes() -> None:
    fixture = game()
    del fixture.providers[:]
    folder = Folder(fixture)
    folder.offer(Feed(provider_id="anybody").start())
    assert folder.fold.state.period.ordinal == 1


def test_the_provider_to_fold_may_be_registered_anew() -> None:
    folder = Folder()
    fixture = game()
    del fixture.providers[0]
    folder.fold.register(fixture)
    assert isinstance(folder.only(Feed(provider_id="backup").start()), Applied)


def test_a_record_shares_nothing_with_the_fold_it_was_taken_from() -> None:
    feed, folder = Feed(), Folder()
    folder.offer(feed.start())
    record = folder.fold.record()
    folder.offer(feed.goal(HOME))
    assert record.state.score.home == 0
    assert len(record.seen) == 1
    assert list(record.ledger) == ["acme:e1"]


def test_events_held_back_are_not_in_the_record_and_may_be_offered_to_another_fold() -> None:
    feed, folder = Feed(), Folder()
    start, goal, other = feed.start(), feed.goal(HOME), feed.goal(AWAY)
    folder.offer(start, other)
    record = folder.fold.record()
    assert digest(event_identity(other)) not in record.seen
    restored = Folder(folder.game, GameFold(folder.game, record))
    restored.log_sequence = 2
    restored.offer(other, goal)
    assert (restored.fold.state.score.home, restored.fold.state.score.away) == (1, 1)
    assert restored.fold.held == 0


def test_a_rebuilt_game_keeps_the_epoch_it_was_given() -> None:
    opening = GameFold(game())
    fold = GameFold(game(), GameRecord(epoch=1_542_067_200, version=0, state=opening.state))
    assert fold.epoch == 1_542_067_200
    feed = Feed(CONTIGUOUS)
    event = feed.start()
    (step,) = fold.offer(LoggedEvent(1, event_identity(event), event, 5), 5)
    assert isinstance(step, Applied)
    assert fold.record().epoch == 1_542_067_200


def test_a_step_that_changed_nothing_leaves_the_freshness_as_it_was() -> None:
    feed = Feed()
    folder = folded([feed.start()])
    before = folder.fold.as_of_us
    assert isinstance(folder.only(feed.start(3, 1)), Recorded)
    assert folder.fold.as_of_us == before
