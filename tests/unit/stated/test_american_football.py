import pytest

from scoreline.v1 import event_pb2 as e
from scoreline.v1.event_american_football_pb2 import ScrimmageSet
from scoreline.v1.game_pb2 import Game, Sport
from scoreline.v1.state_pb2 import KeyEvent, KeyEventKind
from stated.core.steps import RecordReason
from tests.unit.stated.match import (
    AWAY,
    HOME,
    MONOTONIC,
    NOBODY,
    OVERTIME,
    REGULAR,
    Feed,
    Folder,
    applied,
    game,
)


@pytest.fixture
def feed() -> Feed:
    return Feed(period_s=900)


@pytest.fixture
def folder(feed: Feed) -> Folder:
    folder = Folder(fixture())
    folder.offer(feed.start())
    return folder


def fixture() -> Game:
    return game(Sport.SPORT_AMERICAN_FOOTBALL)


def spot(feed: Feed, side: int, down: int, distance: int, yards: int, **fields: object) -> e.GameEvent:
    detail = ScrimmageSet(down=down, distance=distance, yards_to_goal=yards)
    return feed.event(detail, side=side, **fields)  # type: ignore[arg-type]


def situation(folder: Folder):  # type: ignore[no-untyped-def]
    return folder.fold.state.american_football


@pytest.mark.parametrize(
    ("points", "safety", "kind"),
    [
        (6, False, KeyEventKind.KEY_EVENT_KIND_TOUCHDOWN),
        (3, False, KeyEventKind.KEY_EVENT_KIND_FIELD_GOAL),
        (2, False, KeyEventKind.KEY_EVENT_KIND_TWO_POINT_CONVERSION),
        (2, True, KeyEventKind.KEY_EVENT_KIND_SAFETY),
        (1, False, KeyEventKind.KEY_EVENT_KIND_EXTRA_POINT),
    ],
)
def test_points_count_for_their_side_and_have_a_line(feed, folder, points, safety, kind) -> None:  # type: ignore[no-untyped-def]
    detail = e.PointsScored(points=points, safety=safety)
    patch = applied(folder.only(feed.event(detail, at=61, side=AWAY, player="a1"))).patch
    assert patch is not None
    assert patch.score.away == points
    assert patch.key_events[1] == KeyEvent(kind=kind, player=3, elapsed_s=61, period=1)
    folder.offer(feed.event(detail, side=HOME))
    assert folder.fold.state.score.home == points


def test_points_of_nobody_or_of_a_value_not_known_have_no_effect_that_is_wrong(
    feed: Feed, folder: Folder
) -> None:
    folder.offer(feed.points(NOBODY, 6), feed.points(HOME, 4))
    assert (folder.fold.state.score.home, folder.fold.state.score.away) == (4, 0)
    assert [line.kind for line in folder.fold.state.key_events.values()] == [
        KeyEventKind.KEY_EVENT_KIND_TOUCHDOWN
    ]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (3, KeyEventKind.KEY_EVENT_KIND_FIELD_GOAL_MISSED),
        (2, KeyEventKind.KEY_EVENT_KIND_TRY_FAILED),
        (1, KeyEventKind.KEY_EVENT_KIND_TRY_FAILED),
    ],
)
def test_what_failed_is_told_and_counts_nothing(feed, folder, value, kind) -> None:  # type: ignore[no-untyped-def]
    folder.offer(feed.event(e.ShotTaken(value=value), at=9, side=HOME))
    assert folder.fold.state.key_events[1].kind == kind
    assert folder.fold.state.score.home == 0


def test_the_next_attempt_is_set_whole_and_costs_few_bytes(feed: Feed, folder: Folder) -> None:
    folder.offer(spot(feed, HOME, 1, 10, 75))
    patch = applied(folder.only(spot(feed, HOME, 2, 7, 72))).patch
    assert patch is not None
    assert patch.ByteSize() <= 10
    now = situation(folder)
    assert (now.possession, now.down, now.distance, now.yards_to_goal) == (HOME, 2, 7, 72)


def test_points_and_a_change_of_possession_end_the_series(feed: Feed, folder: Folder) -> None:
    folder.offer(spot(feed, HOME, 1, 10, 75), feed.points(HOME, 6))
    assert (situation(folder).possession, situation(folder).down) == (HOME, 0)
    folder.offer(spot(feed, HOME, 3, 1, 40), feed.event(e.PossessionGained(), side=AWAY))
    now = situation(folder)
    assert (now.possession, now.down, now.distance, now.yards_to_goal) == (AWAY, 0, 0, 0)


def test_timeouts_are_three_a_half_and_two_in_overtime(feed: Feed, folder: Folder) -> None:
    def left() -> tuple[int, int]:
        return situation(folder).home.timeouts_left, situation(folder).away.timeouts_left

    folder.offer(*(feed.event(e.TimeoutTaken(), side=HOME) for _ in range(4)))
    assert left() == (0, 3)
    folder.offer(feed.start(REGULAR, 2))
    assert left() == (0, 3)
    folder.offer(feed.event(e.TimeoutTaken(), side=AWAY), feed.event(e.TimeoutTaken(), side=NOBODY))
    assert left() == (0, 2)
    folder.offer(feed.start(REGULAR, 3))
    assert left() == (3, 3)
    folder.offer(feed.start(REGULAR, 4), feed.end(), feed.start(OVERTIME, 1))
    assert left() == (2, 2)
    assert (situation(folder).home.timeouts_used, situation(folder).away.timeouts_used) == (4, 1)


def test_a_half_begins_with_the_ball_in_nobodys_hands_a_quarter_does_not(feed: Feed, folder: Folder) -> None:
    folder.offer(spot(feed, AWAY, 2, 5, 50), feed.start(REGULAR, 2))
    assert (situation(folder).possession, situation(folder).down) == (AWAY, 2)
    folder.offer(feed.start(REGULAR, 3))
    assert (situation(folder).possession, situation(folder).down) == (NOBODY, 0)


def test_what_american_football_has_no_counter_for_changes_nothing(feed: Feed, folder: Folder) -> None:
    assert applied(folder.only(feed.event(e.FoulCommitted(), side=HOME, player="h1"))).patch is None
    assert applied(folder.only(feed.event(e.PlayObserved(kind="rush"), side=HOME))).patch is None


def test_a_touchdown_taken_back_takes_its_points_and_strikes_its_line() -> None:
    feed = Feed(MONOTONIC, period_s=900)
    folder = Folder(fixture())
    touchdown = feed.event(e.PointsScored(points=6), at=30, side=HOME)
    folder.offer(feed.start(), touchdown, feed.event(e.PointsScored(points=1), at=31, side=HOME))
    folder.offer(feed.retract(touchdown))
    assert folder.fold.state.score.home == 1
    assert folder.fold.state.key_events[1].voided


def test_an_absolute_score_that_differs_is_recorded_and_not_taken(feed: Feed, folder: Folder) -> None:
    touchdown = applied(folder.only(feed.points(HOME, 6, 60, score=(7, 0))))
    assert [note.reason for note in touchdown.notes] == [RecordReason.SCORE_DISAGREEMENT]
    assert folder.fold.state.score.home == 6
    attempt = applied(folder.only(feed.points(HOME, 1, 61, score=(7, 0))))
    assert not attempt.notes
