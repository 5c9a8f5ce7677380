"""Where the fold of a game stands besides its state, as bytes that only the fold reads."""

from __future__ import annotations

import struct
from typing import NamedTuple

from stated.core.ledger import Place

#: format, next sequence of the contiguous feed, furthest place (sequence, log sequence), difference of the
#: stated score from the folded one (home, away).
_FORM = struct.Struct("<BQQQqq")
_FORMAT = 1


class Cursors(NamedTuple):
    """What a fold needs to go on where another one stopped."""

    next_sequence: int = 1
    furthest: Place = Place(0, 0)
    """The furthest place of any event; what stands before it came late."""
    disagreement: tuple[int, int] = (0, 0)
    """By how much the feed's own score last differed from ours, so that operators are told once."""


def encode_cursors(cursors: Cursors) -> bytes:
    """Return the cursors as bytes."""
    furthest = cursors.furthest
    return _FORM.pack(
        _FORMAT, cursors.next_sequence, furthest.sequence, furthest.log_sequence, *cursors.disagreement
    )


def decode_cursors(body: bytes) -> Cursors:
    """Return the cursors that `encode_cursors` wrote; of no bytes, those of a fresh game.

    Raises:
        ValueError: the bytes are of another format.
    """
    if not body:
        return Cursors()
    if body[0] != _FORMAT:
        raise ValueError(f"cursors have format {body[0]}, expected {_FORMAT}")
    _, next_sequence, sequence, log_sequence, home, away = _FORM.unpack(body)
    return Cursors(next_sequence, Place(sequence, log_sequence), (home, away))
