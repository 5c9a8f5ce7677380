"""The words of the DFL's event data: sections of a game, facts, shots, cards."""

from __future__ import annotations

from types import MappingProxyType

from scoreline.v1.event_pb2 import CardColor

ROOT, MATCH, EVENT = "PutDataRequest", "MatchInformation", "Event"
#: `DataStatus` of the root once the match is over.
POST_MATCH = "postmatch"

KICK_OFF, FINAL_WHISTLE, DELETE = "KickOff", "FinalWhistle", "Delete"
SHOT, SUCCESSFUL_SHOT, OWN_GOAL, PENALTY = "ShotAtGoal", "SuccessfulShot", "OwnGoal", "Penalty"
#: Children of `ShotAtGoal` that the keeper stopped.
ON_TARGET = frozenset({"SavedShot"})

#: `GameSection`, by the number of the period.
SECTIONS = MappingProxyType(
    {
        "firstHalf": 1,
        "secondHalf": 2,
        "firstHalfExtra": 3,
        "secondHalfExtra": 4,
        "penalty": 5,
        "penaltyShootOut": 5,
    }
)
CARD_COLORS = MappingProxyType(
    {
        "yellow": CardColor.CARD_COLOR_YELLOW,
        "yellowRed": CardColor.CARD_COLOR_SECOND_YELLOW,
        "red": CardColor.CARD_COLOR_RED,
    }
)
#: Our word for every fact that has no event of its own.
PLAYS = MappingProxyType(
    {
        "Play": "pass",
        "TacklingGame": "duel",
        "ThrowIn": "throw_in",
        "FreeKick": "free_kick",
        "GoalKick": "goal_kick",
        "KickOff": "kick_off",
        "BallClaiming": "recovery",
        "OtherBallAction": "touch",
        "ChanceWithoutShot": "chance",
        "GoalDisallowed": "goal_disallowed",
        "Nutmeg": "nutmeg",
        "RefereeBall": "drop_ball",
        "VideoAssistantAction": "review",
    }
)
