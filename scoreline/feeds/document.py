"""Read foreign JSON with checks, so that a wrong value names its place instead of crashing.

`Unfit` never leaves the package: each adapter turns it into the value `Malformed`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from scoreline.feeds.adapter import Malformed

#: Largest document; a whole match with all its passes takes about one megabyte.
MAX_DOCUMENT_BYTES = 16 << 20
#: Longest list of anything in a document.
MAX_ENTRIES = 20_000
#: Deepest nesting; no format that we read goes deeper than ten.
MAX_NESTING = 32
_EXCERPT_CHARS = 40
# They would reach terminals, logs and PostgreSQL, which can't store a NUL.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Unfit(Exception):
    """A place of a document does not hold what it should."""

    def __init__(self, malformed: Malformed) -> None:
        super().__init__(malformed)
        self.malformed = malformed


@dataclass(frozen=True, slots=True)
class Place:
    """A value and the path that leads to it."""

    value: Any
    path: str = ""

    def unfit(self, message: str) -> Unfit:
        """Return the error that blames this place."""
        return Unfit(Malformed(self.path, message))

    def child(self, key: str) -> Place:
        """Return the member `key`, which must be there."""
        found = self.maybe(key)
        if found is None:
            raise Unfit(Malformed(self._path_of(key), "is missing"))
        return found

    def maybe(self, key: str) -> Place | None:
        """Return the member `key`, or nothing when it is absent or null."""
        value = self._object().get(key)
        return None if value is None else Place(value, self._path_of(key))

    def members(self) -> Iterator[tuple[str, Place]]:
        """Walk an object in document order."""
        members = self._object()
        if len(members) > MAX_ENTRIES:
            raise self.unfit(f"has more than {MAX_ENTRIES} members")
        return ((key, Place(value, self._path_of(key))) for key, value in members.items())

    def items(self) -> list[Place]:
        """Return the entries of a list."""
        if not isinstance(self.value, list):
            raise self.unfit(f"should be a list, is {excerpt(self.value)}")
        if len(self.value) > MAX_ENTRIES:
            raise self.unfit(f"has more than {MAX_ENTRIES} entries")
        return [Place(value, f"{self.path}[{index}]") for index, value in enumerate(self.value)]

    def text(self, *, max_chars: int = 200) -> str:
        """Return a string."""
        if not isinstance(self.value, str):
            raise self.unfit(f"should be a string, is {excerpt(self.value)}")
        if len(self.value) > max_chars:
            raise self.unfit(f"is longer than {max_chars} characters")
        if _CONTROL.search(self.value):
            raise self.unfit("holds control characters")
        return self.value

    def prose(self, *, max_chars: int) -> str:
        """Return the beginning of a text for people, its control characters made spaces."""
        if not isinstance(self.value, str):
            raise self.unfit(f"should be a string, is {excerpt(self.value)}")
        return _CONTROL.sub(" ", self.value[:max_chars])

    def whole(self, least: int = 0, most: int = (1 << 63) - 1) -> int:
        """Return a whole number between `least` and `most`."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.unfit(f"should be a whole number, is {excerpt(self.value)}")
        return int(self._bounded(self.value, least, most))

    def digits(self, least: int = 0, most: int = (1 << 63) - 1) -> int:
        """Return a whole number that is written as a number or as a string of digits."""
        if isinstance(self.value, str):
            if not (self.value.isascii() and self.value.isdigit() and len(self.value) <= 19):
                raise self.unfit(f"should be a whole number, is {excerpt(self.value)}")
            return int(self._bounded(int(self.value), least, most))
        return self.whole(least, most)

    def number(self, least: float, most: float) -> float:
        """Return a number between `least` and `most`."""
        if not isinstance(self.value, int | float) or isinstance(self.value, bool):
            raise self.unfit(f"should be a number, is {excerpt(self.value)}")
        if not math.isfinite(self.value):
            raise self.unfit("should be a finite number")
        return float(self._bounded(self.value, least, most))

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            raise self.unfit(f"should be true or false, is {excerpt(self.value)}")
        return self.value

    def _object(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self.unfit(f"should be an object, is {excerpt(self.value)}")
        return self.value

    def _path_of(self, key: str) -> str:
        shown = key if len(key) <= _EXCERPT_CHARS else key[:_EXCERPT_CHARS] + "…"
        return f"{self.path}.{shown}" if self.path else shown

    def _bounded(self, value: float, least: float, most: float) -> float:
        if not least <= value <= most:
            raise self.unfit(f"should lie between {least:g} and {most:g}, is {excerpt(value)}")
        return value


def read_json(document: bytes) -> Place:
    """Return the root of a JSON document, or raise `Unfit`."""
    if len(document) > MAX_DOCUMENT_BYTES:
        raise Unfit(Malformed("", f"the document is larger than {MAX_DOCUMENT_BYTES} bytes"))
    try:
        root = orjson.loads(document.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise Unfit(
            Malformed("", f"not one JSON document: {error.msg} (line {error.lineno}, column {error.colno})")
        ) from None
    check_nesting(root)
    return Place(root)


def excerpt(value: object) -> str:
    """Return a short form of a foreign value, fit for a message."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    shown = "null" if value is None else repr(value)
    return shown if len(shown) <= _EXCERPT_CHARS else shown[:_EXCERPT_CHARS] + "…"


def check_nesting(root: object) -> None:
    """Raise `Unfit` when a value is nested deeper than any format that we read."""
    level: list[Any] = [root]
    for _ in range(MAX_NESTING):
        deeper: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                deeper.extend(value.values())
            elif isinstance(value, list):
                deeper.extend(value)
        if not deeper:
            return
        level = deeper
    raise Unfit(Malformed("", f"the document is nested deeper than {MAX_NESTING} levels"))
