import pytest

from scoreline.domain.rulebook import RULEBOOKS
from scoreline.v1.event_pb2 import MatchTime
from scoreline.v1.game_pb2 import Sport
from scoreline.v1.state_pb2 import GameStatus, Period
from stated.core import transitions as t

FOOTBALL, BASKETBALL = RULEBOOKS[Sport.SPORT_FOOTBALL], RULEBOOKS[Sport.SPORT_BASKETBALL]
NONE = Period(kind=0, ordinal=0)


def period(kind: int, ordinal: int) -> Period:
    return Period(kind=t.PeriodKind.Name(kind), ordinal=ordinal)


def test_every_status_has_its_row() -> None:
    assert set(t.STATUS_FOLLOWS) == set(GameStatus.values()) - {GameStatus.GAME_STATUS_UNSPECIFIED}


@pytest.mark.parametrize("over", [t.FINAL, t.OFFICIAL, t.CANCELLED, t.ABANDONED])
def test_what_is_over_never_goes_back_to_live(over: GameStatus.ValueType) -> None:
    reachable, frontier = set(), {over}
    while frontier:
        reachable |= frontier
        frontier = {s for status in frontier for s in t.STATUS_FOLLOWS[status]} - reachable
    assert t.LIVE not in reachable
    assert not t.can_play(over)


def test_a_status_may_be_said_again() -> None:
    for status in t.STATUS_FOLLOWS:
        assert t.can_become(status, status)


def test_a_game_goes_from_scheduled_by_live_and_final_to_official() -> None:
    assert t.can_become(t.SCHEDULED, t.LIVE)
    assert t.can_become(t.LIVE, t.FINAL)
    assert t.can_become(t.FINAL, t.OFFICIAL)
    assert not t.can_become(t.SCHEDULED, t.FINAL)


@pytest.mark.parametrize(
    ("rules", "now", "kind", "ordinal", "legal"),
    [
        (FOOTBALL, NONE, t.REGULAR, 1, True),
        (FOOTBALL, NONE, t.REGULAR, 2, True),
        (FOOTBALL, NONE, t.OVERTIME, 1, False),
        (FOOTBALL, NONE, t.SHOOTOUT, 1, False),
        (FOOTBALL, period(t.REGULAR, 1), t.REGULAR, 2, True),
        (FOOTBALL, period(t.REGULAR, 1), t.REGULAR, 1, False),
        (FOOTBALL, period(t.REGULAR, 1), t.OVERTIME, 1, False),
        (FOOTBALL, period(t.REGULAR, 1), t.SHOOTOUT, 1, False),
        (FOOTBALL, period(t.REGULAR, 2), t.REGULAR, 1, False),
        (FOOTBALL, period(t.REGULAR, 2), t.REGULAR, 3, False),
        (FOOTBALL, period(t.REGULAR, 2), t.OVERTIME, 1, True),
        (FOOTBALL, period(t.REGULAR, 2), t.OVERTIME, 2, False),
        (FOOTBALL, period(t.REGULAR, 2), t.SHOOTOUT, 1, True),
        (FOOTBALL, period(t.OVERTIME, 1), t.OVERTIME, 2, True),
        (FOOTBALL, period(t.OVERTIME, 1), t.REGULAR, 2, False),
        (FOOTBALL, period(t.OVERTIME, 2), t.SHOOTOUT, 1, True),
        (FOOTBALL, period(t.SHOOTOUT, 1), t.OVERTIME, 1, False),
        (BASKETBALL, period(t.REGULAR, 3), t.OVERTIME, 1, False),
        (BASKETBALL, period(t.REGULAR, 4), t.OVERTIME, 1, True),
        (BASKETBALL, period(t.OVERTIME, 3), t.OVERTIME, 4, True),
        (BASKETBALL, period(t.REGULAR, 4), t.SHOOTOUT, 1, False),
    ],
)
def test_periods_begin_in_their_turn(rules, now, kind, ordinal, legal) -> None:  # type: ignore[no-untyped-def]
    assert t.can_begin(rules, t.LIVE, now, kind, ordinal) is legal
    assert not t.can_begin(rules, t.FINAL, now, kind, ordinal)


def test_facts_count_in_a_game_that_was_played() -> None:
    assert all(t.can_count(status) for status in (t.LIVE, t.INTERRUPTED, t.FINAL, t.OFFICIAL, t.ABANDONED))
    assert not any(t.can_count(status) for status in (t.SCHEDULED, t.POSTPONED, t.CANCELLED))


def test_a_match_time_is_current_or_ahead_or_past() -> None:
    now = period(t.OVERTIME, 1)
    assert t.is_current(now, MatchTime(kind=t.OVERTIME, ordinal=1))
    assert not t.is_current(now, MatchTime(kind=t.REGULAR, ordinal=1))
    assert t.is_ahead(FOOTBALL, now, MatchTime(kind=t.SHOOTOUT, ordinal=1))
    assert not t.is_ahead(FOOTBALL, now, MatchTime(kind=t.REGULAR, ordinal=2))
