"""Whole documents of providers' formats: translated without holding up anybody else, then taken in.

Our own JSON is one format among the others; dead letters come back through here too.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ingestd.core.defects import Defect
from ingestd.core.outcomes import Kept, Known, Outcome, Refusal
from ingestd.core.reading import Item, Reading, malformed
from ingestd.core.reading_json import FORMAT, read_json_request
from ingestd.durable_identities import DurableIdentities
from ingestd.intake import Intake
from ingestd.metrics import metrics
from scoreline.feeds.adapter import FeedAdapter, Malformed, Translation
from scoreline.feeds.formats import find_adapter
from scoreline.runtime.catalog_index import Catalog
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.event_pb2 import GameEvent

IN_LOOP_BYTES = 32 << 10
"""Up to this size a translation takes a millisecond or two; above it a thread does it."""
_SLICE = 500
_MOST_TRANSLATIONS = 4


class Rejection(NamedTuple):
    """One event that was refused."""

    event_id: str
    refusal: Refusal


class Receipt(NamedTuple):
    """What became of a document."""

    stored: int
    duplicate: int
    rejected: Sequence[Rejection]
    malformed: Refusal | None = None
    """Set when the document, or a part of it, could not be read: it is a dead letter."""


def canonical_format(name: str) -> str | None:
    """Return the one name of a format, or nothing when there is no adapter for it."""
    if name == FORMAT:
        return FORMAT
    adapter = find_adapter(name)
    if adapter is None:
        return None
    # In commands `scoreline` is the format of match facts; here it is the batch of events, and the facts go
    # by their longer name.
    return adapter.name if adapter.name != FORMAT else adapter.aliases[0]


def unknown_format(name: str) -> Refusal:
    """Refuse a format that has no adapter."""
    return Refusal(
        ErrorReason.ERROR_REASON_UNKNOWN_FORMAT, "format", "no adapter has that name", {"format": name[:64]}
    )


class Documents:
    """Translates documents and hands their events to the intake."""

    def __init__(self, catalog: Catalog, intake: Intake) -> None:
        self._catalog, self._intake = catalog, intake
        self.durable = DurableIdentities()
        self._threads = asyncio.Semaphore(_MOST_TRANSLATIONS)
        self._turns: dict[str, asyncio.Lock] = {}

    async def read(self, provider_id: str, format_name: str, body: bytes) -> Reading:
        """Translate a document into events, one at a time for each provider: nobody takes all threads."""
        turn = self._turns.setdefault(provider_id, asyncio.Lock())
        began = asyncio.get_running_loop().time()
        async with turn:
            reading = await self._read(provider_id, format_name, body)
        metrics.translate_seconds.labels(format_name).observe(asyncio.get_running_loop().time() - began)
        return reading

    async def take(self, provider_id: str, reading: Reading, headers: Mapping[str, str]) -> Receipt:
        """Store the events of a document, in order."""
        stored = duplicate = 0
        rejected: list[Rejection] = []
        for start in range(0, len(reading.items), _SLICE):
            items = reading.items[start : start + _SLICE]
            outcomes = await (await self._intake.submit(provider_id, items, headers, durable=self.durable))
            for item, outcome in zip(items, outcomes, strict=True):
                if isinstance(outcome, Kept):
                    stored += 1
                elif isinstance(outcome, Known):
                    duplicate += 1
                else:
                    rejected.append(Rejection(_event_id(item), outcome))
            if outcomes and all(_is_outage(outcome) for outcome in outcomes):
                # Nothing goes through: the rest waits for the sender's next attempt, not for a time-out each.
                rest = reading.items[start + _SLICE :]
                rejected.extend(Rejection(_event_id(item), _as_refusal(outcomes[-1])) for item in rest)
                break
        return Receipt(stored, duplicate, rejected, reading.malformed)

    async def _read(self, provider_id: str, format_name: str, body: bytes) -> Reading:
        if format_name == FORMAT:
            if len(body) <= IN_LOOP_BYTES:
                return read_json_request(body)
            async with self._threads:
                return await asyncio.to_thread(read_json_request, body)
        adapter = find_adapter(format_name)
        if adapter is None:
            return Reading([], unknown_format(format_name))
        translation = await self._translate(adapter, provider_id, body)
        if isinstance(translation, Translation) and await self._find_games(provider_id, translation):
            translation = await self._translate(adapter, provider_id, body)
        if isinstance(translation, Malformed):
            return Reading([], malformed(Defect(translation.field, translation.message), adapter.name))
        return Reading([Item(0, event) for event in _events(translation)], None)

    async def _translate(
        self, adapter: FeedAdapter, provider_id: str, body: bytes
    ) -> Translation | Malformed:
        def translate() -> Translation | Malformed:
            return adapter.parse(
                body,
                provider_id=provider_id,
                lookup=lambda external_id: self._catalog.resolve(provider_id, external_id),
            )

        if len(body) <= IN_LOOP_BYTES:
            return translate()
        async with self._threads:
            return await asyncio.to_thread(translate)

    async def _find_games(self, provider_id: str, translation: Translation) -> bool:
        """Whether the catalog came to know a game that it did not know at the translation."""
        found = False
        for game in translation.games:
            if self._catalog.resolve(provider_id, game.external_game_id) is None:
                found |= await self._catalog.find_external(provider_id, game.external_game_id) is not None
        return found


def _events(translation: Translation) -> list[GameEvent]:
    return [timed.event for game in translation.games for timed in (*game.events, *game.ending)]


def _event_id(item: Item) -> str:
    return item.event.event_id if isinstance(item.event, GameEvent) else item.event_id


def _is_outage(outcome: Outcome) -> bool:
    return isinstance(outcome, Refusal) and outcome.reason == ErrorReason.ERROR_REASON_UNAVAILABLE


def _as_refusal(outcome: Outcome) -> Refusal:
    assert isinstance(outcome, Refusal)
    return outcome
