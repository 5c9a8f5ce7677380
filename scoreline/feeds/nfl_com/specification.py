"""The words of NFL.com: kinds of plays and scores, the statistics that name a scorer."""

from __future__ import annotations

import re
from types import MappingProxyType

from scoreline.feeds import gridiron

#: Points by `scoringPlayType`; tries have none, so `playType` and the description tell (see worth_of).
SCORES = MappingProxyType(
    {
        "TD": gridiron.TOUCHDOWN,
        "FG": gridiron.FIELD_GOAL,
        "SFTY": gridiron.SAFETY,
        "SAF": gridiron.SAFETY,
        "SAFETY": gridiron.SAFETY,
        "PAT": gridiron.EXTRA_POINT,
        "XP": gridiron.EXTRA_POINT,
        "PAT2": gridiron.CONVERSION,
        "2PT": gridiron.CONVERSION,
    }
)
SAFETIES = frozenset({"SFTY", "SAF", "SAFETY"})

KICKED_TRY, PLAYED_TRY, FIELD_GOAL = "XP_KICK", "PAT2", "FIELD_GOAL"
END_QUARTER, END_GAME, GAME_START, TIMEOUT = "END_QUARTER", "END_GAME", "GAME_START", "TIMEOUT"
#: Rows that are no plays; they have no spot.
ADMINISTRATIVE = frozenset({END_QUARTER, END_GAME, GAME_START, TIMEOUT, "COMMENT"})
#: Plays before which the game clock stood.
STANDING = frozenset({TIMEOUT, KICKED_TRY, PLAYED_TRY, "KICK_OFF", "FREE_KICK"})
TWO_MINUTE_WARNING = "Two-Minute Warning"
CONVERSION_TRIED = "TWO-POINT CONVERSION ATTEMPT"
#: A penalty took the play out of the book.
NO_PLAY = "No Play"

#: `statId` of whoever scored: touchdowns by run, catch, return or recovery, kicks, conversions, safeties.
SCORERS = frozenset({11, 13, 22, 24, 26, 28, 34, 36, 46, 48, 56, 58, 60, 62, 64, 70, 72, 75, 89, 104})

_TOLD = (("TOUCHDOWN", "TD"), ("SAFETY", "SFTY"), ("field goal is GOOD", "FG"))

_SPOT = re.compile(r"(?:([A-Z]{2,4}) )?(\d{1,2})", re.ASCII)
_IS_KIND = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)


def told_kind(text: str) -> str:
    """Return the kind of score that a description tells, for rows without one; empty when it tells none."""
    return next((kind for words, kind in _TOLD if words in text), "")


def yards_to_goal(spot: str, possession: str) -> int | None:
    """Return how far the side in possession has to go from `DET 32` or `50`, or nothing for other text."""
    found = _SPOT.fullmatch(spot)
    if found is None or int(found[2]) > 50:
        return None
    return 100 - int(found[2]) if found[1] == possession else int(found[2])


def kind_word(play_type: str) -> str:
    """Return our word for a kind of play, such as `kick_off`."""
    word = play_type.lower()
    return word if _IS_KIND.fullmatch(word) else "other"
