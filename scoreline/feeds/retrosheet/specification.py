"""The words of Retrosheet's event files, as its description of the format defines them."""

from __future__ import annotations

import re
from types import MappingProxyType

from scoreline.v1.event_baseball_pb2 import BaseballResult

#: The kinds of lines that are read; all others are known and left out, or unknown and left out.
ID, INFO, START, SUB, PLAY, DATA, RUNNER_ADJUSTED = "id", "info", "start", "sub", "play", "data", "radj"

PITCHER = "1"
NO_PLAY = "NP"
BATTER, HOME_PLATE = 0, 4

#: Hits, by the first letters of a play, with the base that the batter reaches.
HITS = MappingProxyType(
    {
        "S": (BaseballResult.BASEBALL_RESULT_SINGLE, 1),
        "D": (BaseballResult.BASEBALL_RESULT_DOUBLE, 2),
        "T": (BaseballResult.BASEBALL_RESULT_TRIPLE, 3),
        "HR": (BaseballResult.BASEBALL_RESULT_HOME_RUN, 4),
        "H": (BaseballResult.BASEBALL_RESULT_HOME_RUN, 4),
    }
)
#: Plays that give the batter first base.
FIRST_BASE = MappingProxyType(
    {
        "W": BaseballResult.BASEBALL_RESULT_WALK,
        "IW": BaseballResult.BASEBALL_RESULT_WALK,
        "I": BaseballResult.BASEBALL_RESULT_WALK,
        "HP": BaseballResult.BASEBALL_RESULT_HIT_BY_PITCH,
        "C": BaseballResult.BASEBALL_RESULT_ON_ERROR,
        "FC": BaseballResult.BASEBALL_RESULT_FIELDERS_CHOICE,
    }
)
#: Plays that leave the batter at the plate: balk, indifference, advance otherwise, passed ball, wild pitch.
RUNNING = frozenset({"BK", "DI", "OA", "PB", "WP", "FLE"})

#: Letters of a play before its fielders, such as `S` of `S7`.
LETTERS = re.compile(r"[A-Z]+")
#: A fielded out, `64(1)3`: fielders, each run of them perhaps with the runner whom they put out.
FIELDED = re.compile(r"(?:\d+(?:\([B123]\))?)+")
FIELDED_PART = re.compile(r"\d+(?:\(([B123])\))?")
#: A play on a batter that an error spoiled, such as `E5` or `6E3`.
ERROR_PLAY = re.compile(r"\d*E\d.*")
#: A steal, caught stealing or pick-off with its base.
STEAL = re.compile(r"SB([23H])(?:\(UR\)|\(NR\)|\(TUR\))*")
CAUGHT = re.compile(r"(?:PO)?CS([23H])((?:\([^()]*\))*)")
PICKED_OFF = re.compile(r"PO([123])((?:\([^()]*\))*)")
#: An advance `1-3` or an out on the way `1X3(25)`, with notes in brackets.
ADVANCE = re.compile(r"([B123])([-X])([123H])((?:\([^()]*\))*)")
NOTES = re.compile(r"\(([^()]*)\)")
#: Notes that put a runner out: the fielders who did.
PUT_OUT = re.compile(r"\d+(?:/.*)?")
ERROR = re.compile(r"E\d")
#: Marks of the scorer's certainty and of how hard the ball was hit.
NOISE = str.maketrans("", "", "!#?+-")
UNCERTAIN = str.maketrans("", "", "!#?")

COUNT = re.compile(r"[0-4][0-3]")
GAME_ID = re.compile(r"[A-Z0-9]{3}\d{8}\d")
