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
    shootout_name: str = "PENS"
    """What people call a shoot-out."""
    numbers_first_overtime: bool = True
    """Whether the first overtime is called by its number too: `OT1`, not `OT`."""
    period_word: str = "P"
    """What people call a regular period that has no name, before its number."""


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
        "score_stated",
    }
)

#: The facts of every sport in which no clock runs and nobody has the ball.
_UNTIMED = _ANY_SPORT - {"clock_adjusted", "possession_gained", "shot_taken", "foul_committed"}

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
        Sport.SPORT_AMERICAN_FOOTBALL: Rulebook(
            regular_periods=4,
            regular_period_s=15 * 60,
            overtime_period_s=10 * 60,  # NFL, regular season; play-offs play fifteen minutes
            overtime_periods=10,
            has_shootout=False,
            counts_down=True,
            regular_stoppage_s=0,
            overtime_stoppage_s=0,
            details=_ANY_SPORT | {"points_scored", "scrimmage_set"},
            legal_points=frozenset({1, 2, 3, 6}),
            most_points=250,  # the record of a college game is 222
            period_names=("Q1", "Q2", "Q3", "Q4"),
            break_names=(),
            overtime_prefix="OT",
            bonus_foul=0,
            numbers_first_overtime=False,
        ),
        Sport.SPORT_ICE_HOCKEY: Rulebook(
            regular_periods=3,
            regular_period_s=20 * 60,
            overtime_period_s=5 * 60,  # NHL, regular season; play-offs play twenty minutes
            overtime_periods=11,  # six is the most ever played in the NHL; the numbers 4 to 14 are free
            has_shootout=True,
            counts_down=False,
            regular_stoppage_s=0,
            overtime_stoppage_s=0,
            details=_ANY_SPORT | {"goal_scored", "shootout_attempted", "penalty_imposed", "strength_changed"},
            legal_points=frozenset(),
            most_points=120,  # the record of a national team is 92
            period_names=("P1", "P2", "P3"),
            break_names=(),
            overtime_prefix="OT",
            bonus_foul=0,
            shootout_name="SO",
            numbers_first_overtime=False,
        ),
        Sport.SPORT_BASEBALL: Rulebook(
            # The inning is the period; double-headers of 2020 and lower leagues play seven.
            regular_periods=9,
            regular_period_s=0,
            overtime_period_s=0,
            overtime_periods=30,  # the longest game on record went 33 innings
            has_shootout=False,
            counts_down=False,
            regular_stoppage_s=0,
            overtime_stoppage_s=0,
            details=_ANY_SPORT - {"clock_adjusted", "possession_gained", "shot_taken", "foul_committed"}
            | {"baseball_play", "half_inning_started"},
            legal_points=frozenset({1, 2, 3, 4}),
            most_points=100,  # the record of a major league is 49
            period_names=tuple(str(inning) for inning in range(1, 10)),
            break_names=(),
            overtime_prefix="",
            bonus_foul=0,
        ),
        Sport.SPORT_TENNIS: Rulebook(
            # The set is the period.
            regular_periods=3,
            regular_period_s=0,
            overtime_period_s=0,
            overtime_periods=0,
            has_shootout=False,
            counts_down=False,
            regular_stoppage_s=0,
            overtime_stoppage_s=0,
            details=_UNTIMED | {"point_won", "standing_stated", "game_conceded"},
            legal_points=frozenset(),
            most_points=3,
            period_names=("Set 1", "Set 2", "Set 3"),
            break_names=(),
            overtime_prefix="",
            bonus_foul=0,
            period_word="Set",
        ),
        Sport.SPORT_CRICKET: Rulebook(
            # The innings is the period: two in a match of limited overs, four in one of days.
            regular_periods=2,
            regular_period_s=0,
            overtime_period_s=0,
            overtime_periods=0,
            has_shootout=True,  # super overs
            counts_down=False,
            regular_stoppage_s=0,
            overtime_stoppage_s=0,
            details=_UNTIMED
            | {"innings_begun", "ball_bowled", "wicket_fallen", "penalty_runs_awarded", "target_set"}
            | {"innings_stated", "result_declared"},
            legal_points=frozenset(),
            most_points=3_000,  # the record of one innings is 1,107
            period_names=("Inn 1", "Inn 2"),
            break_names=(),
            overtime_prefix="",
            bonus_foul=0,
            shootout_name="SO",
            period_word="Inn",
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
