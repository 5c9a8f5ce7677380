"""What each sport allows, as data: periods, clock, points, and the facts that exist in it.

A sport is one entry; who needs a rule asks here and nowhere else.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from scoreline.v1.game_pb2 import Game, Sport
from scoreline.v1.state_pb2 import PeriodKind

# Looking an enum's value up costs half a microsecond, and these are needed for every event.
_REGULAR, _OVERTIME = PeriodKind.PERIOD_KIND_REGULAR, PeriodKind.PERIOD_KIND_OVERTIME


class Rulebook(NamedTuple):
    """The rules of one sport, or of one game once its own lengths are filled in."""

    regular_periods: int
    """How many regular periods there are."""
    regular_period_s: int
    """How long a regular period is; 0 in sports without a clock."""
    overtime_period_s: int
    """How long a period of extra time or overtime is; 0 where it has no clock."""
    overtime_periods: int
    """How many periods of overtime there can be."""
    has_shootout: bool
    """Whether a shoot-out may decide the game."""
    counts_down: bool
    """Whether people read the clock as what is left of the period."""
    regular_stoppage_s: int
    """How far the clock may pass the end of a regular period."""
    overtime_stoppage_s: int
    """How far the clock may pass the end of a period of overtime."""
    details: frozenset[str]
    """The arms of GameEvent.detail that exist in the sport."""
    legal_points: frozenset[int]
    """What one fact of points may be worth; empty in sports that count goals."""
    most_points: int
    """The greatest score of one side that is believed."""
    period_names: tuple[str, ...]
    """What people call the regular periods."""
    break_names: tuple[str, ...]
    """What people call the break after each regular period; empty where they call it by the period."""
    overtime_prefix: str
    """What people call overtime, before its number."""
    bonus_foul: int
    """The team foul of a period that brings free throws; 0 where there is no such thing."""


#: The facts of every sport: how the game begins, goes on and ends.
_ANY_SPORT = frozenset(
    {
        "period_started",
        "period_ended",
        "status_changed",
        "clock_adjusted",
        "review_opened",
        "review_closed",
        "foul_committed",
        "timeout_taken",
        "shot_taken",
        "player_substituted",
        "possession_gained",
        "play_observed",
    }
)

RULEBOOKS: MappingProxyType[Sport.ValueType, Rulebook] = MappingProxyType(
    {
        Sport.SPORT_FOOTBALL: Rulebook(
            regular_periods=2,
            regular_period_s=45 * 60,
            overtime_period_s=15 * 60,
            overtime_periods=2,
            has_shootout=True,
            counts_down=False,
            # The longest stoppages of professional halves came close to half an hour (injury, video review).
            regular_stoppage_s=30 * 60,
            overtime_stoppage_s=15 * 60,
            details=_ANY_SPORT
            | {
                "goal_scored",
                "shootout_attempted",
                "card_shown",
                "corner_awarded",
                "offside_called",
                "penalty_awarded",
                "stoppage_announced",
            },
            legal_points=frozenset(),
            most_points=200,  # the record of a registered match is 149
            period_names=("1H", "2H"),
            break_names=("HT", "FT"),
            overtime_prefix="ET",
            bonus_foul=0,
        ),
        Sport.SPORT_BASKETBALL: Rulebook(
            regular_periods=4,
            regular_period_s=12 * 60,
            overtime_period_s=5 * 60,
            overtime_periods=10,  # six is the most ever played in the NBA; the numbers 5 to 14 are free
            has_shootout=False,
            counts_down=True,
            regular_stoppage_s=0,
            overtime_stoppage_s=0,
            details=_ANY_SPORT | {"points_scored"},
            legal_points=frozenset({1, 2, 3}),
            most_points=400,
            period_names=("Q1", "Q2", "Q3", "Q4"),
            break_names=(),
            overtime_prefix="OT",
            bonus_foul=5,
        ),
    }
)


def is_playable(sport: Sport.ValueType) -> bool:
    """Whether the sport has a rule book."""
    return sport in RULEBOOKS


def rules_for(game: Game) -> Rulebook:
    """Return the rules of a game: those of its sport with the lengths that the game itself states.

    Raises:
        KeyError: the sport has no rule book (see is_playable).
    """
    rules = RULEBOOKS[game.sport]
    own = game.rules
    return rules._replace(
        regular_periods=own.regular_periods or rules.regular_periods,
        regular_period_s=own.regular_period_s or rules.regular_period_s,
        overtime_period_s=own.overtime_period_s or rules.overtime_period_s,
    )


def has_period(rules: Rulebook, kind: PeriodKind.ValueType, ordinal: int) -> bool:
    """Whether a game under these rules can have that period at all."""
    return 1 <= ordinal <= _periods(rules, kind)


def clock_limit_ms(rules: Rulebook, kind: PeriodKind.ValueType) -> int | None:
    """Return the greatest match time that a period of that kind can show; nothing where no clock runs."""
    if kind == _REGULAR and rules.regular_period_s:
        return (rules.regular_period_s + rules.regular_stoppage_s) * 1000
    if kind == _OVERTIME and rules.overtime_period_s:
        return (rules.overtime_period_s + rules.overtime_stoppage_s) * 1000
    return None


def _periods(rules: Rulebook, kind: PeriodKind.ValueType) -> int:
    if kind == _REGULAR:
        return rules.regular_periods
    if kind == _OVERTIME:
        return rules.overtime_periods
    return int(rules.has_shootout and kind == PeriodKind.PERIOD_KIND_SHOOTOUT)
