"""The words of the NBA's live feed: action types, clocks, leagues."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import NamedTuple

REGULAR_PERIODS = 4


class League(NamedTuple):
    """A league that shares the feed, told by the first two digits of a game id."""

    competition_id: str
    name: str
    period_s: int
    overtime_s: int


LEAGUES = MappingProxyType(
    {
        "00": League("nba", "NBA", 720, 300),
        "10": League("wnba", "WNBA", 600, 300),
        "20": League("nba-g-league", "NBA G League", 720, 120),
    }
)

#: Points of an attempt, by action type. A `heave` is a missed long shot at the end of a period.
ATTEMPTS = MappingProxyType({"2pt": 2, "3pt": 3, "heave": 3, "freethrow": 1})

#: Our word for every action that has no event of its own.
PLAYS = MappingProxyType(
    {
        "rebound": "rebound",
        "turnover": "turnover",
        "steal": "steal",
        "block": "block",
        "jumpball": "jump_ball",
        "violation": "violation",
        "stoppage": "stoppage",
        "substitution": "substitution",
        "instantreplay": "review",
        "ejection": "ejection",
        "memo": "note",
    }
)

#: Actions after which the game clock stands. Missing ones (a basket in the last minutes) cost a viewer's
#: clock some seconds, until the next anchor.
STOPPING = frozenset({"foul", "timeout", "stoppage", "violation", "instantreplay", "ejection"})
#: Sub-types of `turnover` after which the ball is dead; after the others it is in play with the other side.
DEAD_BALL_TURNOVERS = (
    "out-of-bounds",
    "traveling",
    "offensive foul",
    "double dribble",
    "second",
    "backcourt",
    "lane",
)

_CLOCK = re.compile(r"PT(\d{1,2})M(\d{1,2})(?:\.(\d{1,3}))?S", re.ASCII)


def clock_left_ms(text: str) -> int | None:
    """Return the time left of `PT11M22.00S` in milliseconds, or nothing for other text."""
    found = _CLOCK.fullmatch(text)
    if found is None or int(found[2]) > 59:
        return None
    return (int(found[1]) * 60 + int(found[2])) * 1000 + int((found[3] or "0").ljust(3, "0"))


def season_of(game_id: str) -> str:
    """Return the season of a game id, such as `2020-21` for `0022000001`."""
    first = int(game_id[3:5])
    century = 1900 if first >= 46 else 2000  # the league's first season began in 1946
    return f"{century + first}-{(first + 1) % 100:02}"
