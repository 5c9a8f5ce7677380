from scoreline.v1.event_pb2 import ReportedScore
from scoreline.v1.state_pb2 import KeyEvent, Reporting, ScoreState
from stated.core.ledger import Entry, Place
from stated.core.scoreboard import Scoreboard
from tests.unit.stated.match import game


def scored(board: Scoreboard, home: int) -> ScoreState:
    play = ScoreState()
    play.CopyFrom(board.play)
    play.score.home = home
    return play


def reported() -> Scoreboard:
    board = Scoreboard(game(), None, (0, 0))
    board.register(game())
    board.bring(board.play, [], 0)
    return board


def line(number: int) -> Entry:
    return Entry(f"k{number}", Place(number, number), 0, 0, None, number=number, line=KeyEvent(kind=1))


def test_the_first_word_says_that_the_game_is_reported_and_is_not_critical() -> None:
    board = Scoreboard(game(), None, (0, 0))
    patch, critical = board.bring(board.play, [], 0)
    assert patch == ScoreState(reporting=Reporting.REPORTING_NORMAL)
    assert not critical


def test_nothing_new_is_no_patch() -> None:
    board = reported()
    assert board.bring(scored(board, 0), [], 0) == (None, False)


def test_a_score_is_critical_and_a_line_alone_is_not() -> None:
    board = reported()
    patch, critical = board.bring(scored(board, 1), [], 0)
    assert patch is not None
    assert critical
    assert board.state.score.home == board.play.score.home == 1
    patch, critical = board.bring(board.play, [line(1)], 1)
    assert patch is not None
    assert list(patch.key_events) == [1]
    assert not critical


def test_lines_that_readers_trim_are_left_out() -> None:
    board = reported()
    patch, _ = board.bring(board.play, [line(1), line(2)], 51)
    assert patch is not None
    assert list(patch.key_events) == [2]
    assert board.bring(board.play, [line(1)], 60) == (None, False)


def test_a_shoot_out_that_readers_have_is_kept_at_nought() -> None:
    board = reported()
    plain = scored(board, 0)
    assert board.keep_presence(plain) is plain
    board.play.score.home_shootout = board.play.score.away_shootout = 3
    kept = board.keep_presence(plain)
    assert kept.score.HasField("home_shootout")
    assert (kept.score.home_shootout, kept.score.away_shootout) == (0, 0)
    assert not plain.score.HasField("home_shootout")
    assert board.keep_presence(kept) is kept


def test_a_difference_is_told_once() -> None:
    board = reported()
    assert board.compare(ReportedScore(home=1)) == "feed 1-0, facts 0-0"
    assert board.compare(ReportedScore(home=1)) == ""
    assert board.compare(ReportedScore()) == ""
    assert board.disagreement == (0, 0)
