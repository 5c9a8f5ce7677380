"""Translate MLB's live document followed by its changes (`feed/live/diffPatch`), one after the other.

An adapter keeps nothing between documents, so the document that is held travels with its changes: first the
live document, then any number of answers of diffPatch, strung together (`cat live.json diff-*.json`).

Rules that the format leaves to the reader:

- An answer is a list of `{diff: [operations]}`, an object of that kind, or a whole live document, which the
  server sends when too much has changed; it takes the place of the one held. One of another game begins
  that game.
- Each step is translated as a document of its own. What a step changes in a fact is an amendment of it with
  the number of the step as revision; a fact that is gone is retracted, as one document alone can't tell.
- Changes without a document to apply them to are refused: poll the live document and send it as mlb-gumbo.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scoreline.feeds.adapter import (
    GameLookup,
    GameTranslation,
    Malformed,
    TimedEvent,
    Translation,
    nobody_knows,
)
from scoreline.feeds.document import Place, Unfit
from scoreline.feeds.json_stream import read_values
from scoreline.feeds.mlb.patching import apply
from scoreline.feeds.mlb.translation import translate
from scoreline.v1.event_pb2 import EventAction, GameEvent
from scoreline.v1.game_pb2 import Sport

#: Translating a whole document takes some tens of milliseconds, and every step is translated.
_MOST_STEPS = 500


class MlbDiffPatch:
    """MLB's live document with its changes."""

    name = "mlb-diffpatch"
    aliases = ("gumbo-diffpatch",)
    sport = Sport.SPORT_BASEBALL

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate one game, or several one after the other."""
        try:
            return _translate(read_values(document), provider_id, lookup)
        except Unfit as unfit:
            return unfit.malformed


def _translate(values: list[Place], provider_id: str, lookup: GameLookup) -> Translation:
    games: dict[str, _History] = {}
    for number, root in enumerate(_steps(values)):
        if number == _MOST_STEPS:
            raise root.unfit(f"holds more than {_MOST_STEPS} steps")
        told = translate(root, provider_id, lookup)
        games.setdefault(told.external_game_id, _History()).add(told, number)
    if not games:
        raise Unfit(Malformed("", "holds nothing"))
    return Translation(tuple(history.translation() for history in games.values()))


def _steps(values: list[Place]) -> Iterator[Place]:
    """Yield the document as it stands after each step; it is changed in place."""
    held: dict[str, Any] | None = None
    for value in values:
        for part in value.items() if isinstance(value.value, list) else [value]:
            operations = part.maybe("diff")
            if operations is None:
                held = part.value
            elif held is None:
                raise part.unfit("is a change without the document that it changes: send that first")
            else:
                apply(held, operations)
            yield Place(held, part.path)


class _History:
    """What was told of each fact of a game so far."""

    def __init__(self) -> None:
        self._told: dict[str, GameEvent] = {}
        self._events: list[TimedEvent] = []
        self._latest: GameTranslation | None = None
        self._offset_s = 0.0

    def add(self, told: GameTranslation, number: int) -> None:
        """Take the document of one step."""
        self._latest = told
        self._events.extend(self._step(told.events, number))

    def translation(self) -> GameTranslation:
        """Return all that was told."""
        assert self._latest is not None, "a history begins with a document"
        return self._latest._replace(events=tuple(self._events))

    def _step(self, events: tuple[TimedEvent, ...], number: int) -> Iterator[TimedEvent]:
        """Yield what the step adds, changes and takes back."""
        present = set()
        for offset_s, event in events:
            present.add(event.event_id)
            before = self._told.get(event.event_id)
            if before is not None and _same(before, event):
                continue
            self._told[event.event_id] = event
            event.revision = number
            self._offset_s = max(self._offset_s, offset_s)
            yield TimedEvent(self._offset_s, event)
        for event_id in [one for one in self._told if one not in present]:
            gone = self._told.pop(event_id)
            retraction = GameEvent(
                game_id=gone.game_id,
                event_id=event_id,
                revision=number,
                action=EventAction.EVENT_ACTION_RETRACT,
                ordering=gone.ordering,
                sequence=gone.sequence,
            )
            yield TimedEvent(self._offset_s, retraction)


def _same(before: GameEvent, event: GameEvent) -> bool:
    """Whether nothing but the instant differs; every pitch moves the end of its turn."""
    one, other = GameEvent(), GameEvent()
    one.CopyFrom(before)
    other.CopyFrom(event)
    for each in (one, other):
        each.ClearField("occurred_time")
        each.revision = 0
    return one == other
