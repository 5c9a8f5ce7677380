import pytest

from scoreline.domain.match_time import period_label
from scoreline.v1.event_baseball_pb2 import BaseballPlay, BaseballResult, HalfInningStarted
from scoreline.v1.event_pb2 import GameEvent, PeriodStarted, TimeoutTaken
from scoreline.v1.event_score_pb2 import ScoreStated
from scoreline.v1.game_pb2 import GameRules, Sport
from scoreline.v1.situation_baseball_pb2 import InningHalf
from scoreline.v1.state_pb2 import GameStatus, KeyEvent, KeyEventKind, ScoreState
from stated.core.steps import RecordReason
from tests.unit.stated.match import AWAY, HOME, NOBODY, OVERTIME, REGULAR, Feed, Folder, applied, game

SINGLE, HOMER, OUT = (
    BaseballResult.BASEBALL_RESULT_SINGLE,
    BaseballResult.BASEBALL_RESULT_HOME_RUN,
    BaseballResult.BASEBALL_RESULT_OUT,
)
TOP, BOTTOM = InningHalf.INNING_HALF_TOP, InningHalf.INNING_HALF_BOTTOM


@pytest.fixture
def feed() -> Feed:
    return Feed()


@pytest.fixture
def folder(feed: Feed) -> Folder:
    folder = Folder(game(Sport.SPORT_BASEBALL))
    folder.offer(inning(feed, 1))
    return folder


def inning(feed: Feed, number: int, kind=REGULAR) -> GameEvent:  # type: ignore[no-untyped-def]
    feed.period = (kind, number)
    return feed.event(PeriodStarted(), period=(kind, number))


def play(feed: Feed, side=AWAY, player: str = "a1", period=None, **fields: object) -> GameEvent:  # type: ignore[no-untyped-def]
    return feed.event(BaseballPlay(**fields), side=side, player=player, period=period or feed.period)  # type: ignore[arg-type]


def test_an_inning_begins_at_its_top_with_nobody_out_and_no_clock(folder: Folder) -> None:
    state = folder.fold.state
    assert state.baseball.half == TOP
    assert (state.baseball.balls, state.baseball.outs, state.baseball.bases) == (0, 0, 0)
    assert not state.HasField("clock")


def test_a_pitch_changes_the_count_and_nothing_else(feed: Feed, folder: Folder) -> None:
    patch = applied(folder.only(play(feed, balls=1, strikes=0, outs=0))).patch
    expected = ScoreState()
    expected.baseball.balls = 1
    assert patch == expected


def test_runs_count_for_the_side_that_bats_and_have_a_line(feed: Feed, folder: Folder) -> None:
    patch = applied(folder.only(play(feed, result=SINGLE, runs=2, bases=1))).patch
    expected = ScoreState()
    expected.score.away = 2
    expected.baseball.bases = 1
    expected.baseball.away.hits = 1
    expected.key_events[1].CopyFrom(
        KeyEvent(kind=KeyEventKind.KEY_EVENT_KIND_RUN, player=3, period=1, amount=2)
    )
    assert patch == expected


def test_a_solo_home_run_is_named_without_an_amount(feed: Feed, folder: Folder) -> None:
    folder.offer(play(feed, side=HOME, player="h1", result=HOMER, runs=1))
    line = folder.fold.state.key_events[1]
    assert line.kind == KeyEventKind.KEY_EVENT_KIND_HOME_RUN
    assert not line.HasField("amount")
    assert folder.fold.state.baseball.home.hits == 1


def test_errors_are_charged_to_the_side_in_the_field(feed: Feed, folder: Folder) -> None:
    folder.offer(play(feed, errors=1), play(feed, side=HOME, errors=2))
    assert (folder.fold.state.baseball.home.errors, folder.fold.state.baseball.away.errors) == (1, 2)


def test_a_play_of_nobody_counts_for_nobody(feed: Feed, folder: Folder) -> None:
    folder.offer(play(feed, side=NOBODY, result=SINGLE, runs=1, errors=1))
    state = folder.fold.state
    assert (state.score.home, state.score.away) == (0, 0)
    assert (state.baseball.home.hits, state.baseball.away.hits, state.baseball.home.errors) == (0, 0, 0)


def test_batter_and_pitcher_are_roster_numbers_and_0_for_strangers(feed: Feed, folder: Folder) -> None:
    folder.offer(play(feed, batter_id="a2", pitcher_id="h1"))
    assert (folder.fold.state.baseball.batter, folder.fold.state.baseball.pitcher) == (4, 1)
    folder.offer(play(feed, batter_id="stranger"))
    assert (folder.fold.state.baseball.batter, folder.fold.state.baseball.pitcher) == (0, 1)


def test_the_bottom_half_begins_with_empty_bases(feed: Feed, folder: Folder) -> None:
    folder.offer(play(feed, outs=2, bases=7, balls=3, strikes=2))
    folder.offer(feed.event(HalfInningStarted(half=BOTTOM), period=(REGULAR, 1)))
    field = folder.fold.state.baseball
    assert (field.half, field.balls, field.strikes, field.outs, field.bases) == (BOTTOM, 0, 0, 0, 0)


def test_an_extra_inning_with_a_runner_on_second_and_a_walk_off(feed: Feed, folder: Folder) -> None:
    folder.offer(inning(feed, 9), inning(feed, 1, OVERTIME), play(feed, bases=2))
    assert folder.fold.state.baseball.bases == 2
    folder.offer(feed.event(HalfInningStarted(half=BOTTOM), period=(OVERTIME, 1)))
    folder.offer(play(feed, side=HOME, player="h1", result=SINGLE, runs=1))
    folder.offer(feed.status(GameStatus.GAME_STATUS_FINAL))
    state = folder.fold.state
    assert (state.status, state.score.home) == (GameStatus.GAME_STATUS_FINAL, 1)
    sheet = state.sheet
    assert period_label(sheet.sport, state.status, state.period, sheet.regular_periods, BOTTOM) == "B10"
    assert state.key_events[1].period == 10


def test_the_eighth_inning_of_a_game_of_seven_is_an_extra_one(feed: Feed) -> None:
    folder = Folder(game(Sport.SPORT_BASEBALL, rules=GameRules(regular_periods=7)))
    folder.offer(inning(feed, 7), inning(feed, 8))
    assert folder.fold.state.period.ordinal == 7
    folder.offer(inning(feed, 1, OVERTIME))
    assert folder.fold.state.period.kind == OVERTIME


def test_a_game_may_be_called_in_any_inning(feed: Feed, folder: Folder) -> None:
    folder.offer(inning(feed, 5), feed.status(GameStatus.GAME_STATUS_FINAL))
    assert folder.fold.state.status == GameStatus.GAME_STATUS_FINAL


def test_a_run_found_later_in_an_earlier_inning_counts_but_leaves_the_field(
    feed: Feed, folder: Folder
) -> None:
    folder.offer(inning(feed, 2), play(feed, outs=1, bases=4))
    folder.offer(play(feed, period=(REGULAR, 1), result=SINGLE, runs=1, outs=0, bases=1))
    folder.offer(feed.event(HalfInningStarted(half=BOTTOM), period=(REGULAR, 1)))
    state = folder.fold.state
    assert state.score.away == 1
    assert (state.baseball.half, state.baseball.outs, state.baseball.bases) == (TOP, 1, 4)


def test_a_play_without_a_time_is_one_of_now(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.event(BaseballPlay(outs=1), side=AWAY))
    assert folder.fold.state.baseball.outs == 1


def test_a_home_run_overturned_is_struck_and_the_field_goes_back(feed: Feed, folder: Folder) -> None:
    folder.offer(play(feed, bases=1), homer := play(feed, result=HOMER, runs=2, bases=0))
    folder.offer(feed.retract(homer))
    state = folder.fold.state
    assert (state.score.away, state.baseball.away.hits, state.baseball.bases) == (0, 0, 1)
    assert state.key_events[1].voided


def test_other_facts_change_nothing(feed: Feed, folder: Folder) -> None:
    assert applied(folder.only(feed.event(TimeoutTaken(), side=HOME))).patch is None


def test_a_stated_score_is_what_later_runs_are_added_to(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.event(ScoreStated(home=3, away=4), period=(REGULAR, 6)), play(feed, runs=1, result=OUT))
    state = folder.fold.state
    assert (state.score.home, state.score.away, state.period.ordinal) == (3, 5, 6)


def test_a_score_is_not_stated_before_the_game(feed: Feed) -> None:
    folder = Folder(game(Sport.SPORT_BASEBALL))
    folder.offer(feed.event(ScoreStated(home=3, away=4)))
    assert folder.fold.state.score.home == 0


def test_a_score_stated_below_the_facts_is_an_explicit_correction(feed: Feed, folder: Folder) -> None:
    folder.offer(play(feed, result=SINGLE, runs=3))
    step = applied(folder.only(feed.event(ScoreStated(away=2))))
    assert step.corrected
    assert [note.reason for note in step.notes] == [RecordReason.SCORE_CORRECTED]
    assert folder.fold.state.score.away == 2
