"""A consumer and its connection against a real NATS server that is killed, restarted and emptied."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from nats.js.api import StorageType

from scoreline.local import servers
from scoreline.runtime import jetstream, streams
from scoreline.runtime.jetstream import NatsLink
from scoreline.runtime.pull_consumer import ConsumerSpec, PullConsumer
from scoreline.wire import names

SPEC = ConsumerSpec("EVENTS", "stated-fold-0", ("scoreline.events.0.*",), ack_wait_s=2)


@pytest.fixture
def server(tmp_path: Path) -> AsyncIterator[servers.Server]:
    running = servers.start_nats(tmp_path, tmp_path / "logs")
    yield running
    running.child.stop()


@pytest.fixture
async def link(server: servers.Server) -> AsyncIterator[NatsLink]:
    made = await jetstream.connect(server.url, "test")
    await streams.ensure_streams(made.js, streams.configs())
    yield made
    await made.close()


async def publish(link: NatsLink, number: int) -> None:
    """Publish until it is stored, the way a service does."""
    while True:
        try:
            await link.js.publish(
                "scoreline.events.0.g1",
                str(number).encode(),
                headers={"Nats-Msg-Id": str(number)},
                timeout=0.5,
            )
            return
        except Exception:
            await asyncio.sleep(0.05)


async def collect(consumer: PullConsumer, count: int, got: list[int]) -> None:
    async for batch in consumer.batches():
        for message in batch:
            got.append(int(message.data))
            await message.ack()
        if len(set(got)) >= count:
            return


async def test_what_an_operator_set_on_a_stream_is_left_alone_by_every_service(link: NatsLink) -> None:
    """Given a stream that another service created with its own settings, when ours starts, it stays so."""
    events = (await link.js.stream_info("EVENTS")).config
    await link.js.update_stream(replace(events, max_age=7200.0, max_bytes=1 << 30))

    await streams.ensure_streams(link.js, streams.configs(events_max_age_s=3600 * 24))

    found = (await link.js.stream_info("EVENTS")).config
    assert (found.max_age, found.max_bytes) == (7200.0, 1 << 30)


async def test_services_that_create_a_stream_at_the_same_time_agree(link: NatsLink) -> None:
    """Given services with different settings, when they start together, then the first one's count."""
    await link.js.delete_stream("EVENTS")
    ages = [3600.0 * hours for hours in range(1, 9)]

    await asyncio.gather(
        *(streams.ensure_streams(link.js, streams.configs(events_max_age_s=age_s)) for age_s in ages)
    )

    settled = (await link.js.stream_info("EVENTS")).config.max_age
    await streams.ensure_streams(link.js, streams.configs())
    assert settled in ages
    assert (await link.js.stream_info("EVENTS")).config.max_age == settled


async def test_a_stream_of_another_release_is_brought_up_to_date(link: NatsLink) -> None:
    """Given a stream without our window for duplicates, when a service starts, then it has it."""
    events = (await link.js.stream_info("EVENTS")).config
    await link.js.update_stream(replace(events, duplicate_window=60.0, max_age=7200.0))

    await streams.ensure_streams(link.js, streams.configs())

    info = await link.js.stream_info("EVENTS")
    assert info.config.max_age == 7200
    assert info.config.storage == StorageType.FILE
    assert info.config.duplicate_window == 600
    patches = (await link.js.stream_info("PATCHES")).config
    assert (patches.storage, patches.max_msgs_per_subject) == (StorageType.MEMORY, names.PATCHES_KEPT)


async def test_a_lone_message_is_handed_out_without_waiting_for_the_batch(link: NatsLink) -> None:
    """Given an idle consumer of large batches, when one event comes, then nobody waits for the other 99."""
    batches = PullConsumer(link, SPEC, batch=100).batches()
    for number in range(20):
        following = asyncio.ensure_future(anext(batches))
        await publish(link, number)
        # The open request lives for 30 s: whoever waits for its end is late here.
        async with asyncio.timeout(10):
            assert [message.data for message in await following] == [str(number).encode()]
    await batches.aclose()


async def test_everything_arrives_in_order_and_in_batches(link: NatsLink) -> None:
    for number in range(500):
        await publish(link, number)
    got: list[int] = []
    async with asyncio.timeout(10):
        await collect(PullConsumer(link, SPEC, batch=64), 500, got)
    assert got == list(range(500))


async def test_a_server_killed_twice_loses_nothing_that_was_acked(
    server: servers.Server, link: NatsLink
) -> None:
    """Given publishing and consuming, when the server is killed -9 twice, then all events arrive."""
    got: list[int] = []
    stored: list[int] = []

    async def produce() -> None:
        for number in range(300):
            await publish(link, number)
            stored.append(number)

    consuming = asyncio.ensure_future(collect(PullConsumer(link, SPEC, batch=20), 300, got))
    producing = asyncio.ensure_future(produce())
    async with asyncio.timeout(60):
        for after in (60, 160):
            while len(stored) < after:
                await asyncio.sleep(0.005)
            server.child.kill()
            await asyncio.sleep(0.3)  # an outage that lasts; not a wait for something
            server.restart()
        await producing
        await consuming
    assert sorted(set(got)) == list(range(300))


async def test_a_deleted_consumer_is_made_again_and_goes_on(link: NatsLink) -> None:
    """Given a consumer that somebody deletes, when events follow, then they arrive."""
    got: list[int] = []
    consuming = asyncio.ensure_future(collect(PullConsumer(link, SPEC, batch=10), 20, got))
    for number in range(10):
        await publish(link, number)
    async with asyncio.timeout(20):
        while len(got) < 10:
            await asyncio.sleep(0.005)
        await link.js.delete_consumer("EVENTS", SPEC.durable)
        for number in range(10, 20):
            await publish(link, number)
        await consuming
    assert sorted(set(got)) == list(range(20))


async def test_a_server_that_lost_its_disk_gets_stream_and_consumer_again(
    server: servers.Server, link: NatsLink, tmp_path: Path
) -> None:
    """Given a server that comes back empty, when events follow, then they arrive [E4]."""
    got: list[int] = []

    async def ensure() -> None:
        await streams.ensure_streams(link.js, streams.configs())

    consumer = PullConsumer(link, SPEC, batch=10, ensure_stream=ensure)
    consuming = asyncio.ensure_future(collect(consumer, 20, got))
    for number in range(10):
        await publish(link, number)
    async with asyncio.timeout(30):
        while len(got) < 10:
            await asyncio.sleep(0.005)
        server.child.kill()
        shutil.rmtree(tmp_path / "nats")
        server.restart()
        for number in range(10, 20):
            await publish(link, number)
        await consuming
    assert sorted(set(got)) == list(range(20))


async def test_cancelling_gives_back_what_was_not_handed_out(link: NatsLink) -> None:
    """Given a consumer that stops with messages in hand, when another starts, then it gets them at once."""
    for number in range(30):
        await publish(link, number)
    slow = replace(SPEC, ack_wait_s=60)
    batches = PullConsumer(link, slow, batch=10).batches()
    async with asyncio.timeout(5):
        for message in await anext(batches):
            await message.ack()
        await batches.aclose()
        got: list[int] = []
        await collect(PullConsumer(link, slow, batch=10), 20, got)
    assert sorted(got) == list(range(10, 30))


async def test_a_missing_server_is_reported_by_address_and_without_its_password() -> None:
    from scoreline.runtime.lifecycle import StartError

    with pytest.raises(StartError) as caught:
        await jetstream.connect("nats://me:hunter2@127.0.0.1:1", "test", deadline_s=0.1)
    assert "127.0.0.1:1" in str(caught.value)
    assert "hunter2" not in str(caught.value)


async def test_a_consumer_made_anew_goes_on_behind_what_was_acked(
    link: NatsLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given ten acked events, when the consumer is deleted, then none of the ten comes again."""
    monkeypatch.setattr("scoreline.runtime.pull_consumer._FLOOR_EVERY_S", 0)
    got: list[int] = []
    consuming = asyncio.ensure_future(collect(PullConsumer(link, SPEC, batch=10), 12, got))
    async with asyncio.timeout(20):
        for number in range(11):
            await publish(link, number)
            while len(got) <= number:
                await asyncio.sleep(0.005)
        await link.js.delete_consumer("EVENTS", SPEC.durable)
        await publish(link, 11)
        await consuming
    assert got[:11] == list(range(11))
    # The floor was asked for when the last one arrived, so at most that one comes twice.
    assert set(got[11:]) <= {10, 11}
