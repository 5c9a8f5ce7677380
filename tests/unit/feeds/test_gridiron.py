import pytest

from scoreline.feeds import gridiron
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import GameRules, Side
from scoreline.v1.state_pb2 import PeriodKind

RULES = GameRules(regular_periods=4, regular_period_s=900, overtime_period_s=600)
HOME, AWAY, NOBODY = Side.SIDE_HOME, Side.SIDE_AWAY, Side.SIDE_UNSPECIFIED


@pytest.mark.parametrize(
    ("clock", "left"),
    [("14:09", 849_000), (":37", 37_000), ("0:07.3", 7_000), ("1:60", None), ("", None), ("PT1M", None)],
)
def test_clocks_are_read_or_refused(clock: str, left: int | None) -> None:
    assert gridiron.left_ms(clock) == left


def test_a_clock_that_counts_down_becomes_time_played() -> None:
    second = gridiron.time_of(RULES, 2, 60_000)
    assert second is not None
    assert (second.kind, second.ordinal, second.elapsed_ms) == (PeriodKind.PERIOD_KIND_REGULAR, 2, 840_000)
    overtime = gridiron.time_of(RULES, 5, 600_000)
    assert overtime is not None
    assert (overtime.kind, overtime.ordinal, overtime.elapsed_ms) == (PeriodKind.PERIOD_KIND_OVERTIME, 1, 0)
    unknown = gridiron.time_of(RULES, 6, None)
    assert unknown is not None
    assert not unknown.HasField("elapsed_ms")


def test_a_clock_outside_its_period_is_no_time() -> None:
    assert gridiron.time_of(RULES, 4, 900_001) is None
    assert gridiron.time_of(RULES, 5, 600_001) is None


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("Timeout #2 by HBR at 04:00.", HOME),
        ("(3:20) Timeout #1 by WAS at 03:20.", AWAY),
        ("Timeout #1 by XXX at 03:20.", NOBODY),
        ("Timeout at 10:50.", NOBODY),
    ],
)
def test_a_timeout_belongs_to_the_side_that_the_text_names(text: str, side: int) -> None:
    assert gridiron.timeout_of(text, "HBR", "WSH") == side


def test_nobody_has_more_to_gain_than_the_goal_line_is_away() -> None:
    assert gridiron.scrimmage(1, 10, 4).distance == 4
    assert gridiron.scrimmage(3, 8, 50).distance == 8
    assert gridiron.scrimmage(0, 10, 65).yards_to_goal == 0


def test_only_what_follows_a_reversal_stands() -> None:
    assert gridiron.outcome("TOUCHDOWN. The play was REVERSED. For 3 yards.") == ". For 3 yards."
    assert gridiron.outcome("TOUCHDOWN.") == "TOUCHDOWN."


def test_worth_becomes_points_or_an_attempt_that_failed() -> None:
    good, failed = GameEvent(), GameEvent()
    gridiron.Worth(HOME, gridiron.SAFETY, safety=True).put_into(good)
    gridiron.Worth(AWAY, gridiron.CONVERSION, scored=False).put_into(failed)
    assert (good.side, good.points_scored.points, good.points_scored.safety) == (HOME, 2, True)
    assert (failed.side, failed.shot_taken.value) == (AWAY, 2)
