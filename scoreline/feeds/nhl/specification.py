"""The words of the NHL's play-by-play: kinds of plays, the situation code, states of a game."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import NamedTuple

REGULAR_PERIODS = 3
PERIOD_S = 20 * 60
#: Overtime of the regular season, and of the play-offs.
OVERTIME_S, PLAYOFF_OVERTIME_S = 5 * 60, 20 * 60
OVERTIMES_S = (OVERTIME_S, 10 * 60, PLAYOFF_OVERTIME_S)
PLAYOFFS = 3
MOST_PERIODS = 15

PERIOD_START, PERIOD_END, GAME_END = "period-start", "period-end", "game-end"
GOAL, SHOT, MISSED, FAILED = "goal", "shot-on-goal", "missed-shot", "failed-shot-attempt"
PENALTY, STOPPAGE, FACEOFF = "penalty", "stoppage", "faceoff"
SHOOTOUT_COMPLETE = "shootout-complete"

#: Attempts that did not score.
ATTEMPTS = frozenset({SHOT, MISSED, FAILED})
#: Plays with which the clock stops.
STOPPING = frozenset({GOAL, PENALTY, STOPPAGE})
#: Rows whose situation code is that of people leaving the ice.
WITHOUT_STRENGTH = frozenset({PERIOD_END, GAME_END, SHOOTOUT_COMPLETE})
CHALLENGE = "chlg-"
TIMEOUTS = MappingProxyType({"home-timeout": True, "visitor-timeout": False})

#: `periodType` of overtime and of a shoot-out; the regular one is `REG`.
REGULAR, OVERTIME, SHOOTOUT = "REG", "OT", "SO"

#: `gameState` once play is over, and once the league has verified it.
OVER = frozenset({"FINAL", "OFF"})
OFFICIAL = "OFF"

_SITUATION = re.compile(r"([01])([0-6])([0-6])([01])", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
#: Who shoots a penalty shot or in a shoot-out plays alone against a goalkeeper.
_ALONE = frozenset({"0101", "1010"})


class Strength(NamedTuple):
    """Who is on the ice."""

    home_skaters: int
    away_skaters: int
    home_net_empty: bool
    away_net_empty: bool

    def lead_of(self, home: bool) -> int:
        """Return by how many skaters a side is ahead because of penalties, not of an empty net."""
        lead = (self.home_skaters - self.home_net_empty) - (self.away_skaters - self.away_net_empty)
        return lead if home else -lead


def strength_of(code: str) -> Strength | None:
    """Return the strength by `1451`: away goalkeeper, away skaters, home skaters, home goalkeeper."""
    found = _SITUATION.fullmatch(code)
    if found is None or code in _ALONE:
        return None
    away_keeper, away, home, home_keeper = map(int, found.groups())
    return Strength(home, away, not home_keeper, not away_keeper)


def is_penalty_shot(code: str) -> bool:
    """Whether one shoots alone."""
    return code in _ALONE


def elapsed_ms(clock: str) -> int | None:
    """Return the time played of `09:22`, or nothing for other text."""
    found = _CLOCK.fullmatch(clock)
    if found is None or int(found[2]) > 59:
        return None
    return (int(found[1]) * 60 + int(found[2])) * 1000


def kind_word(kind: str) -> str:
    """Return our word for a kind of play, such as `blocked_shot`."""
    word = re.sub(r"[^a-z0-9]+", "_", kind.lower()).strip("_")[:32]
    return word if word[:1].isalpha() else "other"


def offence_word(key: str) -> str:
    """Return our word for an offence, such as `high-sticking`; empty for what is no word."""
    word = re.sub(r"[^a-z0-9]+", "-", key.lower())[:32].strip("-")
    return word if word[:1].isalpha() else ""


def season_name(season: int) -> str:
    """Return `2024-25` for `20242025`."""
    first, second = divmod(season, 10_000)
    return f"{first}-{second % 100:02}"
