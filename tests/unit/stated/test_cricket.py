"""What the facts of cricket move."""

import pytest

from scoreline.v1 import event_pb2 as e
from scoreline.v1.event_cricket_pb2 import (
    BallBowled,
    CricketOutcome,
    Dismissal,
    InningsBegun,
    InningsStated,
    PenaltyRunsAwarded,
    ResultDeclared,
    TargetSet,
    WicketFallen,
)
from scoreline.v1.event_score_pb2 import ScoreStated
from scoreline.v1.game_pb2 import Game, GameRules, Sport
from scoreline.v1.state_pb2 import GameStatus, KeyEventKind
from stated.core.steps import Applied
from tests.unit.stated.match import AWAY, HOME, NOBODY, REGULAR, SHOOTOUT, Feed, Folder, game


def cricket(**rules: int) -> Game:
    return game(Sport.SPORT_CRICKET, rules=GameRules(**rules))


@pytest.fixture
def feed() -> Feed:
    return Feed()


@pytest.fixture
def folder(feed: Feed) -> Folder:
    folder = Folder(cricket())
    folder.offer(begin(feed, HOME, 1))
    return folder


def begin(feed: Feed, side: int, ordinal: int, kind: int = REGULAR, **fields: int) -> e.GameEvent:
    return feed.event(InningsBegun(**fields), side=side, period=(kind, ordinal))  # type: ignore[arg-type]


def ball(feed: Feed, side: int, runs: int = 0, **fields: object) -> e.GameEvent:
    own = {key: fields.pop(key) for key in ("player", "period") if key in fields}
    return feed.event(BallBowled(bat_runs=runs, **fields), side=side, **own)  # type: ignore[arg-type]


def out(feed: Feed, side: int, dismissal: int = Dismissal.DISMISSAL_BOWLED, **fields: object) -> e.GameEvent:
    return feed.event(WicketFallen(dismissal=dismissal), side=side, **fields)  # type: ignore[arg-type]


def unchanged(folder: Folder, event: e.GameEvent) -> bool:
    step = folder.only(event)
    assert isinstance(step, Applied)
    return step.patch is None


def test_runs_and_extras_make_the_score_and_six_balls_an_over(feed: Feed, folder: Folder) -> None:
    folder.offer(*(ball(feed, HOME, runs) for runs in (0, 1, 4)))
    folder.offer(ball(feed, HOME, wides=1), ball(feed, HOME, 2, no_balls=1), ball(feed, HOME, leg_byes=2))
    state = folder.fold.state
    assert (state.score.home, state.score.away) == (11, 0)
    assert (state.cricket.overs, state.cricket.balls, state.cricket.extras) == (0, 4, 4)
    folder.offer(ball(feed, HOME, byes=1), ball(feed, HOME, penalty_runs=5))
    assert (state.cricket.overs, state.cricket.balls, state.score.home) == (1, 0, 17)


def test_an_over_may_have_five_balls(feed: Feed) -> None:
    folder = Folder(cricket(balls_per_over=5))
    folder.offer(begin(feed, HOME, 1), *(ball(feed, HOME) for _ in range(5)))
    assert (folder.fold.state.cricket.overs, folder.fold.state.cricket.balls) == (1, 0)


def test_an_umpire_who_miscounts_is_right(feed: Feed, folder: Folder) -> None:
    folder.offer(*(ball(feed, HOME, over=0) for _ in range(5)), ball(feed, HOME, 1, over=1))
    cricket = folder.fold.state.cricket
    assert (cricket.overs, cricket.balls) == (1, 1)
    folder.offer(*(ball(feed, HOME, over=1) for _ in range(5)), ball(feed, HOME, 3, over=1))
    assert (cricket.overs, cricket.balls, folder.fold.state.score.home) == (2, 0, 4)


def test_batters_keep_their_places_and_only_the_strike_changes(feed: Feed, folder: Folder) -> None:
    both = {"non_striker_player_id": "h2", "bowler_player_id": "a1"}
    folder.offer(ball(feed, HOME, 1, player="h1", **both))
    cricket = folder.fold.state.cricket
    shown = (cricket.batter_one, cricket.batter_two, cricket.on_strike, cricket.bowler)
    assert shown == (1, 2, 1, 3)
    step = folder.only(ball(feed, HOME, player="h2", non_striker_player_id="h1"))
    assert isinstance(step, Applied)
    assert step.patch is not None
    assert [field.name for field, _ in step.patch.cricket.ListFields()] == ["balls", "on_strike"]
    folder.offer(out(feed, HOME, player="h2"))
    assert (cricket.batter_one, cricket.batter_two, cricket.wickets) == (1, 0, 1)
    folder.offer(out(feed, HOME, player="h1"), out(feed, HOME, player="stranger"))
    assert (cricket.batter_one, cricket.wickets) == (0, 3)
    folder.offer(out(feed, HOME, player="a2"))
    assert cricket.wickets == 4


def test_a_batter_who_retires_hurt_is_no_wicket(feed: Feed, folder: Folder) -> None:
    folder.offer(out(feed, HOME, Dismissal.DISMISSAL_RETIRED_NOT_OUT, player="h1"))
    assert folder.fold.state.cricket.wickets == 0
    assert not folder.fold.state.key_events
    folder.offer(out(feed, HOME, Dismissal.DISMISSAL_RETIRED_OUT, player="h1"))
    assert folder.fold.state.key_events[1].kind == KeyEventKind.KEY_EVENT_KIND_WICKET


def test_boundaries_have_lines_and_runs_between_the_wickets_none(feed: Feed, folder: Folder) -> None:
    folder.offer(ball(feed, HOME, 4, boundary=True), ball(feed, HOME, 6, boundary=True), ball(feed, HOME, 4))
    kinds = [line.kind for _, line in sorted(folder.fold.state.key_events.items())]
    assert kinds == [KeyEventKind.KEY_EVENT_KIND_FOUR, KeyEventKind.KEY_EVENT_KIND_SIX]


def test_the_next_innings_puts_the_one_before_on_record(feed: Feed, folder: Folder) -> None:
    folder.offer(ball(feed, HOME, 4), out(feed, HOME), feed.end(period=(REGULAR, 1)))
    folder.offer(begin(feed, AWAY, 2, target=5, target_balls=120))
    cricket = folder.fold.state.cricket
    first = (cricket.first.batting, cricket.first.runs, cricket.first.wickets, cricket.first.balls)
    assert first == (HOME, 4, 1, 1)
    assert (cricket.batting, cricket.wickets, cricket.balls, cricket.target) == (AWAY, 0, 0, 5)
    folder.offer(feed.event(TargetSet(target=3, target_balls=60), side=AWAY))
    assert (cricket.target, cricket.target_balls) == (3, 60)


def test_the_runs_of_four_innings_add_up(feed: Feed) -> None:
    folder = Folder(cricket(regular_periods=4))
    for ordinal, side, runs in ((1, HOME, 4), (2, AWAY, 6), (3, HOME, 3), (4, AWAY, 2)):
        folder.offer(begin(feed, side, ordinal), ball(feed, side, runs))
    state = folder.fold.state
    assert (state.score.home, state.score.away) == (7, 8)
    records = (state.cricket.first.runs, state.cricket.second.runs, state.cricket.third.runs)
    assert records == (4, 6, 3)


def test_super_overs_count_apart_and_the_last_one_counts(feed: Feed, folder: Folder) -> None:
    folder.offer(ball(feed, HOME, 4), begin(feed, AWAY, 2), ball(feed, AWAY, 4))
    folder.offer(begin(feed, AWAY, 1, SHOOTOUT, super_over=1), ball(feed, AWAY, 5), out(feed, AWAY))
    folder.offer(begin(feed, HOME, 1, SHOOTOUT, super_over=1), ball(feed, HOME, 5))
    state = folder.fold.state
    assert (state.score.home_shootout, state.score.away_shootout) == (5, 5)
    assert (state.cricket.super_over, state.cricket.wickets) == (1, 0)
    folder.offer(begin(feed, HOME, 1, SHOOTOUT, super_over=2), ball(feed, HOME, 2))
    assert (state.score.home_shootout, state.score.away_shootout) == (2, 0)
    assert (state.score.home, state.score.away) == (4, 4)
    assert state.cricket.second.runs == 4
    stated = InningsStated(runs=9, overs=0, balls=3)
    folder.offer(feed.event(stated, side=HOME, period=(SHOOTOUT, 1)))
    folder.offer(feed.event(InningsStated(runs=1), side=AWAY, period=(SHOOTOUT, 1)))
    assert (state.score.home_shootout, state.score.away_shootout, state.score.home) == (9, 1, 4)


def test_a_super_over_after_the_end_counts_for_nothing(feed: Feed, folder: Folder) -> None:
    folder.offer(feed.status(GameStatus.GAME_STATUS_FINAL))
    assert unchanged(folder, ball(feed, HOME, 6, period=(SHOOTOUT, 1)))


def test_facts_of_an_innings_on_record_go_there(feed: Feed, folder: Folder) -> None:
    folder.offer(*(ball(feed, HOME) for _ in range(5)), begin(feed, AWAY, 2), ball(feed, AWAY, 1))
    late = (REGULAR, 1)
    folder.offer(ball(feed, HOME, 2, period=late), ball(feed, HOME, wides=1, period=late))
    folder.offer(out(feed, HOME, period=late))
    state = folder.fold.state
    record = state.cricket.first
    assert (record.runs, record.overs, record.balls, record.wickets) == (3, 1, 0, 1)
    assert (state.score.home, state.score.away, state.cricket.wickets) == (3, 1, 0)
    folder.offer(feed.event(PenaltyRunsAwarded(runs=5), side=HOME, period=late))
    assert (record.runs, state.score.home) == (8, 8)
    folder.offer(feed.event(InningsStated(runs=9, wickets=2), side=HOME, period=late))
    assert (record.runs, record.wickets, state.score.home) == (9, 2, 9)
    assert unchanged(folder, begin(feed, HOME, 1))
    assert unchanged(folder, feed.event(TargetSet(target=9), side=HOME, period=late))
    folder.offer(ball(feed, AWAY, 3, period=late))
    assert (record.runs, state.score.away) == (9, 4)


def test_penalty_runs_are_extras_of_the_side_that_bats(feed: Feed, folder: Folder) -> None:
    folder.offer(
        ball(feed, HOME, 1),
        feed.event(PenaltyRunsAwarded(runs=5), side=HOME),
        feed.event(PenaltyRunsAwarded(runs=5), side=AWAY),
    )
    state = folder.fold.state
    assert (state.score.home, state.score.away, state.cricket.extras) == (6, 5, 5)


def test_an_innings_stated_whole_may_be_less_when_it_is_amended(feed: Feed, folder: Folder) -> None:
    stated = feed.event(InningsStated(runs=80, wickets=2, overs=12, balls=5), side=HOME, period=(REGULAR, 1))
    folder.offer(stated)
    state = folder.fold.state
    assert (state.score.home, state.cricket.wickets) == (80, 2)
    assert (state.cricket.overs, state.cricket.balls) == (12, 5)
    amended = feed.amend(stated, revision=2, innings_stated=InningsStated(runs=79, overs=12, balls=5))
    step = folder.only(amended)
    assert isinstance(step, Applied)
    assert step.corrected
    assert (state.score.home, state.cricket.wickets) == (79, 0)


def test_a_score_stated_below_the_innings_on_record_breaks_nothing(feed: Feed, folder: Folder) -> None:
    folder.offer(ball(feed, HOME, 6), begin(feed, HOME, 2), feed.event(ScoreStated(home=2)))
    folder.offer(feed.event(InningsStated(runs=3), side=HOME, period=(REGULAR, 2)))
    assert folder.fold.state.score.home == 5
    folder.offer(feed.event(InningsStated(), side=HOME, period=(REGULAR, 1)))
    assert folder.fold.state.score.home == 5


def test_a_result_may_be_nobodys(feed: Feed, folder: Folder) -> None:
    outcome = ResultDeclared(outcome=CricketOutcome.CRICKET_OUTCOME_TIE)
    folder.offer(feed.event(outcome, side=NOBODY))
    assert folder.fold.state.cricket.outcome == CricketOutcome.CRICKET_OUTCOME_TIE
    won = ResultDeclared(outcome=CricketOutcome.CRICKET_OUTCOME_WON, revised=True)
    folder.offer(feed.event(won, side=AWAY))
    assert (folder.fold.state.cricket.winner, folder.fold.state.cricket.revised) == (AWAY, True)


def test_a_fact_of_nobody_or_of_no_counter_changes_nothing(feed: Feed, folder: Folder) -> None:
    assert unchanged(folder, ball(feed, NOBODY, 4))
    assert unchanged(folder, feed.event(e.TimeoutTaken(), side=HOME))


def test_a_ball_taken_back_takes_its_runs_back(feed: Feed, folder: Folder) -> None:
    six = ball(feed, HOME, 6, boundary=True)
    folder.offer(six, ball(feed, HOME, 1), feed.retract(six))
    state = folder.fold.state
    assert (state.score.home, state.cricket.balls) == (1, 1)
    assert state.key_events[1].voided
