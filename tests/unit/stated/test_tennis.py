"""What a point of tennis moves."""

import pytest

from scoreline.v1 import event_pb2 as e
from scoreline.v1.event_tennis_pb2 import Concession, GameConceded, PointWon, StandingStated
from scoreline.v1.game_pb2 import Game, GameRules, Sport
from scoreline.v1.rules_tennis_pb2 import TennisFinalSet, TennisRules
from scoreline.v1.state_pb2 import GameStatus, KeyEventKind
from stated.core.steps import Applied, Recorded
from tests.unit.stated.match import AWAY, HOME, NOBODY, REGULAR, Feed, Folder, game


def tennis(sets: int = 3, final_set: TennisFinalSet.ValueType = 0, no_ad: bool = False) -> Game:
    rules = GameRules(regular_periods=sets, tennis=TennisRules(final_set=final_set, no_ad=no_ad))
    return game(Sport.SPORT_TENNIS, rules=rules)


@pytest.fixture
def feed() -> Feed:
    return Feed()


@pytest.fixture
def folder(feed: Feed) -> Folder:
    folder = Folder(tennis())
    folder.offer(feed.start())
    return folder


def point(feed: Feed, side: int, server: int = NOBODY, **fields: object) -> e.GameEvent:
    return feed.event(PointWon(server=server), side=side, **fields)  # type: ignore[arg-type]


def win_games(feed: Feed, folder: Folder, *sides: int) -> None:
    for side in sides:
        folder.offer(*(point(feed, side) for _ in range(4)))


def points_of(folder: Folder) -> tuple[int, int]:
    return folder.fold.state.tennis.home_points, folder.fold.state.tennis.away_points


def test_points_are_called_as_people_call_them(feed: Feed, folder: Folder) -> None:
    seen = []
    for side in (HOME, HOME, HOME, AWAY, AWAY, AWAY, HOME, AWAY, AWAY):
        folder.offer(point(feed, side))
        seen.append(points_of(folder))
    assert seen == [(15, 0), (30, 0), (40, 0), (40, 15), (40, 30), (40, 40), (50, 40), (40, 40), (40, 50)]
    folder.offer(point(feed, AWAY))
    assert points_of(folder) == (0, 0)
    assert (folder.fold.state.tennis.first.home, folder.fold.state.tennis.first.away) == (0, 1)


def test_the_patch_of_a_point_is_nothing_but_the_point(feed: Feed, folder: Folder) -> None:
    step = folder.only(point(feed, HOME))
    assert isinstance(step, Applied)
    assert step.patch is not None
    assert [field.name for field, _ in step.patch.ListFields()] == ["tennis"]
    assert [field.name for field, _ in step.patch.tennis.ListFields()] == ["home_points"]


def test_without_advantage_the_point_after_deuce_wins(feed: Feed) -> None:
    folder = Folder(tennis(no_ad=True))
    folder.offer(feed.start(), *(point(feed, side) for side in (HOME, HOME, HOME, AWAY, AWAY, AWAY, AWAY)))
    assert folder.fold.state.tennis.first.away == 1


def test_the_serve_changes_with_each_game_once_it_is_known(feed: Feed, folder: Folder) -> None:
    win_games(feed, folder, HOME)
    assert folder.fold.state.tennis.server == NOBODY
    folder.offer(point(feed, AWAY, server=AWAY))
    assert folder.fold.state.tennis.server == AWAY
    folder.offer(*(point(feed, AWAY) for _ in range(3)))
    assert folder.fold.state.tennis.server == HOME


def test_a_set_counts_and_the_next_point_begins_the_next_set(feed: Feed, folder: Folder) -> None:
    win_games(feed, folder, *[HOME] * 6)
    state = folder.fold.state
    assert (state.score.home, state.score.away) == (1, 0)
    assert state.period.on_break
    folder.offer(feed.event(PointWon(), side=AWAY))
    assert (state.period.ordinal, state.period.on_break) == (2, False)
    assert (state.tennis.first.home, state.tennis.second.home) == (6, 0)
    assert points_of(folder) == (0, 15)


def test_at_six_all_a_tie_break_decides(feed: Feed, folder: Folder) -> None:
    folder.offer(point(feed, HOME, server=HOME))
    folder.offer(*(point(feed, HOME) for _ in range(3)))
    win_games(feed, folder, *[AWAY, HOME] * 5, AWAY)
    state = folder.fold.state
    assert (state.tennis.first.home, state.tennis.first.away, state.tennis.tie_break) == (6, 6, True)
    servers = [state.tennis.server]
    for side in (HOME, AWAY, HOME, AWAY, HOME, AWAY, HOME, AWAY, HOME, AWAY, HOME, AWAY, AWAY):
        folder.offer(point(feed, side))
        servers.append(state.tennis.server)
    # One serve, then two each.
    assert servers == [HOME, AWAY, AWAY, HOME, HOME, AWAY, AWAY, HOME, HOME, AWAY, AWAY, HOME, HOME, AWAY]
    assert points_of(folder) == (6, 7)
    folder.offer(point(feed, AWAY))
    assert (state.tennis.first.home_tie_break, state.tennis.first.away_tie_break) == (6, 8)
    assert (state.tennis.first.home, state.tennis.first.away) == (6, 7)
    assert (state.score.home, state.score.away) == (0, 1)
    assert state.tennis.server == AWAY


@pytest.mark.parametrize(
    ("final_set", "games", "is_tie_break"),
    [
        (TennisFinalSet.TENNIS_FINAL_SET_UNSPECIFIED, 6, True),
        (TennisFinalSet.TENNIS_FINAL_SET_ADVANTAGE, 6, False),
        (TennisFinalSet.TENNIS_FINAL_SET_ADVANTAGE, 30, False),
        (TennisFinalSet.TENNIS_FINAL_SET_TIE_BREAK_AT_12, 6, False),
        (TennisFinalSet.TENNIS_FINAL_SET_TIE_BREAK_AT_12, 12, True),
        (TennisFinalSet.TENNIS_FINAL_SET_TIE_BREAK_TO_10, 6, True),
        (TennisFinalSet.TENNIS_FINAL_SET_MATCH_TIE_BREAK, 0, True),
    ],
)
def test_the_last_set_has_rules_of_its_own(
    feed: Feed, final_set: int, games: int, is_tie_break: bool
) -> None:
    folder = Folder(tennis(final_set=final_set))  # type: ignore[arg-type]
    folder.offer(feed.start())
    win_games(feed, folder, *[HOME] * 6, *[AWAY] * 6, *[HOME, AWAY] * games)
    folder.offer(point(feed, HOME))
    state = folder.fold.state
    assert state.period.ordinal == 3
    assert state.tennis.tie_break == is_tie_break
    assert points_of(folder) == ((1 if is_tie_break else 15), 0)


def test_a_match_tie_break_is_won_at_ten_and_is_the_match(feed: Feed) -> None:
    folder = Folder(tennis(final_set=TennisFinalSet.TENNIS_FINAL_SET_MATCH_TIE_BREAK))
    folder.offer(feed.start())
    win_games(feed, folder, *[HOME] * 6, *[AWAY] * 6)
    folder.offer(*(point(feed, HOME) for _ in range(10)))
    state = folder.fold.state
    assert (state.score.home, state.score.away, state.tennis.winner) == (2, 1, HOME)
    assert (state.tennis.third.home, state.tennis.third.home_tie_break) == (1, 10)


def test_a_match_that_is_decided_has_no_more_points(feed: Feed, folder: Folder) -> None:
    win_games(feed, folder, *[HOME] * 12)
    assert folder.fold.state.tennis.winner == HOME
    assert folder.fold.state.status == GameStatus.GAME_STATUS_LIVE
    step = folder.only(point(feed, AWAY))
    assert isinstance(step, Applied)
    assert step.patch is None


def test_a_best_of_five_needs_three_sets(feed: Feed) -> None:
    folder = Folder(tennis(5))
    folder.offer(feed.start())
    win_games(feed, folder, *[HOME] * 12)
    assert folder.fold.state.tennis.winner == NOBODY
    win_games(feed, folder, *[HOME] * 6)
    assert (folder.fold.state.score.home, folder.fold.state.tennis.winner) == (3, HOME)


def test_points_of_nobody_or_of_an_earlier_set_move_nothing(feed: Feed, folder: Folder) -> None:
    win_games(feed, folder, *[HOME] * 6)
    folder.offer(point(feed, HOME, period=(REGULAR, 2)))
    for lost in (point(feed, NOBODY), point(feed, HOME, period=(REGULAR, 1))):
        step = folder.only(lost)
        assert isinstance(step, Applied)
        assert step.patch is None
    late = feed.event(StandingStated(home_games=3), period=(REGULAR, 1))
    assert getattr(folder.only(late), "patch", 1) is None


def test_a_point_taken_back_takes_the_set_back_with_it(feed: Feed, folder: Folder) -> None:
    win_games(feed, folder, *[HOME] * 5)
    balls = [point(feed, HOME) for _ in range(4)]
    folder.offer(*balls, point(feed, AWAY))
    assert (folder.fold.state.score.home, folder.fold.state.period.ordinal) == (1, 2)
    folder.offer(feed.retract(balls[0]))
    state = folder.fold.state
    assert (state.score.home, state.period.ordinal, state.period.on_break) == (0, 1, False)
    assert points_of(folder) == (40, 15)
    assert state.key_events[max(state.key_events)].voided


def test_games_breaks_and_sets_have_lines(feed: Feed, folder: Folder) -> None:
    folder.offer(point(feed, HOME, server=HOME))
    folder.offer(*(point(feed, HOME) for _ in range(3)))
    win_games(feed, folder, HOME, *[HOME] * 4)
    kinds = [line.kind for _, line in sorted(folder.fold.state.key_events.items())]
    won, broke = KeyEventKind.KEY_EVENT_KIND_GAME_WON, KeyEventKind.KEY_EVENT_KIND_BREAK
    assert kinds == [won, broke, won, broke, won, KeyEventKind.KEY_EVENT_KIND_SET_WON]


def test_what_the_feed_states_of_a_set_is_taken_over(feed: Feed, folder: Folder) -> None:
    stated = StandingStated(home_games=6, away_games=6, home_points=3, away_points=2, server=AWAY)
    folder.offer(feed.event(stated))
    tennis = folder.fold.state.tennis
    assert (tennis.first.home, tennis.tie_break, tennis.server, points_of(folder)) == (6, True, AWAY, (3, 2))
    folder.offer(feed.event(StandingStated(home_games=2)))
    assert (tennis.first.home, tennis.tie_break, tennis.server) == (2, False, AWAY)


def test_a_standing_without_a_set_is_of_no_set(feed: Feed) -> None:
    folder = Folder(tennis())
    folder.offer(feed.status(GameStatus.GAME_STATUS_LIVE), feed.event(StandingStated(home_games=2)))
    assert folder.fold.state.tennis.first.home == 0


def test_a_retirement_ends_the_match_for_the_other_side(feed: Feed, folder: Folder) -> None:
    retired = GameConceded(concession=Concession.CONCESSION_RETIREMENT)
    folder.offer(point(feed, HOME), feed.event(retired, side=HOME))
    state = folder.fold.state
    assert (state.status, state.tennis.winner) == (GameStatus.GAME_STATUS_FINAL, AWAY)
    assert state.tennis.concession == Concession.CONCESSION_RETIREMENT
    assert points_of(folder) == (15, 0)
    assert state.key_events[1].kind == KeyEventKind.KEY_EVENT_KIND_CONCESSION


def test_a_walkover_ends_a_match_that_never_began(feed: Feed) -> None:
    folder = Folder(tennis())
    folder.offer(feed.event(GameConceded(concession=Concession.CONCESSION_WALKOVER), side=AWAY))
    state = folder.fold.state
    assert (state.status, state.tennis.winner) == (GameStatus.GAME_STATUS_FINAL, HOME)
    assert (state.score.home, state.score.away, state.period.ordinal) == (0, 0, 0)


def test_a_concession_after_the_end_is_a_fact_and_of_a_cancelled_match_is_none(feed: Feed) -> None:
    conceded = GameConceded(concession=Concession.CONCESSION_DEFAULT)
    ended = Folder(tennis())
    ended.offer(feed.start(), feed.status(GameStatus.GAME_STATUS_FINAL), feed.event(conceded, side=HOME))
    assert ended.fold.state.tennis.winner == AWAY
    feed = Feed()
    cancelled = Folder(tennis())
    cancelled.offer(feed.status(GameStatus.GAME_STATUS_CANCELLED))
    assert isinstance(cancelled.only(feed.event(conceded, side=HOME)), Recorded)


def test_a_fact_that_tennis_has_no_counter_for_changes_nothing(feed: Feed, folder: Folder) -> None:
    step = folder.only(feed.event(e.TimeoutTaken(), side=HOME))
    assert isinstance(step, Applied)
    assert step.patch is None
