"""The words of stats.nba.com: message types, foul codes and action types, in terms of the live feed.

The live feed of the same league is the richest of its formats, so its words are the common ones.
"""

from __future__ import annotations

import re
from types import MappingProxyType

#: The league's own ids of teams are greater than those of players.
LEAST_TEAM_ID = 1_600_000_000

#: Message types of version 2 and of data.nba in words of the live feed; 1, 2, 3 are attempts.
MESSAGES = MappingProxyType(
    {
        4: "rebound",
        5: "turnover",
        6: "foul",
        7: "violation",
        8: "substitution",
        9: "timeout",
        10: "jumpball",
        11: "ejection",
        12: "period",
        13: "period",
        18: "instantreplay",
        20: "stoppage",
    }
)
MADE, MISSED, FREE_THROW, TURNOVER, FOUL, PERIOD_START, PERIOD_END = 1, 2, 3, 5, 6, 12, 13

#: Codes of fouls that are no team fouls of the period: offensive, double, technical ones.
_OFFENSIVE = frozenset({4, 26})
_DOUBLE = frozenset({10})
_TECHNICAL = frozenset({11, 12, 13, 16, 17, 18, 19, 25, 30})
#: Codes of turnovers after which the ball is in play with the other side: bad pass, lost ball.
_LIVE_BALL = frozenset({1, 2})

#: Action types of version 3 in words of the live feed; the rest are the same in small letters.
ACTIONS = MappingProxyType({"jump ball": "jumpball", "instant replay": "instantreplay"})

_FREE_THROW_WORTH = re.compile(r"Free Throw ([23])PT", re.ASCII)
_THREE = re.compile(r"\b3PT\b", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{1,2})(?:\.(\d))?", re.ASCII)


def foul_kind(code: int) -> tuple[str, str]:
    """Return sub-type and descriptor of a foul in words of the live feed."""
    if code in _OFFENSIVE:
        return "offensive", ""
    if code in _TECHNICAL:
        return "technical", ""
    return "personal", "double" if code in _DOUBLE else ""


def foul_kind_of(words: str) -> tuple[str, str]:
    """Return the same of version 3, which says it in words."""
    small = words.lower()
    if "technical" in small or "delay" in small or "taunting" in small or "defense 3 second" in small:
        return "technical", ""
    if "offensive" in small or "charge" in small:
        return "offensive", ""
    return "personal", "double" if "double" in small else ""


def turnover_kind(code: int) -> str:
    """Return whether the ball is dead after a turnover, in words of the live feed."""
    return "" if code in _LIVE_BALL else "out-of-bounds"


def free_throw_kind(description: str) -> str:
    """Return the kind of a free throw: the G League plays for two or three points with one throw."""
    found = _FREE_THROW_WORTH.search(description)
    return f"{found[1]}pt" if found else "freethrow"


def shot_kind(description: str) -> str:
    """Return the kind of a shot, which version 2 tells in the description only."""
    return "3pt" if _THREE.search(description) else "2pt"


def clock_left_ms(text: str) -> int | None:
    """Return the time left of `11:39` or `00:09.6` in milliseconds, or nothing for other text."""
    found = _CLOCK.fullmatch(text)
    if found is None or int(found[2]) > 59:
        return None
    return (int(found[1]) * 60 + int(found[2])) * 1000 + int(found[3] or 0) * 100
