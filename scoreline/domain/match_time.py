"""The place of a fact in its game: the number of its period, and its name."""

from __future__ import annotations

from scoreline.domain.rulebook import RULEBOOKS, Rulebook
from scoreline.v1.game_pb2 import Sport
from scoreline.v1.state_pb2 import GameStatus, Period, PeriodKind

#: The running number of a shoot-out, after any overtime.
SHOOTOUT_NUMBER = 15

_OVER = frozenset(
    {GameStatus.GAME_STATUS_FINAL, GameStatus.GAME_STATUS_OFFICIAL, GameStatus.GAME_STATUS_ABANDONED}
)
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
    sport: Sport.ValueType, status: GameStatus.ValueType, period: Period, regular_periods: int = 0
) -> str:
    """Return the period as people read it, such as `1H`, `HT`, `ET1`, `PENS`, `Q4`, `OT1`.

    Empty before the start. A game that is over keeps the label of its last period, so that `PENS` or `OT1`
    tells how it was decided; `FT` is the end of the regular ones. `regular_periods` is that of the game where
    it differs from the sport's, else 0.
    """
    if status in _NOT_BEGUN or sport not in RULEBOOKS:
        return ""
    rules = RULEBOOKS[sport]
    if period.kind == PeriodKind.PERIOD_KIND_SHOOTOUT:
        return "PENS"
    if period.kind == PeriodKind.PERIOD_KIND_OVERTIME:
        return f"{rules.overtime_prefix}{period.ordinal}"
    if period.kind != PeriodKind.PERIOD_KIND_REGULAR:
        return ""
    return _regular_label(rules, regular_periods or rules.regular_periods, status, period)


def _regular_label(rules: Rulebook, periods: int, status: GameStatus.ValueType, period: Period) -> str:
    # Halves and quarters have names; under other rules (two halves of basketball) a number must do.
    if periods != rules.regular_periods or not 1 <= period.ordinal <= periods:
        return f"P{period.ordinal}"
    ended = period.on_break or (status in _OVER and period.ordinal == periods)
    names = rules.break_names if ended and rules.break_names else rules.period_names
    return names[period.ordinal - 1]
