import pytest

from scoreline.v1 import event_pb2 as e
from scoreline.v1.state_pb2 import KeyEvent, KeyEventKind, ScoreState
from tests.unit.stated.match import AWAY, HOME, NOBODY, OVERTIME, Feed, Folder, applied, basketball


@pytest.fixture
def feed() -> Feed:
    return Feed(period_s=720)


@pytest.fixture
def folder(feed: Feed) -> Folder:
    folder = Folder(basketball())
    folder.offer(feed.start())
    return folder


def foul(feed: Feed, **fields: object) -> e.GameEvent:
    return feed.event(e.FoulCommitted(counts_to_bonus=True), side=HOME, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("points", "kind"),
    [
        (1, KeyEventKind.KEY_EVENT_KIND_ONE_POINT),
        (2, KeyEventKind.KEY_EVENT_KIND_TWO_POINTS),
        (3, KeyEventKind.KEY_EVENT_KIND_THREE_POINTS),
    ],
)
def test_points_count_for_their_side_and_have_a_line(feed, folder, points, kind) -> None:  # type: ignore[no-untyped-def]
    patch = applied(folder.only(feed.points(AWAY, points, 61, player="a1"))).patch
    expected = ScoreState()
    expected.score.away = points
    expected.key_events[1].CopyFrom(KeyEvent(kind=kind, player=3, elapsed_s=61, period=1))
    assert patch == expected


def test_an_assist_is_told_with_the_points(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.event(e.PointsScored(points=2, assist_player_id="h2"), at=5, side=HOME, player="h1"))
    assert folder.fold.state.key_events[1].other_player == 2


def test_points_of_nobody_count_for_nobody(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.points(NOBODY, 2))
    assert (folder.fold.state.score.home, folder.fold.state.score.away) == (0, 0)


def test_the_foul_before_the_fifth_brings_the_bonus(feed: Feed, folder: Folder) -> None:
    folder.offer(*(foul(feed) for _ in range(3)))
    assert not folder.fold.state.basketball.home.bonus
    folder.offer(foul(feed))
    assert folder.fold.state.basketball.home.team_fouls == 4
    assert folder.fold.state.basketball.home.bonus
    assert not folder.fold.state.basketball.away.bonus


@pytest.mark.parametrize(("kind", "ordinal"), [(1, 2), (OVERTIME, 1)])
def test_team_fouls_begin_anew_with_each_period(feed, folder, kind, ordinal) -> None:  # type: ignore[no-untyped-def]
    if kind == OVERTIME:
        folder.offer(feed.start(ordinal=4))
    folder.offer(*(foul(feed) for _ in range(5)), feed.end(), feed.start(kind, ordinal))
    assert folder.fold.state.basketball.home.team_fouls == 0
    assert not folder.fold.state.basketball.home.bonus


def test_other_fouls_and_fouls_of_an_earlier_period_are_no_team_fouls(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.start(ordinal=2))
    folder.offer(
        feed.event(e.FoulCommitted(technical=True), side=HOME),
        foul(feed, at=700, period=(1, 1)),
        feed.event(e.FoulCommitted(counts_to_bonus=True), side=NOBODY),
    )
    assert folder.fold.state.basketball.home.team_fouls == 0
    folder.offer(foul(feed, at=3))
    assert folder.fold.state.basketball.home.team_fouls == 1


def test_timeouts_count_over_the_whole_game(feed: Feed, folder: Folder) -> None:
    folder.offer(
        feed.event(e.TimeoutTaken(), side=AWAY),
        feed.start(ordinal=2),
        feed.event(e.TimeoutTaken(), side=AWAY),
    )
    assert folder.fold.state.basketball.away.timeouts_used == 2
    assert folder.fold.state.key_events[2].kind == KeyEventKind.KEY_EVENT_KIND_TIMEOUT
    folder.offer(feed.event(e.TimeoutTaken(), side=NOBODY))
    assert len(folder.fold.state.key_events) == 2


def test_possession_is_told_only_when_it_changes(feed: Feed, folder: Folder) -> None:
    first = applied(folder.only(feed.event(e.PossessionGained(), side=HOME)))
    again = applied(folder.only(feed.event(e.PossessionGained(), side=HOME)))
    assert first.patch is not None
    assert first.patch.basketball.possession == HOME
    assert again.patch is None


def test_possession_before_the_game_is_not_legal(feed: Feed) -> None:
    folder = Folder(basketball())
    feed.sequence = 0
    folder.offer(feed.event(e.PossessionGained(), side=HOME))
    assert folder.fold.state.basketball.possession == NOBODY


def test_what_basketball_has_no_counter_for_changes_nothing(feed: Feed, folder: Folder) -> None:
    for detail in (
        e.ShotTaken(value=2),
        e.PlayerSubstituted(player_in_id="h2"),
        e.PlayObserved(kind="rebound"),
    ):
        assert applied(folder.only(feed.event(detail, side=HOME, player="h1"))).patch is None


def test_points_of_a_value_newer_than_we_are_count_without_a_line(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.points(HOME, 4))
    assert folder.fold.state.score.home == 4
    assert not folder.fold.state.key_events
