import pytest

from ingestd.core.outcomes import Refusal
from ingestd.core.validation import check_facts, fixture
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.event_baseball_pb2 import BaseballPlay, HalfInningStarted
from scoreline.v1.event_pb2 import ClockAdjusted, GameEvent, MatchTime
from scoreline.v1.event_score_pb2 import ScoreStated
from scoreline.v1.game_pb2 import Game, GameProvider, Side, Sport
from scoreline.v1.situation_baseball_pb2 import InningHalf
from scoreline.v1.state_pb2 import PeriodKind

RULES = fixture(Game(game_id="g1", sport=Sport.SPORT_BASEBALL, providers=[GameProvider(provider_id="acme")]))


def checked(side: Side.ValueType = Side.SIDE_HOME, **detail: object) -> Refusal | None:
    return check_facts(GameEvent(game_id="g1", event_id="e1", side=side, **detail), RULES, "acme")  # type: ignore[arg-type]


def test_a_play_as_feeds_send_it_is_fine() -> None:
    play = BaseballPlay(runs=4, errors=1, balls=4, strikes=3, outs=3, bases=7, batter_id="b", pitcher_id="p")
    assert checked(baseball_play=play) is None
    assert checked(Side.SIDE_UNSPECIFIED, baseball_play=BaseballPlay(balls=1)) is None


@pytest.mark.parametrize(
    ("play", "field"),
    [
        (BaseballPlay(runs=5), "runs"),
        (BaseballPlay(errors=10), "errors"),
        (BaseballPlay(balls=5), "balls"),
        (BaseballPlay(strikes=4), "strikes"),
        (BaseballPlay(outs=4), "outs"),
        (BaseballPlay(bases=8), "bases"),
        (BaseballPlay(batter_id="a b"), "batter_id"),
        (BaseballPlay(pitcher_id="a/b"), "pitcher_id"),
    ],
)
def test_a_play_that_cannot_be_names_its_field(play: BaseballPlay, field: str) -> None:
    refusal = checked(baseball_play=play)
    assert refusal is not None
    assert refusal.field == f"event.baseball_play.{field}"


def test_runs_belong_to_a_side() -> None:
    refusal = checked(Side.SIDE_UNSPECIFIED, baseball_play=BaseballPlay(runs=1))
    assert refusal is not None
    assert refusal.field == "event.side"


def test_a_half_has_to_be_one_of_two() -> None:
    assert checked(half_inning_started=HalfInningStarted(half=InningHalf.INNING_HALF_BOTTOM)) is None
    assert checked(half_inning_started=HalfInningStarted()) is not None


@pytest.mark.parametrize(("home", "away", "field"), [(101, 0, "home"), (0, 101, "away")])
def test_a_stated_score_is_believable(home: int, away: int, field: str) -> None:
    assert checked(score_stated=ScoreStated(home=49, away=33)) is None
    refusal = checked(score_stated=ScoreStated(home=home, away=away))
    assert refusal is not None
    assert refusal.reason == ErrorReason.ERROR_REASON_IMPOSSIBLE_SCORE
    assert refusal.field == f"event.score_stated.{field}"


def test_baseball_has_no_clock_to_adjust() -> None:
    refusal = checked(clock_adjusted=ClockAdjusted())
    assert refusal is not None
    assert refusal.reason == ErrorReason.ERROR_REASON_WRONG_SPORT


def test_innings_go_on_as_long_as_they_must() -> None:
    time = MatchTime(kind=PeriodKind.PERIOD_KIND_OVERTIME, ordinal=17)
    assert checked(time=time, baseball_play=BaseballPlay(outs=1)) is None
    time.ordinal = 31
    assert checked(time=time, baseball_play=BaseballPlay(outs=1)) is not None
