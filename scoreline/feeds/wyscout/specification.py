"""Wyscout's own words: periods, event names and tags as its open data set (2019) defines them."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from scoreline.v1.state_pb2 import PeriodKind


class Period(NamedTuple):
    """A `matchPeriod` in our terms."""

    kind: PeriodKind.ValueType
    ordinal: int
    full_s: int
    """Nominal length in seconds; 0 for a shoot-out, which has none."""
    break_before_s: int
    """A plausible break before it, for replays."""


#: Every `matchPeriod`, in the order of play.
PERIODS = MappingProxyType(
    {
        "1H": Period(PeriodKind.PERIOD_KIND_REGULAR, 1, 2_700, 0),
        "2H": Period(PeriodKind.PERIOD_KIND_REGULAR, 2, 2_700, 900),
        "E1": Period(PeriodKind.PERIOD_KIND_OVERTIME, 1, 900, 300),
        "E2": Period(PeriodKind.PERIOD_KIND_OVERTIME, 2, 900, 60),
        "P": Period(PeriodKind.PERIOD_KIND_SHOOTOUT, 1, 0, 300),
    }
)

TAG_GOAL = 101
TAG_OWN_GOAL = 102
TAG_RED_CARD = 1701
TAG_YELLOW_CARD = 1702
TAG_SECOND_YELLOW_CARD = 1703
TAG_ACCURATE = 1801

SHOT = "Shot"
FREE_KICK = "Free Kick"
FOUL = "Foul"
OFFSIDE = "Offside"

FREE_KICK_SHOT = "Free kick shot"
PENALTY = "Penalty"
CORNER = "Corner"

#: Sub-events of `Foul` that break the rules of play against an opponent. The others (protest, time lost, a
#: card shown late or off the pitch) are misconduct: they may bring a card, but nobody counts them as fouls.
FOULS_IN_PLAY = frozenset({"Foul", "Hand foul", "Violent Foul", "Simulation"})

#: Our word for every play that has no event of its own, by sub-event where that says more than the event.
PLAYS = MappingProxyType(
    {
        ("Pass", ""): "pass",
        ("Duel", ""): "duel",
        ("Others on the ball", "Touch"): "touch",
        ("Others on the ball", "Clearance"): "clearance",
        ("Others on the ball", "Acceleration"): "acceleration",
        ("Others on the ball", ""): "touch",
        ("Free Kick", "Throw in"): "throw_in",
        ("Free Kick", "Goal kick"): "goal_kick",
        ("Free Kick", ""): "free_kick",
        ("Foul", ""): "misconduct",
        ("Save attempt", ""): "save",
        ("Goalkeeper leaving line", ""): "keeper_rush",
        ("Interruption", ""): "interruption",
    }
)


def play_kind(event_name: str, sub_event_name: str) -> str:
    """Return our word for a play; `other` for one that the data set does not define."""
    return PLAYS.get((event_name, sub_event_name)) or PLAYS.get((event_name, "")) or "other"
