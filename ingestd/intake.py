"""From parsed events to durable ones: check, stamp, append. Every edge ends here."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ingestd.core.admission import Admitted, Rate, admit, full
from ingestd.core.outcomes import Kept, Known, Outcome, Refusal, unavailable
from ingestd.core.reading import Item
from ingestd.core.validation import Fixture, check_envelope, check_facts, fixture, unknown_game
from ingestd.durable_identities import DurableIdentities
from ingestd.event_log import Entry, EventLog
from ingestd.metrics import metrics
from scoreline.runtime import logs
from scoreline.runtime.catalog_index import Catalog
from scoreline.v1.event_pb2 import GameEvent
from scoreline.wire import names
from scoreline.wire.reasons import reason_name

log = logs.get(__name__)

_BREATH = 200
"""Events checked in a row before others get a turn: about 4 ms."""
_FIXTURES_KEPT = 20_000
_REFUSALS_LOGGED = Rate(per_second=5, burst=50)
"""Whoever sends nonsense reads why in its answers; our log needs examples, not all of it."""


class _Submission(NamedTuple):
    """Items on their way through, each with its place among the outcomes."""

    provider_id: str
    items: Sequence[Item]
    outcomes: list[Outcome | None]
    entries: list[Entry]
    places: list[int]
    done: "asyncio.Future[list[Outcome]]"
    durable: DurableIdentities | None


class Intake:
    """The one way into the event log."""

    def __init__(self, catalog: Catalog, event_log: EventLog, now_us: Callable[[], int]) -> None:
        self._catalog, self._log, self._now_us = catalog, event_log, now_us
        self._fixtures: dict[str, Fixture] = {}
        self._log_bucket = full(_REFUSALS_LOGGED, 0.0)

    async def submit(
        self,
        provider_id: str,
        items: Sequence[Item],
        headers: Mapping[str, str],
        *,
        durable: DurableIdentities | None = None,
    ) -> "asyncio.Future[list[Outcome]]":
        """Take the items in order; the future has one outcome each once all are durable or refused.

        The receipt is stamped here, once: the latency that viewers see is counted from it.
        What `durable` remembers is answered without the event log.
        """
        received_us = self._now_us()
        loop = asyncio.get_running_loop()
        work = _Submission(provider_id, items, [None] * len(items), [], [], loop.create_future(), durable)
        for place, item in enumerate(items):
            if place % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)
            if isinstance(item.event, Refusal):
                work.outcomes[place] = item.event
                continue
            refusal = await self._check(item.event, provider_id, received_us // 1_000_000)
            if refusal is not None:
                work.outcomes[place] = refusal
                continue
            entry = _stamped(item.event, provider_id, received_us)
            known = durable.get(entry.identity) if durable is not None else None
            if known is not None:
                work.outcomes[place] = Known(known)
                continue
            work.entries.append(entry)
            work.places.append(place)
        if not work.entries:
            self._complete(work, [])
            return work.done
        began = loop.time()
        appended = await self._log.append(work.entries, headers)
        appended.add_done_callback(partial(self._appended, work, began))
        return work.done

    async def _check(self, event: GameEvent, provider_id: str, now_s: int) -> Refusal | None:
        refusal = check_envelope(event, provider_id, now_s)
        if refusal is not None:
            return refusal
        game_id = event.game_id
        game = self._catalog.get(game_id) or await self._catalog.find(game_id)
        if game is None:
            if not self._catalog.is_certain:
                return unavailable("nats", "whether the game is registered can't be asked now")
            return unknown_game(game_id)
        prepared = self._fixtures.get(game_id)
        # A new registration is another object: players and providers may have joined.
        if prepared is None or prepared.game is not game:
            if len(self._fixtures) >= _FIXTURES_KEPT:
                self._fixtures.clear()
            prepared = self._fixtures[game_id] = fixture(game)
        return check_facts(event, prepared, provider_id)

    def _appended(self, work: _Submission, began: float, appended: "asyncio.Future[list[Outcome]]") -> None:
        metrics.publish_seconds.observe(asyncio.get_running_loop().time() - began)
        self._complete(work, appended.result())

    def _complete(self, work: _Submission, appended: list[Outcome]) -> None:
        for place, entry, outcome in zip(work.places, work.entries, appended, strict=True):
            work.outcomes[place] = outcome
            if work.durable is not None and isinstance(outcome, Kept | Known):
                work.durable.add(entry.identity, outcome.log_sequence)
        complete = [outcome for outcome in work.outcomes if outcome is not None]
        if count_outcomes(work.provider_id, complete):
            self._log_refusals(work, complete)
        if not work.done.done():  # cancelled with the stream that waited for it
            work.done.set_result(complete)

    def _log_refusals(self, work: _Submission, outcomes: Sequence[Outcome]) -> None:
        verdict = admit(self._log_bucket, _REFUSALS_LOGGED, 1, asyncio.get_running_loop().time())
        self._log_bucket = verdict.bucket
        if not isinstance(verdict, Admitted):
            return
        refused = [pair for pair in zip(work.items, outcomes, strict=True) if isinstance(pair[1], Refusal)]
        item, refusal = refused[0]
        assert isinstance(refusal, Refusal)
        event = item.event if isinstance(item.event, GameEvent) else GameEvent(event_id=item.event_id)
        log.info(
            "event.refused",
            provider_id=work.provider_id,
            game_id=event.game_id[:64],
            event_id=event.event_id[:128],
            reason=reason_name(refusal.reason),
            field=refusal.field,
            message=refusal.message,
            refused_in_batch=len(refused),
        )


def count_outcomes(provider_id: str, outcomes: Sequence[Outcome]) -> int:
    """Count answers by outcome and reason, and return how many were refusals."""
    counts: Counter[tuple[str, str]] = Counter()
    refused = 0
    for outcome in outcomes:
        if isinstance(outcome, Kept):
            counts["stored", ""] += 1
        elif isinstance(outcome, Known):
            counts["duplicate", ""] += 1
        else:
            counts["rejected", reason_name(outcome.reason)] += 1
            refused += 1
    for (name, reason), count in counts.items():
        metrics.events.labels(provider_id, name, reason).inc(count)
    return refused


def _stamped(event: GameEvent, provider_id: str, received_us: int) -> Entry:
    event.provider_id = provider_id
    received = event.received_time
    received.seconds, received.nanos = received_us // 1_000_000, received_us % 1_000_000 * 1000
    return Entry(
        names.event_subject(event.game_id),
        names.event_identity(event),
        event.SerializeToString(),
        provider_id,
    )
