"""The words of Sportradar's NBA push feed: event types, game states, leagues."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import NamedTuple

from scoreline.v1.state_pb2 import GameStatus

REGULAR_PERIODS = 4


class League(NamedTuple):
    """A league that shares the feed, by `metadata.league`."""

    competition_id: str
    name: str
    period_s: int
    overtime_s: int


LEAGUES = MappingProxyType(
    {
        "NBA": League("nba", "NBA", 720, 300),
        "WNBA": League("wnba", "WNBA", 600, 300),
        "NBDL": League("nba-g-league", "NBA G League", 720, 120),
    }
)

MADE = MappingProxyType({"twopointmade": 2, "threepointmade": 3, "freethrowmade": 1})
MISSED = MappingProxyType({"twopointmiss": 2, "threepointmiss": 3, "freethrowmiss": 1})

#: Fouls, and whether they count as team fouls of the period, and whether they are technical.
FOULS = MappingProxyType(
    {
        "personalfoul": (True, False),
        "shootingfoul": (True, False),
        "flagrantone": (True, False),
        "flagranttwo": (True, False),
        "clearpathfoul": (True, False),
        "offensivefoul": (False, False),
        "technicalfoul": (False, True),
        "technicalfoulnonunsportsmanlike": (False, True),
        "defensivethreeseconds": (False, True),
        "doublefoul": (False, False),
    }
)
TIMEOUTS = frozenset({"teamtimeout", "officialtimeout", "tvtimeout"})
OPEN_TIP, END_PERIOD = "opentip", "endperiod"
REVIEWS = frozenset({"review", "challengereview", "requestreview"})

#: Types of statistics that are of somebody else than the one whose fact it is.
OTHERS = frozenset({"assist", "fouldrawn", "block", "steal", "attemptblocked"})

#: Our word for every event that has none of its own.
PLAYS = MappingProxyType(
    {
        "rebound": "rebound",
        "turnover": "turnover",
        "lineupchange": "substitution",
        "jumpball": "jump_ball",
        "opentip": "jump_ball",
        "stoppage": "stoppage",
        "defaultviolation": "violation",
        "defensivegoaltending": "violation",
        "offensivegoaltending": "violation",
        "kickball": "violation",
        "delay": "violation",
        "ejection": "ejection",
        "possession": "possession",
    }
)

#: After these the game clock stands, and it runs after those.
STOPPING = (
    frozenset(FOULS) | TIMEOUTS | REVIEWS | {"stoppage", "defaultviolation", "kickball", "delay", "ejection"}
)
RUNNING = frozenset(
    {"twopointmade", "threepointmade", "twopointmiss", "threepointmiss", "rebound", "opentip", "jumpball"}
)

#: `game.status` where it is more than play going on.
STATUSES = MappingProxyType(
    {
        "complete": (GameStatus.GAME_STATUS_FINAL,),
        "closed": (GameStatus.GAME_STATUS_FINAL, GameStatus.GAME_STATUS_OFFICIAL),
        "delayed": (GameStatus.GAME_STATUS_INTERRUPTED,),
        "postponed": (GameStatus.GAME_STATUS_POSTPONED,),
        "cancelled": (GameStatus.GAME_STATUS_CANCELLED,),
    }
)

_CLOCK = re.compile(r"(\d{1,2}):(\d{1,2})(?:\.(\d{1,2}))?", re.ASCII)


def clock_left_ms(text: str) -> int | None:
    """Return the time left of `5:02` or `00:03.4` in milliseconds, or nothing for other text."""
    found = _CLOCK.fullmatch(text)
    if found is None or int(found[2]) > 59:
        return None
    return (int(found[1]) * 60 + int(found[2])) * 1000 + int((found[3] or "0").ljust(3, "0"))
