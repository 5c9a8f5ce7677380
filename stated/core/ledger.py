"""The facts that a game's state is the sum of, in the order of the feed, each with what became of it.

An entry is kept for good: a fact taken back stays, voided, so that it can't come again and its line can be
struck.
"""

from __future__ import annotations

import struct
from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.state_pb2 import KeyEvent, ScoreState

#: Keys of the two passing facts of which the last one counts; no event key is like them, since a provider's
#: id has no `~`.
CLOCK_KEY = "~clock"
POSSESSION_KEY = "~possession"

#: How many of the last states are remembered: a correction mostly concerns what has just happened.
STATES_KEPT = 64

#: format, flags, place (sequence, log sequence, turn), revision, message, instant, number, size of the line;
#: the line (a KeyEvent) and the content (a GameEvent without what the entry itself says) follow.
_HEAD = struct.Struct("<BBQQBQQqIH")
_FORMAT = 1
_VOIDED, _KNOWN = 1, 2


class Place(NamedTuple):
    """Where a fact stands in its feed."""

    sequence: int
    """The feed's sequence; where it has none, the one of whatever came before."""
    log_sequence: int
    """Settles equal sequences: as they were logged."""
    turn: int = 0
    """1 for a clock that was found wrong by the fact at the same place."""


@dataclass(slots=True, eq=False)
class Entry:
    """One fact and what became of it."""

    key: str
    place: Place
    revision: int
    at_us: int
    """When it happened, or was received where the feed does not say."""
    event: GameEvent | None
    """The content; nothing when only its retraction was seen."""
    voided: bool = False
    number: int = 0
    """Its key in the timeline, 0 when it was never shown there."""
    line: KeyEvent | None = None
    """Its line in the timeline as last shown."""
    message: int = 0
    """In a contiguous feed, the number of the message that said so last; 0 elsewhere."""
    after: ScoreState | None = None
    """The state after it, while it is remembered; never stored."""


class Ledger:
    """All entries of a game, by key and in feed order."""

    def __init__(self, encoded: dict[str, bytes]) -> None:
        self._entries = {key: decode(key, body) for key, body in encoded.items()}
        self._order = sorted(self._entries.values(), key=_place)
        self._next_number = 1 + max((entry.number for entry in self._order), default=0)

    def get(self, key: str) -> Entry | None:
        """Return the entry of a fact."""
        return self._entries.get(key)

    @property
    def ordered(self) -> Sequence[Entry]:
        """All entries, as they stand in the feed."""
        return self._order

    def is_last(self, entry: Entry) -> bool:
        """Whether nothing stands after the entry."""
        return self._order[-1] is entry

    def put(self, entry: Entry) -> None:
        """Add an entry, in place of the one of the same key."""
        if entry.key in self._entries:
            self.drop(entry.key)
        self._entries[entry.key] = entry
        self._insert(entry)

    def move(self, entry: Entry, place: Place) -> None:
        """Set an entry to another place."""
        self._order.remove(entry)
        entry.place = place
        self._insert(entry)

    def drop(self, key: str) -> None:
        """Forget an entry."""
        self._order.remove(self._entries.pop(key))

    @property
    def newest_number(self) -> int:
        """The largest key of the timeline, 0 when it is empty."""
        return self._next_number - 1

    def index(self, entry: Entry) -> int:
        """Return where the entry stands among all."""
        return self._order.index(entry)

    def remember(self, index: int, state: ScoreState) -> None:
        """Keep the state after the entry at an index, so that a late event begins near its place."""
        self._order[index].after = state
        # Two at a time: an entry that goes in between moves the others on by one.
        for old in self._order[max(0, index - STATES_KEPT - 1) : max(0, index - STATES_KEPT + 1)]:
            old.after = None

    def last_known_before(self, index: int) -> tuple[int, ScoreState | None]:
        """Return the nearest index up to the one given before which the state is known, and that state."""
        while index and self._order[index - 1].after is None:
            index -= 1
        return index, self._order[index - 1].after if index else None

    def allot_number(self) -> int:
        """Return the next key of the timeline."""
        number = self._next_number
        self._next_number += 1
        return number

    def _insert(self, entry: Entry) -> None:
        if not self._order or self._order[-1].place <= entry.place:
            self._order.append(entry)
        else:
            insort(self._order, entry, key=_place)

    def encoded(self) -> dict[str, bytes]:
        """Return all entries as bytes."""
        return {entry.key: encode(entry) for entry in self._order}


def facts_before(entries: Sequence[Entry], index: int) -> Iterator[GameEvent]:
    """Return the facts that count before an index, the nearest first."""
    for i in range(index - 1, -1, -1):
        entry = entries[i]
        if entry.event is not None and not entry.voided:
            yield entry.event


def event_key(event: GameEvent) -> str:
    """Return what a fact is called in the ledger, the same through all its revisions."""
    return f"{event.provider_id}:{event.event_id}"


def content_of(event: GameEvent) -> GameEvent:
    """Return the event without what identifies and orders it, which the entry itself says."""
    content = GameEvent()
    content.CopyFrom(event)
    content.ClearField("game_id")
    content.ClearField("event_id")
    content.ClearField("revision")
    content.ClearField("action")
    content.ClearField("ordering")
    content.ClearField("sequence")
    content.ClearField("provider_id")
    content.ClearField("occurred_time")
    content.ClearField("received_time")
    content.ClearField("reported_score")
    return content


def encode(entry: Entry) -> bytes:
    """Return an entry as bytes."""
    line = b"" if entry.line is None else entry.line.SerializeToString()
    content = b"" if entry.event is None else entry.event.SerializeToString()
    flags = (_VOIDED if entry.voided else 0) | (_KNOWN if entry.event is not None else 0)
    head = _HEAD.pack(
        _FORMAT, flags, *entry.place, entry.revision, entry.message, entry.at_us, entry.number, len(line)
    )
    return head + line + content


def decode(key: str, body: bytes) -> Entry:
    """Return the entry that `encode` wrote.

    Raises:
        ValueError: the bytes are of another format.
    """
    version, flags, sequence, log_sequence, turn, revision, message, at_us, number, size = _HEAD.unpack_from(
        body
    )
    if version != _FORMAT:
        raise ValueError(f"ledger entry {key} has format {version}, expected {_FORMAT}")
    line_end = _HEAD.size + size
    return Entry(
        key=key,
        place=Place(sequence, log_sequence, turn),
        revision=revision,
        at_us=at_us,
        event=GameEvent.FromString(body[line_end:]) if flags & _KNOWN else None,
        voided=bool(flags & _VOIDED),
        number=number,
        line=KeyEvent.FromString(body[_HEAD.size : line_end]) if size else None,
        message=message,
    )


def _place(entry: Entry) -> Place:
    return entry.place
