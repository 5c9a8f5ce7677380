"""The event log answers alike, in JetStream or in memory."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from ingestd.core.outcomes import Kept, Known, Refusal, unavailable
from ingestd.event_log import Entry, EventLog
from ingestd.publisher import JetStreamEventLog, Limits
from scoreline.runtime import jetstream, streams
from scoreline.testing.event_log import MemoryEventLog


def entry(identity: str, body: bytes = b"body", game_id: str = "contract-log") -> Entry:
    return Entry(f"scoreline.events.1.{game_id}", identity, body, "acme")


@pytest.fixture
def fresh() -> str:
    """What makes the identities of one test its own: the real server is shared."""
    return uuid4().hex


@pytest.fixture(params=["memory", "nats"])
async def event_log(request: pytest.FixtureRequest) -> AsyncIterator[EventLog]:
    if request.param == "memory":
        yield MemoryEventLog(Kept, Known, lambda: unavailable("nats", "down"))
        return
    link = await jetstream.connect(request.getfixturevalue("nats_url"), "test-log", deadline_s=5)
    await streams.ensure_streams(link.js, streams.configs())
    real = JetStreamEventLog(link, Limits())
    await real.start()
    yield real
    await real.stop()
    await link.close()


async def append(log: EventLog, *entries: Entry) -> list[object]:
    async with asyncio.timeout(10):
        return list(await (await log.append(entries, {})))


async def test_entries_are_kept_in_order_under_rising_numbers(event_log: EventLog, fresh: str) -> None:
    outcomes = await append(event_log, *(entry(f"{fresh}:{number}") for number in range(20)))
    assert all(isinstance(outcome, Kept) for outcome in outcomes)
    sequences = [outcome.log_sequence for outcome in outcomes if isinstance(outcome, Kept)]
    assert sequences == list(range(sequences[0], sequences[0] + 20))


async def test_the_same_identity_is_kept_once_and_known_by_its_number(
    event_log: EventLog, fresh: str
) -> None:
    (first,) = await append(event_log, entry(fresh))
    (second,) = await append(event_log, entry(fresh))
    assert isinstance(first, Kept)
    assert second == Known(first.log_sequence)


async def test_a_repetition_within_one_batch_is_known(event_log: EventLog, fresh: str) -> None:
    first, second, third = await append(event_log, entry(fresh), entry(fresh), entry(fresh + "x"))
    assert isinstance(first, Kept)
    assert second == Known(first.log_sequence)
    assert third == Kept(first.log_sequence + 1)


async def test_two_batches_keep_their_order(event_log: EventLog, fresh: str) -> None:
    one = await event_log.append([entry(f"{fresh}:a{number}") for number in range(50)], {})
    two = await event_log.append([entry(f"{fresh}:b{number}") for number in range(50)], {})
    async with asyncio.timeout(10):
        first, second = await one, await two
    numbers = [outcome.log_sequence for outcome in [*first, *second] if isinstance(outcome, Kept)]
    assert numbers == sorted(numbers)
    assert len(numbers) == 100


async def test_an_empty_batch_is_answered(event_log: EventLog) -> None:
    assert await append(event_log) == []


async def test_what_cannot_be_published_is_refused_and_nothing_else(event_log: EventLog, fresh: str) -> None:
    if isinstance(event_log, MemoryEventLog):
        event_log.is_down = True
        (refused,) = await append(event_log, entry(fresh))
        event_log.is_down = False
    else:
        # No stream listens to this subject.
        nowhere = Entry("scoreline.nowhere.x", fresh, b"body", "acme")
        (refused,) = await append(event_log, nowhere)
    assert isinstance(refused, Refusal)
    assert refused.retry_after_s > 0
    (kept,) = await append(event_log, entry(fresh))
    assert isinstance(kept, Kept)
