"""Opta's own numbers: types of events, qualifiers and periods of the F24 feed."""

from __future__ import annotations

from types import MappingProxyType

from scoreline.v1.event_pb2 import CardColor

EVENTS_ROOT, MATCH_ROOT = "Games", "SoccerFeed"

OFFSIDE, FOUL, CORNER = 2, 4, 6
MISS, POST, SAVED, GOAL = 13, 14, 15, 16
CARD, PLAYER_OFF, PLAYER_ON = 17, 18, 19
PERIOD_ENDS, PERIOD_BEGINS, DELETED = 30, 32, 43
SHOTS = frozenset({MISS, POST, SAVED})

Q_PENALTY, Q_OWN_GOAL, Q_RELATED, Q_BLOCKED = 9, 28, 55, 82
#: Cards, by the qualifier that tells their color; the first that is there counts.
CARD_COLORS = MappingProxyType(
    {
        33: CardColor.CARD_COLOR_RED,
        32: CardColor.CARD_COLOR_SECOND_YELLOW,
        31: CardColor.CARD_COLOR_YELLOW,
    }
)
#: `period_id` after the end of the match; 10 to 13 are breaks, 15 and 16 lie before it.
POST_MATCH = 14

#: Our word for the types that have no event of their own.
PLAYS = MappingProxyType(
    {
        1: "pass",
        3: "take_on",
        5: "out",
        7: "tackle",
        8: "interception",
        10: "save",
        11: "claim",
        12: "clearance",
        41: "punch",
        44: "aerial",
        45: "challenge",
        49: "recovery",
        50: "dispossessed",
        52: "pick_up",
        61: "touch",
    }
)
