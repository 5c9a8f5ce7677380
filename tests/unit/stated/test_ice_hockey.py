import pytest

from scoreline.v1 import event_pb2 as e
from scoreline.v1.event_ice_hockey_pb2 import GoalStrength, PenaltyImposed, StrengthChanged
from scoreline.v1.game_pb2 import Game, Sport
from scoreline.v1.state_pb2 import GameStatus, KeyEvent, KeyEventKind
from stated.core.reducers import as_it_is
from tests.unit.stated.match import (
    AWAY,
    HOME,
    NOBODY,
    OVERTIME,
    REGULAR,
    SHOOTOUT,
    Feed,
    Folder,
    applied,
    game,
)


@pytest.fixture
def feed() -> Feed:
    return Feed(period_s=1200)


@pytest.fixture
def folder(feed: Feed) -> Folder:
    folder = Folder(fixture())
    folder.offer(feed.start())
    return folder


def fixture() -> Game:
    return game(Sport.SPORT_ICE_HOCKEY)


def situation(folder: Folder):  # type: ignore[no-untyped-def]
    return folder.fold.state.ice_hockey


def score(folder: Folder) -> tuple[int, int]:
    return folder.fold.state.score.home, folder.fold.state.score.away


def attempt(feed: Feed, side: int, scored: bool) -> e.GameEvent:
    return feed.event(e.ShootoutAttempted(scored=scored), side=side, period=(SHOOTOUT, 1))  # type: ignore[arg-type]


def to_the_shootout(feed: Feed, folder: Folder) -> None:
    folder.offer(
        feed.goal(HOME, 30),
        feed.goal(AWAY, 40),
        feed.start(REGULAR, 3),
        feed.end(),
        feed.start(OVERTIME, 1),
        feed.end(300),
        feed.start(SHOOTOUT, 1),
    )


@pytest.mark.parametrize(
    ("goal", "kind"),
    [
        (e.GoalScored(), KeyEventKind.KEY_EVENT_KIND_GOAL),
        (e.GoalScored(penalty=True), KeyEventKind.KEY_EVENT_KIND_PENALTY_GOAL),
        (
            e.GoalScored(strength=GoalStrength.GOAL_STRENGTH_POWER_PLAY),
            KeyEventKind.KEY_EVENT_KIND_POWER_PLAY_GOAL,
        ),
        (
            e.GoalScored(strength=GoalStrength.GOAL_STRENGTH_SHORT_HANDED),
            KeyEventKind.KEY_EVENT_KIND_SHORT_HANDED_GOAL,
        ),
        (
            e.GoalScored(strength=GoalStrength.GOAL_STRENGTH_EMPTY_NET),
            KeyEventKind.KEY_EVENT_KIND_EMPTY_NET_GOAL,
        ),
    ],
)
def test_a_goal_counts_as_a_shot_and_has_a_line_that_tells_its_strength(feed, folder, goal, kind) -> None:  # type: ignore[no-untyped-def]
    goal.assist_player_id = "h2"
    folder.offer(feed.event(goal, at=61, side=HOME, player="h1"))
    assert score(folder) == (1, 0)
    assert situation(folder).home.shots_on_goal == 1
    line = KeyEvent(kind=kind, player=1, elapsed_s=61, period=1, other_player=2)
    assert folder.fold.state.key_events[1] == line


def test_an_own_goal_is_no_shot_and_a_goal_of_nobody_counts_for_nobody(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.goal(AWAY, 30, own_goal=True), feed.goal(NOBODY, 40))
    assert score(folder) == (0, 1)
    assert situation(folder).away.shots_on_goal == 0


def test_only_shots_on_goal_are_counted(feed: Feed, folder: Folder) -> None:
    folder.offer(
        feed.event(e.ShotTaken(on_target=True), side=AWAY),
        feed.event(e.ShotTaken(), side=AWAY),
        feed.event(e.ShotTaken(on_target=True), side=NOBODY),
    )
    assert (situation(folder).home.shots_on_goal, situation(folder).away.shots_on_goal) == (0, 1)


def test_a_penalty_is_told_with_its_minutes_and_added_up(feed: Feed, folder: Folder) -> None:
    folder.offer(
        feed.event(PenaltyImposed(minutes=2, offence="hooking"), at=10, side=HOME, player="h1"),
        feed.event(PenaltyImposed(minutes=5), side=HOME),
    )
    assert situation(folder).home.penalty_minutes == 7
    line = folder.fold.state.key_events[1]
    assert (line.kind, line.amount, line.player) == (KeyEventKind.KEY_EVENT_KIND_PENALTY, 2, 1)


@pytest.mark.parametrize(
    ("strength", "power_play"),
    [
        (StrengthChanged(home_skaters=5, away_skaters=4), HOME),
        (StrengthChanged(home_skaters=3, away_skaters=5), AWAY),
        (StrengthChanged(home_skaters=4, away_skaters=4), NOBODY),
        (StrengthChanged(home_skaters=6, away_skaters=5, home_net_empty=True), NOBODY),
        (StrengthChanged(home_skaters=5, away_skaters=6, away_net_empty=True), NOBODY),
        (StrengthChanged(home_skaters=6, away_skaters=4, home_net_empty=True), HOME),
    ],
)
def test_a_power_play_comes_from_penalties_not_from_an_empty_net(feed, folder, strength, power_play) -> None:  # type: ignore[no-untyped-def]
    folder.offer(feed.event(strength, at=5))
    now = situation(folder)
    assert now.power_play == power_play
    assert (now.home.skaters, now.away.skaters) == (strength.home_skaters, strength.away_skaters)
    assert (now.home.net_empty, now.away.net_empty) == (strength.home_net_empty, strength.away_net_empty)


def test_penalties_run_on_into_the_next_period(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.event(StrengthChanged(home_skaters=5, away_skaters=4)), feed.start(REGULAR, 2))
    assert situation(folder).power_play == HOME


def test_a_shootout_gives_its_winner_exactly_one_goal_once_it_is_over(feed: Feed, folder: Folder) -> None:
    to_the_shootout(feed, folder)
    folder.offer(attempt(feed, HOME, True), attempt(feed, AWAY, True), attempt(feed, HOME, False))
    folder.offer(attempt(feed, AWAY, True))
    assert score(folder) == (1, 1)
    assert situation(folder).shootout_winner == NOBODY
    folder.offer(feed.event(e.PeriodEnded(), period=(SHOOTOUT, 1)))
    assert score(folder) == (1, 2)
    folder.offer(feed.status(GameStatus.GAME_STATUS_FINAL), feed.status(GameStatus.GAME_STATUS_OFFICIAL))
    assert score(folder) == (1, 2)
    state = folder.fold.state
    assert (state.score.home_shootout, state.score.away_shootout) == (1, 2)
    assert situation(folder).shootout_winner == AWAY


def test_the_final_whistle_alone_settles_a_shootout_too(feed: Feed, folder: Folder) -> None:
    to_the_shootout(feed, folder)
    folder.offer(attempt(feed, HOME, True), feed.status(GameStatus.GAME_STATUS_FINAL))
    assert score(folder) == (2, 1)
    assert situation(folder).shootout_winner == HOME


def test_a_shootout_that_nobody_leads_has_no_winner(feed: Feed, folder: Folder) -> None:
    to_the_shootout(feed, folder)
    folder.offer(attempt(feed, NOBODY, True), feed.status(GameStatus.GAME_STATUS_FINAL))
    assert score(folder) == (1, 1)


def test_a_corrected_attempt_moves_the_goal_to_the_other_side(feed: Feed, folder: Folder) -> None:
    to_the_shootout(feed, folder)
    wrong, right = attempt(feed, HOME, True), attempt(feed, AWAY, False)
    folder.offer(wrong, right, feed.status(GameStatus.GAME_STATUS_FINAL))
    assert score(folder) == (2, 1)
    step = applied(folder.only(feed.amend(wrong, shootout_attempted=e.ShootoutAttempted(), revision=1)))
    assert step.corrected
    assert score(folder) == (1, 1)
    folder.offer(feed.amend(right, shootout_attempted=e.ShootoutAttempted(scored=True), revision=1))
    assert score(folder) == (1, 2)


def test_an_attempt_after_the_end_does_not_move_a_goal_that_was_given(feed: Feed, folder: Folder) -> None:
    to_the_shootout(feed, folder)
    folder.offer(attempt(feed, HOME, True), feed.status(GameStatus.GAME_STATUS_FINAL))
    folder.offer(attempt(feed, AWAY, True), attempt(feed, AWAY, True))
    assert score(folder) == (2, 1)


def test_attempts_outside_a_shootout_count_nowhere(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.event(e.ShootoutAttempted(scored=True), side=HOME))
    assert not folder.fold.state.score.HasField("home_shootout")
    assert folder.fold.state.key_events[1].kind == KeyEventKind.KEY_EVENT_KIND_SHOOTOUT_GOAL
    folder.offer(feed.event(e.ShootoutAttempted(), side=HOME))
    assert folder.fold.state.key_events[2].kind == KeyEventKind.KEY_EVENT_KIND_SHOOTOUT_MISS


def test_a_timeout_of_a_side_has_a_line_and_counts_nothing(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.event(e.TimeoutTaken(), side=AWAY), feed.event(e.TimeoutTaken()))
    assert [line.kind for line in folder.fold.state.key_events.values()] == [
        KeyEventKind.KEY_EVENT_KIND_TIMEOUT
    ]


def test_what_ice_hockey_has_no_counter_for_changes_nothing(feed: Feed, folder: Folder) -> None:
    assert applied(folder.only(feed.event(e.FoulCommitted(), side=HOME))).patch is None


def test_in_other_sports_nothing_follows_from_where_the_game_stands(folder: Folder) -> None:
    assert as_it_is(folder.fold.state) is folder.fold.state
