"""What every `PatchFeed` promises, in memory and with real NATS."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from pushd.patch_feed import MemoryPatchFeed, NatsPatchFeed
from pushd.ports import PatchFeed, Published, SourceUnavailable
from scoreline.runtime import jetstream
from scoreline.wire.names import Header, patch_subject

Publish = Callable[[str, Published], Awaitable[None]]


@pytest.fixture(params=["memory", "nats"])
async def feed(request: pytest.FixtureRequest) -> AsyncIterator[tuple[PatchFeed, Publish]]:
    if request.param == "memory":
        memory = MemoryPatchFeed()

        async def tell(topic: str, patch: Published) -> None:
            memory.publish(topic, patch)

        yield memory, tell
        return
    link = await jetstream.connect(request.getfixturevalue("nats_url"), "contract")

    async def publish(topic: str, patch: Published) -> None:
        headers = {
            str(Header.EPOCH): str(patch.epoch),
            str(Header.RECEIVED_US): str(patch.received_us),
            str(Header.CRITICAL): "1" if patch.critical else "0",
            str(Header.TRACE_PARENT): patch.trace_parent,
        }
        await link.client.publish(patch_subject(topic), patch.frame, headers=headers)
        await link.client.flush()

    yield NatsPatchFeed(link), publish
    await link.close()


def patch(number: int) -> Published:
    return Published(b"frame %d" % number, 100, 5, number % 2 == 0, "")


async def test_patches_of_a_topic_arrive_in_order_with_what_is_known_of_them(feed):
    source, publish = feed
    arrived: asyncio.Queue[Published] = asyncio.Queue()
    await source.subscribe("game/one", arrived.put_nowait)
    for number in range(5):
        await publish("game/two", patch(100 + number))
        await publish("game/one", patch(number))
    async with asyncio.timeout(10):
        assert [await arrived.get() for _ in range(5)] == [patch(number) for number in range(5)]


async def test_nothing_comes_after_the_end(feed):
    source, publish = feed
    arrived: asyncio.Queue[Published] = asyncio.Queue()
    last: asyncio.Queue[Published] = asyncio.Queue()
    stop = await source.subscribe("game/three", arrived.put_nowait)
    await source.subscribe("game/three", last.put_nowait)
    await stop()
    await publish("game/three", patch(1))
    async with asyncio.timeout(10):
        await last.get()
    assert arrived.empty()


async def test_a_patch_without_headers_is_older_than_any(nats_url):
    link = await jetstream.connect(nats_url, "contract")
    arrived: asyncio.Queue[Published] = asyncio.Queue()
    await NatsPatchFeed(link).subscribe("game/four", arrived.put_nowait)
    await link.client.publish(patch_subject("game/four"), b"x", headers={"Scoreline-Epoch": "soon"})
    async with asyncio.timeout(10):
        assert await arrived.get() == Published(b"x", 0, 0, False, "")
    await link.close()
    with pytest.raises(SourceUnavailable):
        await NatsPatchFeed(link).subscribe("game/four", arrived.put_nowait)
