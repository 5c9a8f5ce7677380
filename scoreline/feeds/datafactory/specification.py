"""DataFactory's own words: the lists of `incidences` and the types within them."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from scoreline.v1.event_pb2 import CardColor

GOALS, SHOTS, CARDS = "goals", "shots", ("yellowCards", "redCards")
FOULS, CORNERS, OFFSIDES = "fouls", "cornerKicks", "offsides"
SUBSTITUTIONS, STATUS, SHOOTOUT = "substitutions", "status", "penaltyShootout"

#: Types of `goals`; all others are goals of the side that is named.
OWN_GOAL, PENALTY_GOAL = 10, 13
#: Types of `shots` that repeat a goal.
GOAL_TYPES = frozenset({9, OWN_GOAL, 11, 12, PENALTY_GOAL})
SHOT_SAVED, PENALTY_SAVED = 35, 43
PENALTY_SHOTS = frozenset({PENALTY_SAVED, 44, 45})
#: Types of `penaltyShootout` that went in.
SHOOTOUT_SCORED = frozenset({13, 14, 55})
CARD_COLORS = MappingProxyType(
    {
        3: CardColor.CARD_COLOR_YELLOW,
        4: CardColor.CARD_COLOR_SECOND_YELLOW,
        5: CardColor.CARD_COLOR_RED,
    }
)


class Whistle(NamedTuple):
    """A type of `status`."""

    half: int
    """The period that begins or ends; 0 for the one that is being played."""
    begins: bool


WHISTLES = MappingProxyType(
    {
        1: Whistle(1, begins=True),
        17: Whistle(1, begins=False),
        18: Whistle(2, begins=True),
        49: Whistle(2, begins=False),
        50: Whistle(3, begins=True),
        51: Whistle(3, begins=False),
        52: Whistle(4, begins=True),
        53: Whistle(4, begins=False),
        54: Whistle(5, begins=True),
        2: Whistle(0, begins=False),
    }
)
#: The type of `status` that ends the match.
MATCH_END = 2

#: Our word for the lists that have no event of their own.
PLAYS = MappingProxyType(
    {
        "correctPasses": "pass",
        "incorrectPasses": "pass",
        "clearances": "clearance",
        "throwIn": "throw_in",
        "goalkick": "goal_kick",
        "stealings": "steal",
        "nutmegs": "nutmeg",
        "sombreroFlick": "flick",
    }
)
