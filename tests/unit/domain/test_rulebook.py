import pytest

from scoreline.domain.rulebook import (
    RULEBOOKS,
    clock_limit_ms,
    has_period,
    is_playable,
    rules_for,
)
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Game, GameRules, Sport
from scoreline.v1.state_pb2 import PeriodKind

FOOTBALL = RULEBOOKS[Sport.SPORT_FOOTBALL]
BASKETBALL = RULEBOOKS[Sport.SPORT_BASKETBALL]
REGULAR, OVERTIME, SHOOTOUT, NONE = (
    PeriodKind.PERIOD_KIND_REGULAR,
    PeriodKind.PERIOD_KIND_OVERTIME,
    PeriodKind.PERIOD_KIND_SHOOTOUT,
    PeriodKind.PERIOD_KIND_UNSPECIFIED,
)


def test_a_sport_without_a_rule_book_is_not_playable() -> None:
    assert is_playable(Sport.SPORT_FOOTBALL)
    assert not is_playable(Sport.SPORT_UNSPECIFIED)
    with pytest.raises(KeyError):
        rules_for(Game())


@pytest.mark.parametrize("rules", RULEBOOKS.values(), ids=[Sport.Name(sport) for sport in RULEBOOKS])
def test_every_fact_of_a_rule_book_is_one_that_an_event_can_carry(rules) -> None:  # type: ignore[no-untyped-def]
    arms = {field.name for field in GameEvent.DESCRIPTOR.oneofs_by_name["detail"].fields}
    assert rules.details <= arms
    assert len(rules.period_names) == rules.regular_periods


def test_a_game_overrides_the_lengths_of_its_sport_and_nothing_else() -> None:
    game = Game(sport=Sport.SPORT_BASKETBALL, rules=GameRules(regular_period_s=600))
    rules = rules_for(game)
    assert rules == BASKETBALL._replace(regular_period_s=600)
    other = Game(sport=Sport.SPORT_BASKETBALL, rules=GameRules(regular_periods=2, overtime_period_s=240))
    assert rules_for(other) == BASKETBALL._replace(regular_periods=2, overtime_period_s=240)


def test_facts_of_another_sport_do_not_exist() -> None:
    assert "goal_scored" in FOOTBALL.details
    assert "points_scored" not in FOOTBALL.details
    assert "points_scored" in BASKETBALL.details
    assert "shootout_attempted" not in BASKETBALL.details


def test_basketball_knows_one_two_and_three_points() -> None:
    assert BASKETBALL.legal_points == {1, 2, 3}
    assert not FOOTBALL.legal_points


@pytest.mark.parametrize(
    ("rules", "kind", "ordinal", "exists"),
    [
        (FOOTBALL, REGULAR, 2, True),
        (FOOTBALL, REGULAR, 3, False),
        (FOOTBALL, REGULAR, 0, False),
        (FOOTBALL, OVERTIME, 2, True),
        (FOOTBALL, OVERTIME, 3, False),
        (FOOTBALL, SHOOTOUT, 1, True),
        (FOOTBALL, SHOOTOUT, 2, False),
        (FOOTBALL, NONE, 1, False),
        (BASKETBALL, REGULAR, 4, True),
        (BASKETBALL, OVERTIME, 6, True),
        (BASKETBALL, SHOOTOUT, 1, False),
    ],
)
def test_periods_exist_as_the_sport_has_them(rules, kind, ordinal, exists) -> None:  # type: ignore[no-untyped-def]
    assert has_period(rules, kind, ordinal) is exists


def test_stoppage_time_passes_the_nominal_length_in_football_only() -> None:
    assert clock_limit_ms(FOOTBALL, REGULAR) == (45 + 30) * 60_000
    assert clock_limit_ms(FOOTBALL, OVERTIME) == 30 * 60_000
    assert clock_limit_ms(BASKETBALL, REGULAR) == 720_000
    assert clock_limit_ms(BASKETBALL, OVERTIME) == 300_000


def test_where_no_clock_runs_there_is_no_limit() -> None:
    assert clock_limit_ms(FOOTBALL, SHOOTOUT) is None
    assert clock_limit_ms(FOOTBALL._replace(regular_period_s=0), REGULAR) is None
    assert clock_limit_ms(FOOTBALL._replace(overtime_period_s=0), OVERTIME) is None
