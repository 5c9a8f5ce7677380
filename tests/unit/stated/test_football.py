import pytest

from scoreline.v1 import event_pb2 as e
from scoreline.v1.game_pb2 import Side
from scoreline.v1.state_pb2 import KeyEvent, KeyEventKind, ScoreState
from stated.core.steps import Applied
from tests.unit.stated.match import AWAY, HOME, NOBODY, OVERTIME, SHOOTOUT, Feed, Folder, applied


@pytest.fixture
def feed() -> Feed:
    return Feed()


@pytest.fixture
def folder(feed: Feed) -> Folder:
    folder = Folder()
    folder.offer(feed.start())
    return folder


def last_line(folder: Folder) -> KeyEvent:
    return folder.fold.state.key_events[max(folder.fold.state.key_events)]


def test_a_goal_is_one_for_the_side_a_shot_and_a_line(feed: Feed, folder: Folder) -> None:
    patch = applied(folder.only(feed.goal(HOME, 783.9, player="h1", assist="h2"))).patch
    expected = ScoreState()
    expected.score.home = 1
    expected.football.home.shots = expected.football.home.shots_on_target = 1
    expected.key_events[1].CopyFrom(
        KeyEvent(kind=KeyEventKind.KEY_EVENT_KIND_GOAL, player=1, other_player=2, elapsed_s=783, period=1)
    )
    assert patch == expected


def test_an_own_goal_counts_for_the_side_that_is_credited_and_is_no_shot(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.goal(HOME, player="a1", own_goal=True))
    state = folder.fold.state
    assert (state.score.home, state.score.away) == (1, 0)
    assert state.football.home.shots == state.football.away.shots == 0
    assert last_line(folder).kind == KeyEventKind.KEY_EVENT_KIND_OWN_GOAL
    assert last_line(folder).player == 3


def test_a_goal_from_a_penalty_says_so(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.goal(AWAY, penalty=True))
    assert folder.fold.state.score.away == 1
    assert last_line(folder).kind == KeyEventKind.KEY_EVENT_KIND_PENALTY_GOAL


def test_a_player_who_is_not_in_the_roster_leaves_the_side(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.goal(AWAY, player="stranger"))
    assert last_line(folder).side == Side.SIDE_AWAY
    assert not last_line(folder).HasField("player")


def test_a_goal_of_nobody_counts_for_nobody(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.goal(NOBODY))
    assert (folder.fold.state.score.home, folder.fold.state.score.away) == (0, 0)


@pytest.mark.parametrize(
    ("color", "yellow", "red", "kind"),
    [
        (e.CARD_COLOR_YELLOW, 1, 0, KeyEventKind.KEY_EVENT_KIND_YELLOW_CARD),
        (e.CARD_COLOR_SECOND_YELLOW, 1, 1, KeyEventKind.KEY_EVENT_KIND_SECOND_YELLOW_CARD),
        (e.CARD_COLOR_RED, 0, 1, KeyEventKind.KEY_EVENT_KIND_RED_CARD),
    ],
)
def test_a_second_yellow_card_counts_as_both(feed, folder, color, yellow, red, kind) -> None:  # type: ignore[no-untyped-def]
    folder.offer(feed.event(e.CardShown(color=color), at=60, side=AWAY, player="a1"))
    side = folder.fold.state.football.away
    assert (side.yellow_cards, side.red_cards) == (yellow, red)
    assert last_line(folder).kind == kind


def test_a_substitution_names_who_leaves_and_who_comes(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.event(e.PlayerSubstituted(player_in_id="a2"), at=60, side=AWAY, player="a1"))
    assert (last_line(folder).player, last_line(folder).other_player) == (3, 4)


def test_counters_count_each_their_own(feed: Feed, folder: Folder) -> None:
    folder.offer(
        feed.event(e.FoulCommitted(), side=HOME),
        feed.event(e.CornerAwarded(), side=AWAY),
        feed.event(e.OffsideCalled(), side=AWAY),
        feed.event(e.ShotTaken(), side=HOME),
        feed.event(e.ShotTaken(on_target=True), side=HOME),
        feed.event(e.FoulCommitted(), side=NOBODY),
    )
    home, away = folder.fold.state.football.home, folder.fold.state.football.away
    assert (home.fouls, home.shots, home.shots_on_target) == (1, 2, 1)
    assert (away.corners, away.offsides, away.fouls) == (1, 1, 0)
    assert not folder.fold.state.key_events


def test_stoppage_time_is_forgotten_when_the_next_period_begins(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.event(e.StoppageAnnounced(minutes=4)))
    assert folder.fold.state.football.stoppage_minutes == 4
    folder.offer(feed.end(), feed.start(ordinal=2))
    assert folder.fold.state.football.stoppage_minutes == 0


def test_a_shoot_out_has_a_score_of_its_own(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.start(ordinal=2), feed.start(OVERTIME, 1), feed.start(OVERTIME, 2))
    assert not folder.fold.state.score.HasField("home_shootout")
    folder.offer(feed.start(SHOOTOUT, 1))
    score = folder.fold.state.score
    assert score.HasField("home_shootout")
    assert not folder.fold.state.clock.running
    folder.offer(
        feed.event(e.ShootoutAttempted(scored=True), side=HOME, player="h1"),
        feed.event(e.ShootoutAttempted(), side=AWAY),
        feed.event(e.ShootoutAttempted(scored=True), side=AWAY),
        feed.event(e.ShootoutAttempted(scored=True), side=NOBODY),
    )
    assert (score.home, score.away, score.home_shootout, score.away_shootout) == (0, 0, 1, 1)
    kinds = [folder.fold.state.key_events[key].kind for key in (1, 2)]
    assert kinds == [KeyEventKind.KEY_EVENT_KIND_SHOOTOUT_GOAL, KeyEventKind.KEY_EVENT_KIND_SHOOTOUT_MISS]
    assert folder.fold.state.key_events[1].period == 15
    assert folder.fold.state.football.home.shots == 0


def test_an_attempt_outside_a_shoot_out_adds_to_nothing(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.event(e.ShootoutAttempted(scored=True), at=5, side=HOME))
    assert not folder.fold.state.score.HasField("home_shootout")


def test_a_shot_after_the_penalty_that_it_came_from_is_a_penalty_missed(feed: Feed, folder: Folder) -> None:
    folder.offer(
        feed.event(e.PenaltyAwarded(), side=HOME),
        feed.event(e.CardShown(color=e.CARD_COLOR_YELLOW), side=AWAY),
        feed.event(e.ShotTaken(on_target=True), side=HOME, player="h1"),
    )
    assert last_line(folder).kind == KeyEventKind.KEY_EVENT_KIND_PENALTY_MISSED


@pytest.mark.parametrize("between", [e.CornerAwarded(), e.ShotTaken(), None])
def test_any_other_shot_is_only_a_shot(feed: Feed, folder: Folder, between: object) -> None:
    if between is not None:
        folder.offer(feed.event(e.PenaltyAwarded(), side=HOME), feed.event(between, side=AWAY))
    step = folder.only(feed.event(e.ShotTaken(), side=HOME))
    assert isinstance(step, Applied)
    assert not folder.fold.state.key_events


def test_a_shot_of_the_other_side_is_not_the_penalty(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.event(e.PenaltyAwarded(), side=HOME), feed.event(e.ShotTaken(), side=AWAY))
    assert not folder.fold.state.key_events


def test_a_card_of_a_color_newer_than_we_are_has_no_line(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.event(e.CardShown(color=99), side=HOME))  # type: ignore[arg-type]
    assert not folder.fold.state.key_events


def test_passes_and_possession_change_nothing(feed: Feed, folder: Folder) -> None:
    for detail in (e.PlayObserved(kind="pass"), e.PossessionGained()):
        assert applied(folder.only(feed.event(detail, at=1, side=HOME))).patch is None


def test_the_first_shot_of_a_feed_that_begins_with_it_is_only_a_shot() -> None:
    folder = Folder()
    folder.offer(Feed().event(e.ShotTaken(), at=5, side=HOME))
    assert folder.fold.state.football.home.shots == 1
    assert not folder.fold.state.key_events
