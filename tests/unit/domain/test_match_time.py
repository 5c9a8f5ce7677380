import pytest

from scoreline.domain.match_time import SHOOTOUT_NUMBER, period_label, period_number
from scoreline.domain.rulebook import RULEBOOKS
from scoreline.v1.game_pb2 import Sport
from scoreline.v1.situation_baseball_pb2 import InningHalf
from scoreline.v1.state_pb2 import GameStatus, Period, PeriodKind

FOOTBALL, BASKETBALL = Sport.SPORT_FOOTBALL, Sport.SPORT_BASKETBALL
REGULAR, OVERTIME, SHOOTOUT, NONE = (
    PeriodKind.PERIOD_KIND_REGULAR,
    PeriodKind.PERIOD_KIND_OVERTIME,
    PeriodKind.PERIOD_KIND_SHOOTOUT,
    PeriodKind.PERIOD_KIND_UNSPECIFIED,
)
LIVE, FINAL = GameStatus.GAME_STATUS_LIVE, GameStatus.GAME_STATUS_FINAL


def test_overtimes_go_on_counting_after_the_regular_periods() -> None:
    football, basketball = RULEBOOKS[FOOTBALL], RULEBOOKS[BASKETBALL]
    assert period_number(football, REGULAR, 2) == 2
    assert period_number(football, OVERTIME, 2) == 4
    assert period_number(basketball, OVERTIME, 1) == 5
    assert period_number(football, SHOOTOUT, 1) == SHOOTOUT_NUMBER
    assert period_number(football, NONE, 0) == 0


@pytest.mark.parametrize(
    "rules", [rules for rules in RULEBOOKS.values() if rules.has_shootout or rules.regular_period_s]
)
def test_the_last_overtime_still_comes_before_the_shoot_out(rules) -> None:  # type: ignore[no-untyped-def]
    assert period_number(rules, OVERTIME, rules.overtime_periods) < SHOOTOUT_NUMBER


@pytest.mark.parametrize(
    ("kind", "ordinal", "half", "innings", "label"),
    [
        (REGULAR, 9, InningHalf.INNING_HALF_TOP, 0, "T9"),
        (REGULAR, 5, InningHalf.INNING_HALF_BOTTOM, 9, "B5"),
        (OVERTIME, 1, InningHalf.INNING_HALF_TOP, 9, "T10"),
        (OVERTIME, 2, InningHalf.INNING_HALF_BOTTOM, 7, "B9"),
        (OVERTIME, 6, InningHalf.INNING_HALF_UNSPECIFIED, 0, "15"),
        (NONE, 0, InningHalf.INNING_HALF_UNSPECIFIED, 9, ""),
    ],
)
def test_an_inning_is_named_by_half_and_number(kind, ordinal, half, innings, label) -> None:  # type: ignore[no-untyped-def]
    period = Period(kind=kind, ordinal=ordinal)
    assert period_label(Sport.SPORT_BASEBALL, LIVE, period, innings, half) == label


@pytest.mark.parametrize(
    ("sport", "status", "kind", "ordinal", "on_break", "label"),
    [
        (FOOTBALL, GameStatus.GAME_STATUS_SCHEDULED, NONE, 0, False, ""),
        (FOOTBALL, LIVE, NONE, 0, False, ""),
        (FOOTBALL, LIVE, REGULAR, 1, False, "1H"),
        (FOOTBALL, LIVE, REGULAR, 1, True, "HT"),
        (FOOTBALL, LIVE, REGULAR, 2, False, "2H"),
        (FOOTBALL, LIVE, REGULAR, 2, True, "FT"),
        (FOOTBALL, FINAL, REGULAR, 2, True, "FT"),
        (FOOTBALL, FINAL, REGULAR, 2, False, "FT"),
        (FOOTBALL, GameStatus.GAME_STATUS_ABANDONED, REGULAR, 1, False, "1H"),
        (FOOTBALL, LIVE, OVERTIME, 1, False, "ET1"),
        (FOOTBALL, FINAL, OVERTIME, 2, True, "ET2"),
        (FOOTBALL, LIVE, SHOOTOUT, 1, False, "PENS"),
        (FOOTBALL, GameStatus.GAME_STATUS_OFFICIAL, SHOOTOUT, 1, True, "PENS"),
        (FOOTBALL, GameStatus.GAME_STATUS_CANCELLED, NONE, 0, False, ""),
        (BASKETBALL, LIVE, REGULAR, 1, False, "Q1"),
        (BASKETBALL, LIVE, REGULAR, 2, True, "Q2"),
        (BASKETBALL, FINAL, REGULAR, 4, True, "Q4"),
        (BASKETBALL, FINAL, OVERTIME, 1, True, "OT1"),
        (FOOTBALL, LIVE, REGULAR, 3, False, "P3"),
        (Sport.SPORT_AMERICAN_FOOTBALL, LIVE, REGULAR, 3, True, "Q3"),
        (Sport.SPORT_AMERICAN_FOOTBALL, FINAL, OVERTIME, 1, True, "OT"),
        (Sport.SPORT_AMERICAN_FOOTBALL, LIVE, OVERTIME, 2, False, "OT2"),
        (Sport.SPORT_ICE_HOCKEY, LIVE, REGULAR, 1, False, "P1"),
        (Sport.SPORT_ICE_HOCKEY, FINAL, OVERTIME, 1, True, "OT"),
        (Sport.SPORT_ICE_HOCKEY, LIVE, OVERTIME, 3, False, "OT3"),
        (Sport.SPORT_ICE_HOCKEY, FINAL, SHOOTOUT, 1, True, "SO"),
        (Sport.SPORT_UNSPECIFIED, LIVE, REGULAR, 1, False, ""),
    ],
)
def test_a_period_has_the_name_that_people_use(sport, status, kind, ordinal, on_break, label) -> None:  # type: ignore[no-untyped-def]
    period = Period(kind=kind, ordinal=ordinal, on_break=on_break)
    assert period_label(sport, status, period) == label


def test_periods_under_other_rules_have_numbers() -> None:
    assert period_label(BASKETBALL, LIVE, Period(kind=REGULAR, ordinal=2), regular_periods=2) == "P2"
    assert period_label(BASKETBALL, LIVE, Period(kind=REGULAR, ordinal=2), regular_periods=4) == "Q2"


@pytest.mark.parametrize(
    ("sport", "kind", "ordinal", "periods", "label"),
    [
        (Sport.SPORT_TENNIS, PeriodKind.PERIOD_KIND_REGULAR, 3, 3, "Set 3"),
        (Sport.SPORT_TENNIS, PeriodKind.PERIOD_KIND_REGULAR, 5, 5, "Set 5"),
        (Sport.SPORT_CRICKET, PeriodKind.PERIOD_KIND_REGULAR, 2, 2, "Inn 2"),
        (Sport.SPORT_CRICKET, PeriodKind.PERIOD_KIND_REGULAR, 4, 4, "Inn 4"),
        (Sport.SPORT_CRICKET, PeriodKind.PERIOD_KIND_SHOOTOUT, 1, 2, "SO"),
    ],
)
def test_sets_and_innings_are_called_by_their_number(sport, kind, ordinal, periods, label) -> None:  # type: ignore[no-untyped-def]
    period = Period(kind=kind, ordinal=ordinal)
    assert period_label(sport, GameStatus.GAME_STATUS_LIVE, period, periods) == label
    assert period_label(sport, GameStatus.GAME_STATUS_FINAL, period, periods) == label
