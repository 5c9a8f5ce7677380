"""The words of ESPN's play-by-play: kinds of plays and scores, the try that a touchdown row tells of."""

from __future__ import annotations

import re
from types import MappingProxyType

from scoreline.feeds import gridiron

#: Points of a row by `scoringType.name`, and by `type.abbreviation` where it has none.
SCORES = MappingProxyType(
    {
        "touchdown": gridiron.TOUCHDOWN,
        "field-goal": gridiron.FIELD_GOAL,
        "safety": gridiron.SAFETY,
        "extra-point": gridiron.EXTRA_POINT,
        "two-point-conversion": gridiron.CONVERSION,
        "TD": gridiron.TOUCHDOWN,
        "FG": gridiron.FIELD_GOAL,
        "SF": gridiron.SAFETY,
        "XP": gridiron.EXTRA_POINT,
        "2PC": gridiron.CONVERSION,
    }
)
#: Conversions have several names, such as `defensive-2pt-conversion`.
_CONVERSION = re.compile(r"(two|2)[- ]?(point|pt)", re.I)
SAFETIES = frozenset({"safety", "SF"})

END_OF_GAME = "End of Game"
#: Every row that ends a period begins so: `End Period`, `End of Half`, `End of Game`.
END = "End "
TIMEOUT = "Timeout"
OFFICIAL_TIMEOUT = "Official Timeout"
TWO_MINUTE_WARNING = "Two-minute warning"
#: Rows that are no plays, and whose spot is a place holder.
ADMINISTRATIVE = frozenset({TIMEOUT, OFFICIAL_TIMEOUT, TWO_MINUTE_WARNING, "Coin Toss"})
FIELD_GOALS_MISSED = frozenset({"Field Goal Missed", "Blocked Field Goal", "Missed Field Goal Return"})
#: Plays after which the game clock stands; the others let it run or do not tell.
STOPPING = ADMINISTRATIVE | FIELD_GOALS_MISSED | {"Pass Incompletion", "Punt", "Penalty", "Kickoff"}

#: What the descriptions say of a try, the most telling first: whether the defence brought it back, its worth,
#: whether it counted.
_TRIES = (
    (re.compile(r"DEFENSIVE TWO-POINT ATTEMPT.*ATTEMPT SUCCEEDS", re.S), True, gridiron.CONVERSION, True),
    (re.compile(r"TWO-POINT CONVERSION ATTEMPT.*ATTEMPT SUCCEEDS", re.S), False, gridiron.CONVERSION, True),
    (re.compile(r"TWO-POINT CONVERSION ATTEMPT.*ATTEMPT FAILS", re.S), False, gridiron.CONVERSION, False),
    (re.compile(r"extra point is GOOD"), False, gridiron.EXTRA_POINT, True),
    (re.compile(r"extra point is (No Good|Blocked|Aborted)", re.I), False, gridiron.EXTRA_POINT, False),
    (re.compile(r"Two-Point[^()]*(Failed|No Good)", re.I), False, gridiron.CONVERSION, False),
    (re.compile(r"for Two-Point Conversion|Two-Point Conversion\)", re.I), False, gridiron.CONVERSION, True),
    (re.compile(r"Made Ex\. Pt|\([^()]* Kick\)$", re.I), False, gridiron.EXTRA_POINT, True),
    (re.compile(r"Missed Ex\. Pt|(PAT|Kick) (failed|blocked)", re.I), False, gridiron.EXTRA_POINT, False),
)


def points_of(word: str) -> int | None:
    """Return what a score of that kind is worth, or nothing for a kind not known."""
    points = SCORES.get(word)
    if points is None and _CONVERSION.search(word):
        return gridiron.CONVERSION
    return points


def try_of(text: str) -> tuple[bool, int, bool] | None:
    """Return the try that a text tells of (by the defence, points, counted), or nothing."""
    for pattern, by_defence, points, counted in _TRIES:
        if pattern.search(text):
            return by_defence, points, counted
    return None


def kind_word(type_text: str) -> str:
    """Return our word for a kind of play, such as `pass_reception`."""
    word = re.sub(r"[^a-z0-9]+", "_", type_text.lower()).strip("_")[:32]
    return word if word[:1].isalpha() else "other"
