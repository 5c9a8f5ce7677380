"""Read a play string, `64(1)3/GDP.2-3`: who is out, who goes where, which errors were made.

Knows nothing of the game around it; `Field.after` applies what was read to outs and bases.
"""

from __future__ import annotations

from typing import NamedTuple

from scoreline.feeds.retrosheet import specification as spec
from scoreline.v1.event_baseball_pb2 import BaseballResult

_BASES = {"B": spec.BATTER, "1": 1, "2": 2, "3": 3, "H": spec.HOME_PLATE}


class Told(NamedTuple):
    """What a play string says."""

    result: BaseballResult.ValueType
    moves: dict[int, int]
    """From base to base: 0 is the batter, 4 is home."""
    outs: frozenset[int]
    """The bases whose runners are out, 0 for the batter."""
    errors: int
    ends_turn: bool
    """Whether the batter's turn is over."""


class Field(NamedTuple):
    """Outs and occupied bases."""

    outs: int
    bases: frozenset[int]

    def after(self, told: Told) -> tuple[Field, int]:
        """Return the field after a play and the runs that it brought in."""
        moves = {start: end for start, end in told.moves.items() if start not in told.outs}
        leaving = set(moves) | told.outs
        stay = self.bases - leaving
        reached = set(moves.values())
        outs = min(self.outs + len(told.outs), 3)
        runs = sum(end == spec.HOME_PLATE for end in moves.values())
        bases = frozenset() if outs == 3 else stay | (reached - {spec.HOME_PLATE})
        return Field(outs, frozenset(bases)), min(runs, 4)


def read_play(text: str) -> Told | None:
    """Return what a play string says, or nothing when it can't be understood."""
    main, _, advances = text.translate(spec.UNCERTAIN).partition(".")
    basic = _without_modifiers(main)
    told = _read_basic(basic)
    if told is None:
        return None
    moves, outs = dict(told.moves), set(told.outs)
    for part in filter(None, advances.split(";")):
        found = spec.ADVANCE.fullmatch(part.rstrip("+-"))
        if found is None:
            return None
        start, end = _base(found[1]), _base(found[3])
        # What is told explicitly of a runner replaces what his play implies.
        outs.discard(start)
        moves.pop(start, None)
        if found[2] == "X" and not _is_saved(found[4]):
            outs.add(start)
        else:
            moves[start] = end
    # Interference is charged in the modifier, `C/E2`.
    errors = len(spec.ERROR.findall(main)) + len(spec.ERROR.findall(advances))
    return told._replace(moves=moves, outs=frozenset(outs), errors=min(errors, 9))


def _without_modifiers(main: str) -> str:
    depth = 0
    for at, letter in enumerate(main):
        depth += (letter == "(") - (letter == ")")
        if letter == "/" and not depth:
            return main[:at]
    return main


def _read_basic(basic: str) -> Told | None:
    basic = basic.rstrip("+-")
    if spec.FIELDED.fullmatch(basic):
        return _fielded(basic)
    if any(form.match(basic) for form in (spec.STEAL, spec.CAUGHT, spec.PICKED_OFF)):
        return _on_the_bases(basic)
    if spec.ERROR_PLAY.fullmatch(basic):
        return _reached(BaseballResult.BASEBALL_RESULT_ON_ERROR, 1)
    first, _, second = basic.partition("+")
    letters = spec.LETTERS.match(first)
    if letters is None:
        return None
    word = letters[0]
    if word == "K" or word in ("W", "IW", "I"):
        return _with_running(word, second)
    if word in spec.RUNNING:
        return Told(BaseballResult.BASEBALL_RESULT_RUNNING, {}, frozenset(), 0, ends_turn=False)
    if word in spec.FIRST_BASE:
        return _reached(spec.FIRST_BASE[word], 1)
    if word in spec.HITS or word == "DGR":
        return _reached(*spec.HITS[word if word in spec.HITS else "D"])
    return None


def _reached(result: BaseballResult.ValueType, base: int) -> Told:
    return Told(result, {spec.BATTER: base}, frozenset(), 0, ends_turn=True)


def _fielded(basic: str) -> Told:
    """`63` puts the batter out; `54(1)` the runner from first, `64(1)3` both."""
    out = {_base(part[1] or "B") for part in spec.FIELDED_PART.finditer(basic)}
    if spec.BATTER in out:
        return Told(BaseballResult.BASEBALL_RESULT_OUT, {}, frozenset(out), 0, ends_turn=True)
    return Told(
        BaseballResult.BASEBALL_RESULT_FIELDERS_CHOICE, {spec.BATTER: 1}, frozenset(out), 0, ends_turn=True
    )


def _with_running(word: str, second: str) -> Told | None:
    """Read a strikeout or walk, perhaps with something on the bases at once: `K+WP`, `W+SB2`."""
    moves: dict[int, int] = {}
    outs: set[int] = set()
    if second:
        besides = _read_basic(_without_modifiers(second))
        if besides is None:
            return None
        moves.update({start: end for start, end in besides.moves.items() if start})
        outs.update(besides.outs)
    if word == "K":
        outs.add(spec.BATTER)
        return Told(BaseballResult.BASEBALL_RESULT_STRIKEOUT, moves, frozenset(outs), 0, ends_turn=True)
    moves[spec.BATTER] = 1
    return Told(BaseballResult.BASEBALL_RESULT_WALK, moves, frozenset(outs), 0, ends_turn=True)


def _on_the_bases(basic: str) -> Told | None:
    """Read steals and pick-offs, several at once: `SB3;SB2`, `POCS2(1361)`."""
    moves: dict[int, int] = {}
    outs: set[int] = set()
    for part in basic.split(";"):
        if found := spec.STEAL.fullmatch(part):
            moves[_base(found[1]) - 1] = _base(found[1])
        elif found := spec.CAUGHT.fullmatch(part):
            if _is_saved(found[2]):
                moves[_base(found[1]) - 1] = _base(found[1])
            else:
                outs.add(_base(found[1]) - 1)
        elif found := spec.PICKED_OFF.fullmatch(part):
            if not _is_saved(found[2]):
                outs.add(_base(found[1]))
        else:
            return None
    return Told(BaseballResult.BASEBALL_RESULT_RUNNING, moves, frozenset(outs), 0, ends_turn=False)


def _is_saved(notes: str) -> bool:
    """Whether an error undid the out: no fielders are named who made it."""
    found = spec.NOTES.findall(notes)
    return any(spec.ERROR.search(note) for note in found) and not any(
        spec.PUT_OUT.fullmatch(note) for note in found
    )


def _base(letter: str) -> int:
    return _BASES[letter]
