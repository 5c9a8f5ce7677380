"""The place of a fact in its game: the number of its period, and its name."""

from __future__ import annotations

from scoreline.domain.rulebook import RULEBOOKS, Rulebook
from scoreline.v1.game_pb2 import Sport
from scoreline.v1.situation_baseball_pb2 import InningHalf
from scoreline.v1.state_pb2 import GameStatus, Period, PeriodKind

#: The running number of a shoot-out, after any overtime.
SHOOTOUT_NUMBER = 15

_OVER = frozenset(
    {GameStatus.GAME_STATUS_FINAL, GameStatus.GAME_STATUS_OFFICIAL, GameStatus.GAME_STATUS_ABANDONED}
)
_HALVES = {InningHalf.INNING_HALF_TOP: "T", InningHalf.INNING_HALF_BOTTOM: "B"}
_NOT_BEGUN = frozenset(
    {
        GameStatus.GAME_STATUS_UNSPECIFIED,
        GameStatus.GAME_STATUS_SCHEDULED,
        GameStatus.GAME_STATUS_POSTPONED,
        GameStatus.GAME_STATUS_CANCELLED,
    }
)


def period_number(rules: Rulebook, kind: PeriodKind.ValueType, ordinal: int) -> int:
    """Return the running number: regular periods from 1, overtimes go on counting, 15 is the shoot-out.

    0 stands for no period.
    """
    if kind == PeriodKind.PERIOD_KIND_REGULAR:
        return ordinal
    if kind == PeriodKind.PERIOD_KIND_OVERTIME:
        return rules.regular_periods + ordinal
    if kind == PeriodKind.PERIOD_KIND_SHOOTOUT:
        return SHOOTOUT_NUMBER
    return 0


def period_label(
    sport: Sport.ValueType,
    status: GameStatus.ValueType,
    period: Period,
    regular_periods: int = 0,
    half: InningHalf.ValueType = InningHalf.INNING_HALF_UNSPECIFIED,
) -> str:
    """Return the period as people read it, such as `1H`, `HT`, `ET1`, `PENS`, `Q4`, `OT1`.

    Empty before the start. A game that is over keeps the label of its last period, so that `PENS` or `OT1`
    tells how it was decided; `FT` is the end of the regular ones. `regular_periods` is that of the game where
    it differs from the sport's, else 0. Baseball counts on through extra innings, `T9` for the top of the
    ninth, `B10`; without the `half` it is the number alone.
    """
    if status in _NOT_BEGUN or sport not in RULEBOOKS:
        return ""
    rules = RULEBOOKS[sport]
    if sport == Sport.SPORT_BASEBALL:
        return _inning_label(regular_periods or rules.regular_periods, period, half)
    if period.kind == PeriodKind.PERIOD_KIND_SHOOTOUT:
        return rules.shootout_name
    if period.kind == PeriodKind.PERIOD_KIND_OVERTIME:
        alone = period.ordinal == 1 and not rules.numbers_first_overtime
        return rules.overtime_prefix if alone else f"{rules.overtime_prefix}{period.ordinal}"
    if period.kind != PeriodKind.PERIOD_KIND_REGULAR:
        return ""
    return _regular_label(rules, regular_periods or rules.regular_periods, status, period)


def _inning_label(innings: int, period: Period, half: InningHalf.ValueType) -> str:
    if not period.ordinal:
        return ""
    is_extra = period.kind == PeriodKind.PERIOD_KIND_OVERTIME
    return f"{_HALVES.get(half, '')}{innings + period.ordinal if is_extra else period.ordinal}"


def _regular_label(rules: Rulebook, periods: int, status: GameStatus.ValueType, period: Period) -> str:
    # Halves and quarters have names; under other rules (two halves of basketball) a number must do.
    if periods != rules.regular_periods or not 1 <= period.ordinal <= periods:
        gap = " " if len(rules.period_word) > 1 else ""
        return f"{rules.period_word}{gap}{period.ordinal}"
    ended = period.on_break or (status in _OVER and period.ordinal == periods)
    names = rules.break_names if ended and rules.break_names else rules.period_names
    return names[period.ordinal - 1]
