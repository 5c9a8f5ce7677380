"""The words of the Grand Slam point by point files, and the rules of the tournaments that they leave out."""

from __future__ import annotations

import re
from types import MappingProxyType

from scoreline.v1.event_tennis_pb2 import Concession
from scoreline.v1.game_pb2 import GameRules, Side
from scoreline.v1.rules_tennis_pb2 import TennisFinalSet, TennisRules

#: A column that only the one or the other kind of file has.
POINTS_COLUMN, MATCHES_COLUMN = "PointWinner", "player1"
#: `2011-wimbledon-1105`: year, tournament, number of the match, whose first sign tells the event.
MATCH_ID = re.compile(r"(\d{4})-([a-z0-9]{2,24})-([A-Za-z0-9]{1,16})", re.ASCII)

#: `PointWinner`, `SetWinner` and the like: 1 is player1, who is at home with us; 0 is nobody.
WINNERS = MappingProxyType({"1": Side.SIDE_HOME, "2": Side.SIDE_AWAY})
#: `PointServer`; in doubles 3 is the partner of player1, 4 of player2.
SERVERS = MappingProxyType(
    {"1": Side.SIDE_HOME, "3": Side.SIDE_HOME, "2": Side.SIDE_AWAY, "4": Side.SIDE_AWAY}
)
#: `P1Score` outside of a tie-break.
POINTS = MappingProxyType({"0": 0, "15": 15, "30": 30, "40": 40, "AD": 50, "A": 50})

TOURNAMENTS = MappingProxyType(
    {
        "ausopen": "Australian Open",
        "frenchopen": "French Open",
        "wimbledon": "Wimbledon",
        "usopen": "US Open",
    }
)

#: `status` of the list of matches, by its first letters, when the match was not played to its end.
CONCESSIONS = MappingProxyType(
    {
        "ret": Concession.CONCESSION_RETIREMENT,
        "wal": Concession.CONCESSION_WALKOVER,
        "w/o": Concession.CONCESSION_WALKOVER,
        "def": Concession.CONCESSION_DEFAULT,
    }
)

_EVENTS_BY_DIGIT = MappingProxyType({"1": "MS", "2": "WS", "3": "MD", "4": "WD", "5": "XD"})
_EVENTS = frozenset(_EVENTS_BY_DIGIT.values())
#: The last year in which the deciding set had no tie-break, in singles; the US Open always had one.
_LAST_ADVANTAGE = MappingProxyType({"ausopen": 2018, "frenchopen": 2021, "wimbledon": 2018})
#: The first year of the tie-break to ten at 6-6 in the deciding set.
_FIRST_TO_TEN = MappingProxyType({"ausopen": 2019, "frenchopen": 2022, "wimbledon": 2022, "usopen": 2022})


def event_of(match_number: str, event_name: str) -> str:
    """Return the event, such as `MS` for men's singles; empty when neither tells it."""
    named = event_name.removeprefix("event_").upper()
    if named in _EVENTS:
        return named
    return _EVENTS_BY_DIGIT.get(match_number[:1], match_number[:2].upper())


def rules_of(year: int, tournament: str, event: str) -> GameRules:
    """Return how a match of an event was won that year; an unknown tournament is played to tie-breaks."""
    is_five = event == "MS" or (event == "MD" and tournament == "wimbledon" and year <= 2022)
    return GameRules(
        regular_periods=5 if is_five else 3, tennis=TennisRules(final_set=_final_set(year, tournament, event))
    )


def _final_set(year: int, tournament: str, event: str) -> TennisFinalSet.ValueType:
    if event in ("MD", "WD", "XD") and tournament != "wimbledon":
        if event == "XD":
            return TennisFinalSet.TENNIS_FINAL_SET_MATCH_TIE_BREAK
        return TennisFinalSet.TENNIS_FINAL_SET_UNSPECIFIED
    if year >= _FIRST_TO_TEN.get(tournament, 9999):
        return TennisFinalSet.TENNIS_FINAL_SET_TIE_BREAK_TO_10
    if year <= _LAST_ADVANTAGE.get(tournament, 0):
        return TennisFinalSet.TENNIS_FINAL_SET_ADVANTAGE
    if tournament == "wimbledon":
        return TennisFinalSet.TENNIS_FINAL_SET_TIE_BREAK_AT_12
    return TennisFinalSet.TENNIS_FINAL_SET_UNSPECIFIED
