"""The words of our own format: plain match facts of a football match, written by hand.

A document is one JSON object:

    {
      "format": "scoreline-match-facts", "version": 1,
      "game_id": "wc2018-france-argentina",
      "competition": {"id": "world-cup", "name": "World Cup"}, "season": "2018",
      "kick_off": "2018-06-30T14:00:00Z", "venue": "Kazan Arena",
      "home": {"id": "france", "name": "France", "short_name": "FRA",
               "players": [{"shirt": 7, "name": "A. Griezmann"}]},
      "away": {...},
      "facts": [
        {"minute": "1", "type": "kick_off"},
        {"minute": "13", "type": "penalty_goal", "team": "home", "player": 7},
        {"minute": "45+2", "type": "half_time"}
      ]
    }

`minute` is the minute as people say it: 13 is the thirteenth, `45+2` the second added to the first half;
a number or a string. `team` is the player's team, also for an own goal. `player`, `assist`, `in` and
`out` are shirt numbers. Facts stand in the order in which they happened. A match is over with
`full_time`; what was never written did not happen yet.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import NamedTuple

from scoreline.v1.state_pb2 import PeriodKind

FORMAT = "scoreline-match-facts"
VERSION = 1


class Period(NamedTuple):
    """A period in our terms."""

    name: str
    kind: PeriodKind.ValueType
    ordinal: int
    first_minute: int
    """The minute that was full when it began."""
    last_minute: int
    break_before_s: int
    """A plausible break before it, for replays."""


_REGULAR, _OVERTIME = PeriodKind.PERIOD_KIND_REGULAR, PeriodKind.PERIOD_KIND_OVERTIME
#: Facts that begin a period.
STARTS = MappingProxyType(
    {
        "kick_off": Period("1H", _REGULAR, 1, 0, 45, 0),
        "second_half": Period("2H", _REGULAR, 2, 45, 90, 900),
        "extra_time": Period("ET1", _OVERTIME, 1, 90, 105, 300),
        "extra_time_second_half": Period("ET2", _OVERTIME, 2, 105, 120, 60),
        "shootout": Period("PENS", PeriodKind.PERIOD_KIND_SHOOTOUT, 1, 120, 120, 300),
    }
)
#: Facts that end a period, and the periods that each can end.
ENDS = MappingProxyType(
    {
        "half_time": ("1H",),
        "end_of_normal_time": ("2H",),
        "extra_time_half_time": ("ET1",),
        "end_of_extra_time": ("ET2",),
        "full_time": ("2H", "ET2", "PENS"),
    }
)
GOALS = frozenset({"goal", "penalty_goal", "own_goal"})
CARDS = frozenset({"yellow_card", "second_yellow_card", "red_card"})
KICKS = MappingProxyType({"shootout_goal": True, "shootout_miss": False})
SUBSTITUTION = "substitution"
MISSED_PENALTY = "missed_penalty"

_MINUTE = re.compile(r"(\d{1,3})(?:\+(\d{1,2}))?", re.ASCII)


def read_minute(text: str) -> tuple[int, int] | None:
    """Return minute and added minute of `45+2`, or nothing for other text."""
    found = _MINUTE.fullmatch(text)
    return (int(found[1]), int(found[2] or 0)) if found else None
