"""Which changes of status and period are legal [B2]: the two tables that every sport shares."""

from __future__ import annotations

from types import MappingProxyType

from scoreline.domain.match_time import period_number
from scoreline.domain.rulebook import Rulebook, has_period
from scoreline.v1.event_pb2 import MatchTime
from scoreline.v1.state_pb2 import GameStatus, Period, PeriodKind

SCHEDULED = GameStatus.GAME_STATUS_SCHEDULED
LIVE = GameStatus.GAME_STATUS_LIVE
INTERRUPTED = GameStatus.GAME_STATUS_INTERRUPTED
FINAL = GameStatus.GAME_STATUS_FINAL
OFFICIAL = GameStatus.GAME_STATUS_OFFICIAL
POSTPONED = GameStatus.GAME_STATUS_POSTPONED
CANCELLED = GameStatus.GAME_STATUS_CANCELLED
ABANDONED = GameStatus.GAME_STATUS_ABANDONED

REGULAR = PeriodKind.PERIOD_KIND_REGULAR
OVERTIME = PeriodKind.PERIOD_KIND_OVERTIME
SHOOTOUT = PeriodKind.PERIOD_KIND_SHOOTOUT

#: From each status to those that may follow; a status may always be stated again. Never final back to live.
STATUS_FOLLOWS: MappingProxyType[GameStatus.ValueType, frozenset[GameStatus.ValueType]] = MappingProxyType(
    {
        SCHEDULED: frozenset({LIVE, POSTPONED, CANCELLED}),
        LIVE: frozenset({INTERRUPTED, FINAL, ABANDONED}),
        INTERRUPTED: frozenset({LIVE, FINAL, POSTPONED, ABANDONED}),
        POSTPONED: frozenset({SCHEDULED, LIVE, CANCELLED}),
        ABANDONED: frozenset({FINAL, OFFICIAL}),
        FINAL: frozenset({OFFICIAL}),
        OFFICIAL: frozenset(),
        CANCELLED: frozenset(),
    }
)

#: From each kind of period to the kinds that may begin next.
PERIOD_FOLLOWS: MappingProxyType[PeriodKind.ValueType, frozenset[PeriodKind.ValueType]] = MappingProxyType(
    {
        PeriodKind.PERIOD_KIND_UNSPECIFIED: frozenset({REGULAR}),
        REGULAR: frozenset({REGULAR, OVERTIME, SHOOTOUT}),
        OVERTIME: frozenset({OVERTIME, SHOOTOUT}),
        SHOOTOUT: frozenset(),
    }
)

_CAN_PLAY = frozenset({SCHEDULED, POSTPONED, LIVE, INTERRUPTED})
_WAS_PLAYED = frozenset({LIVE, INTERRUPTED, FINAL, OFFICIAL, ABANDONED})


def can_become(status: GameStatus.ValueType, following: GameStatus.ValueType) -> bool:
    """Whether `following` may come after `status` without being a correction."""
    return following == status or following in STATUS_FOLLOWS[status]


def can_play(status: GameStatus.ValueType) -> bool:
    """Whether a period may begin at all."""
    return status in _CAN_PLAY


def can_count(status: GameStatus.ValueType) -> bool:
    """Whether facts such as goals count: the game was played. After the end they correct the sum."""
    return status in _WAS_PLAYED


def can_begin(
    rules: Rulebook, status: GameStatus.ValueType, period: Period, kind: PeriodKind.ValueType, ordinal: int
) -> bool:
    """Whether a period may begin now.

    A regular period may be skipped, since a feed can lose its start or be joined late; what comes after the
    regular periods may not begin before the last of them, nor overtimes out of turn.
    """
    if not can_play(status) or not has_period(rules, kind, ordinal):
        return False
    if kind not in PERIOD_FOLLOWS[period.kind]:
        return False
    if kind == REGULAR:
        return ordinal > period.ordinal
    if period.kind == REGULAR and period.ordinal != rules.regular_periods:
        return False
    if kind == OVERTIME:
        return ordinal == (period.ordinal + 1 if period.kind == OVERTIME else 1)
    return True


def is_current(period: Period, time: MatchTime) -> bool:
    """Whether a match time lies in the period that the state is in."""
    return period.kind == time.kind and period.ordinal == time.ordinal


def is_ahead(rules: Rulebook, period: Period, time: MatchTime) -> bool:
    """Whether a match time lies in a period after the one that the state is in."""
    return period_number(rules, time.kind, time.ordinal) > period_number(rules, period.kind, period.ordinal)
