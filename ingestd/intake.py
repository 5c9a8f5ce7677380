"""From parsed events to durable ones: check, stamp, append. Every edge ends here."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from ingestd.core.outcomes import Kept, Known, Outcome, Refusal
from ingestd.core.reading import Item
from ingestd.core.validation import Fixture, check_envelope, check_facts, fixture, unknown_game
from ingestd.metrics import metrics
from ingestd.publisher import Entry, EventLog
from scoreline.runtime.catalog_follower import Catalog
from scoreline.v1.event_pb2 import GameEvent
from scoreline.wire import names
from scoreline.wire.reasons import reason_name

_BREATH = 200
"""Events checked in a row before others get a turn: about 4 ms."""
_FIXTURES_KEPT = 20_000


class Intake:
    """The one way into the event log."""

    def __init__(self, catalog: Catalog, event_log: EventLog, now_us: Callable[[], int]) -> None:
        self._catalog, self._log, self._now_us = catalog, event_log, now_us
        self._fixtures: dict[str, Fixture] = {}

    async def submit(
        self, provider_id: str, items: Sequence[Item], headers: Mapping[str, str]
    ) -> "asyncio.Future[list[Outcome]]":
        """Take the items in order; the future has one outcome each once all are durable or refused.

        The receipt is stamped here, once: the latency that viewers see is counted from it.
        """
        received_us = self._now_us()
        seconds, micros = divmod(received_us, 1_000_000)
        outcomes: list[Outcome | None] = [None] * len(items)
        entries: list[Entry] = []
        places: list[int] = []
        for place, item in enumerate(items):
            event = item.event
            if place % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)
            if isinstance(event, Refusal):
                outcomes[place] = event
                continue
            refusal = await self._check(event, provider_id, seconds)
            if refusal is not None:
                outcomes[place] = refusal
                continue
            event.provider_id = provider_id
            event.received_time.seconds, event.received_time.nanos = seconds, micros * 1000
            entries.append(
                Entry(
                    names.event_subject(event.game_id),
                    names.event_identity(event),
                    event.SerializeToString(),
                    provider_id,
                )
            )
            places.append(place)
        done: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        if not entries:
            self._complete(provider_id, outcomes, places, [], done)
            return done
        began = asyncio.get_running_loop().time()
        appended = await self._log.append(entries, headers)
        appended.add_done_callback(partial(self._appended, provider_id, outcomes, places, done, began))
        return done

    async def _check(self, event: GameEvent, provider_id: str, now_s: int) -> Refusal | None:
        refusal = check_envelope(event, provider_id, now_s)
        if refusal is not None:
            return refusal
        game_id = event.game_id
        game = self._catalog.get(game_id) or await self._catalog.find(game_id)
        if game is None:
            return unknown_game(game_id)
        prepared = self._fixtures.get(game_id)
        # A new registration is another object: players and providers may have joined.
        if prepared is None or prepared.game is not game:
            if len(self._fixtures) >= _FIXTURES_KEPT:
                self._fixtures.clear()
            prepared = self._fixtures[game_id] = fixture(game)
        return check_facts(event, prepared, provider_id)

    def _appended(
        self,
        provider_id: str,
        outcomes: list[Outcome | None],
        places: list[int],
        done: "asyncio.Future[list[Outcome]]",
        began: float,
        appended: "asyncio.Future[list[Outcome]]",
    ) -> None:
        metrics.publish_seconds.observe(asyncio.get_running_loop().time() - began)
        self._complete(provider_id, outcomes, places, appended.result(), done)

    @staticmethod
    def _complete(
        provider_id: str,
        outcomes: list[Outcome | None],
        places: list[int],
        appended: list[Outcome],
        done: "asyncio.Future[list[Outcome]]",
    ) -> None:
        for place, outcome in zip(places, appended, strict=True):
            outcomes[place] = outcome
        complete = [outcome for outcome in outcomes if outcome is not None]
        count_outcomes(provider_id, complete)
        if not done.done():  # cancelled with the stream that waited for it
            done.set_result(complete)


def count_outcomes(provider_id: str, outcomes: Sequence[Outcome]) -> None:
    """Count answers by outcome and reason."""
    counts: Counter[tuple[str, str]] = Counter()
    for outcome in outcomes:
        if isinstance(outcome, Kept):
            counts["stored", ""] += 1
        elif isinstance(outcome, Known):
            counts["duplicate", ""] += 1
        else:
            counts["rejected", reason_name(outcome.reason)] += 1
    for (name, reason), count in counts.items():
        metrics.events.labels(provider_id, name, reason).inc(count)
