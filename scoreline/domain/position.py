"""The resume token: where a reader stands in a topic, as a value and as text."""

from __future__ import annotations

import re
from typing import NamedTuple

_TEXT = re.compile(r"([0-9]{1,19})-([0-9]{1,19})", re.ASCII)


class Position(NamedTuple):
    """A version within an epoch; positions of different epochs can't be compared."""

    epoch: int
    """Changes when the state was rebuilt."""
    version: int
    """Counts patches within the epoch from 1; 0 means: nothing yet."""

    def __str__(self) -> str:
        return f"{self.epoch}-{self.version}"


def parse_position(text: str) -> Position | None:
    """Return the position that `text` spells as `<epoch>-<version>`, or nothing when it spells none."""
    found = _TEXT.fullmatch(text)
    return Position(int(found[1]), int(found[2])) if found else None
