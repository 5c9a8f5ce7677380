"""What the feeds of American football have in common: quarters, clocks that count down, spots, the season."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from scoreline.v1.event_american_football_pb2 import ScrimmageSet
from scoreline.v1.event_pb2 import GameEvent, MatchTime, PointsScored, ShotTaken
from scoreline.v1.game_pb2 import Game, GameProvider, GameRules, Side, Sport
from scoreline.v1.state_pb2 import PeriodKind

REGULAR_PERIODS = 4
PERIOD_S = 15 * 60
#: Overtime of the regular season, and of the play-offs.
OVERTIME_S, PLAYOFF_OVERTIME_S = 10 * 60, 15 * 60
MOST_PERIODS = 14
TOUCHDOWN, FIELD_GOAL, SAFETY, EXTRA_POINT, CONVERSION = 6, 3, 2, 1, 2
OTHER = {Side.SIDE_HOME: Side.SIDE_AWAY, Side.SIDE_AWAY: Side.SIDE_HOME}

_CLOCK = re.compile(r"(\d{0,2}):(\d{2})(?:\.\d{1,3})?", re.ASCII)
#: The official gamebook names teams otherwise than some feeds abbreviate them.
_GAMEBOOK = {"WAS": "WSH", "LA": "LAR", "JAC": "JAX", "ARZ": "ARI", "BLT": "BAL", "CLV": "CLE", "HST": "HOU"}
_TIMEOUT = re.compile(r"Timeout #\d by ([A-Z]{2,4})", re.ASCII)


class Worth(NamedTuple):
    """What a play, or the try after it, brought or failed to bring."""

    side: Side.ValueType
    points: int
    scored: bool = True
    safety: bool = False

    def put_into(self, event: GameEvent) -> None:
        """Make it the fact of an event."""
        event.side = self.side
        if self.scored:
            event.points_scored.CopyFrom(PointsScored(points=self.points, safety=self.safety))
        else:
            event.shot_taken.CopyFrom(ShotTaken(value=self.points))


def left_ms(clock: str) -> int | None:
    """Return what is left of a period by `14:09` or `:37`, or nothing for other text."""
    found = _CLOCK.fullmatch(clock)
    if found is None or int(found[2]) > 59:
        return None
    return (int(found[1] or 0) * 60 + int(found[2])) * 1000


def time_of(rules: GameRules, period: int, left: int | None) -> MatchTime | None:
    """Return the match time, or nothing when the clock shows more than the period has."""
    extra = period - REGULAR_PERIODS
    length_s = rules.overtime_period_s if extra > 0 else PERIOD_S
    time = MatchTime(
        kind=PeriodKind.PERIOD_KIND_OVERTIME if extra > 0 else PeriodKind.PERIOD_KIND_REGULAR,
        ordinal=extra if extra > 0 else period,
    )
    if left is not None:
        if left > length_s * 1000:
            return None
        time.elapsed_ms = length_s * 1000 - left
    return time


def adopt_overtime(rules: GameRules, clocks: Iterable[tuple[int, int | None]]) -> None:
    """Take fifteen minutes of overtime where a clock shows more than ten; clocks are (period, left).

    Play-offs play so, and so did the regular season until 2016.
    """
    if any(period > REGULAR_PERIODS and (left or 0) > OVERTIME_S * 1000 for period, left in clocks):
        rules.overtime_period_s = PLAYOFF_OVERTIME_S


def propose_game(external_game_id: str, provider_id: str) -> Game:
    """Return what the sport and the id alone tell."""
    return Game(
        sport=Sport.SPORT_AMERICAN_FOOTBALL,
        competition_id="nfl",
        providers=[GameProvider(provider_id=provider_id, external_game_id=external_game_id)],
        rules=GameRules(
            regular_periods=REGULAR_PERIODS, regular_period_s=PERIOD_S, overtime_period_s=OVERTIME_S
        ),
    )


def season_of(start: datetime) -> str:
    """Return the season that a day lies in: it is called by its first year and ends in February."""
    return str(start.year if start.month > 2 else start.year - 1)


def scrimmage(down: int, distance: int, yards_to_goal: int) -> ScrimmageSet:
    """Return the next attempt; nobody has more to gain than the goal line is away."""
    if not down:
        return ScrimmageSet()
    return ScrimmageSet(down=down, distance=min(distance, yards_to_goal), yards_to_goal=yards_to_goal)


def timeout_of(text: str, home: str, away: str) -> Side.ValueType:
    """Return whose timeout `Timeout #2 by KC at 04:00.` is, by the abbreviations of the sides."""
    found = _TIMEOUT.search(text)
    if found is None:
        return Side.SIDE_UNSPECIFIED
    names = {found[1], _GAMEBOOK.get(found[1], found[1])}
    if home in names:
        return Side.SIDE_HOME
    return Side.SIDE_AWAY if away in names else Side.SIDE_UNSPECIFIED


def outcome(text: str) -> str:
    """Return what of a description stands: after a review that reversed it, only what follows counts."""
    return text.rpartition("REVERSED")[2]
