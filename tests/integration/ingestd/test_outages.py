"""NATS killed, ingestd stopped, the registry changed: what senders see, and that nothing acked is lost."""

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiohttp
import grpc
import orjson
import pytest
from google.protobuf import json_format

from scoreline.local import servers
from scoreline.local.servers import Server
from scoreline.runtime import jetstream
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.ingest_service_pb2 import IngestAnswer
from scoreline.wire import names
from tests.integration.ingestd.running import (
    DEADLINE_S,
    OTHER_TOKEN,
    Ingestd,
    goal,
    launch,
    open_stream,
    register_games,
    sha256,
)
from tests.integration.ingestd.test_webhook import Hook


@pytest.fixture
def own_nats(tmp_path: Path, nats_url: str) -> Iterator[Server]:
    # nats_url is asked for only so that a machine without the server skips or fails as everywhere.
    server = servers.start_nats(tmp_path / "nats", tmp_path)
    yield server
    server.child.stop()


@pytest.fixture
async def own_ingestd(own_nats: Server, tmp_path: Path) -> AsyncIterator[Ingestd]:
    await register_games(own_nats.url)
    running = await asyncio.to_thread(launch, own_nats.url, tmp_path / "ingestd", INGESTD_ACK_TIMEOUT_S="1")
    yield running
    if running.process.poll() is None:
        await asyncio.to_thread(running.stop)


async def event_ids_in_the_log(url: str) -> list[str]:
    link = await jetstream.connect(url, "checker", deadline_s=10)
    found: list[str] = []
    last = (await link.js.stream_info(names.EVENTS_STREAM)).state.last_seq
    for sequence in range(1, last + 1):
        message = await link.js.get_msg(names.EVENTS_STREAM, seq=sequence)
        found.append(GameEvent.FromString(message.data or b"").event_id)
    await link.close()
    return found


async def test_nothing_stored_is_missing_after_nats_was_killed(
    own_nats: Server, own_ingestd: Ingestd
) -> None:
    """Given a stream under load, when NATS is killed and comes back, then the log has all that was stored.

    Meanwhile events are answered UNAVAILABLE within seconds, the stream stays open, and afterwards the
    same stream stores again; what is sent again is not stored twice.
    """
    stored: set[str] = set()
    refused: set[str] = set()
    events: dict[int, str] = {}

    def note(answers: dict[int, IngestAnswer] | list[IngestAnswer]) -> None:
        for answer in answers.values() if isinstance(answers, dict) else answers:
            name = events[answer.tag]
            if answer.HasField("rejected"):
                assert answer.rejected.reason == ErrorReason.ERROR_REASON_UNAVAILABLE
                assert answer.rejected.retry_after.ToMilliseconds() > 0
                refused.add(name)
            else:
                stored.add(name)
                refused.discard(name)

    async with open_stream(own_ingestd) as sender:
        tag = 0

        async def send(*ids: str) -> None:
            nonlocal tag
            for name in ids:
                tag += 1
                events[tag] = name
            await sender.send(*(goal(name) for name in ids), first_tag=tag - len(ids) + 1)

        async def drain() -> None:
            async with asyncio.timeout(DEADLINE_S):
                while len(stored) + len(refused) < len(set(events.values())):
                    note(await sender.read())

        for batch in range(20):
            await send(*(f"before-{batch}-{place}" for place in range(10)))
        own_nats.child.kill()
        for batch in range(20):
            await send(*(f"during-{batch}-{place}" for place in range(10)))
        # Bounded: every event is answered although nobody listens.
        await drain()
        assert refused
        assert not sender.call.done()
        await asyncio.to_thread(own_nats.restart)
        # Refused ones go in again on the same stream, as a sender would do it, until all are stored.
        async with asyncio.timeout(DEADLINE_S):
            while refused:
                again = sorted(refused)
                refused.clear()
                await send(*again)
                left = len(again)
                while left:
                    answers = await sender.read()
                    note(answers)
                    left -= len(answers)
    assert len(stored) == 400
    kept = await event_ids_in_the_log(own_nats.url)
    assert set(kept) == stored
    assert len(kept) == len(stored)


async def test_an_event_sent_into_a_short_outage_is_stored(own_nats: Server, own_ingestd: Ingestd) -> None:
    """Given a restart of NATS within the patience, then events of meanwhile are stored in order."""
    async with open_stream(own_ingestd) as sender:
        await sender.one(goal("first"))
        own_nats.child.kill()
        await asyncio.to_thread(own_nats.restart)
        async with asyncio.timeout(DEADLINE_S):
            while (await sender.one(goal("second"))).HasField("rejected"):
                pass
    assert await event_ids_in_the_log(own_nats.url) == ["first", "second"]


async def test_a_server_that_lost_its_disk_is_made_usable_again(
    own_nats: Server, own_ingestd: Ingestd, tmp_path: Path
) -> None:
    """Given a NATS that comes back empty, when events come, then the streams exist again and hold them."""
    async with open_stream(own_ingestd) as sender:
        assert (await sender.one(goal("before"))).HasField("stored")
        own_nats.child.kill()
        shutil.rmtree(tmp_path / "nats" / "nats")
        await asyncio.to_thread(own_nats.restart)
        async with asyncio.timeout(DEADLINE_S):
            while (await sender.one(goal("after"))).HasField("rejected"):
                pass
    # Its games are known from before, so that it takes events although the catalog is empty.
    assert await event_ids_in_the_log(own_nats.url) == ["after"]


async def test_a_webhook_without_nats_is_told_to_come_back(own_nats: Server, own_ingestd: Ingestd) -> None:
    """Given no NATS, when a batch is posted, then 503 says so within seconds, and later it is stored."""
    body = orjson.dumps({"events": [json_format.MessageToDict(goal("hooked"))]})
    async with aiohttp.ClientSession() as session:
        hook = Hook(own_ingestd, session)
        own_nats.child.kill()
        async with asyncio.timeout(DEADLINE_S):
            status, answer = await hook.post(body)
        assert (status, answer["reason"], answer["stored"]) == (503, "UNAVAILABLE", 0)
        await asyncio.to_thread(own_nats.restart)
        async with asyncio.timeout(DEADLINE_S):
            while status == 503:
                status, answer = await hook.post(body)
        assert (status, answer["stored"] + answer["duplicate"]) == (200, 1)
    assert await event_ids_in_the_log(own_nats.url) == ["hooked"]


async def test_readiness_tells_that_nats_is_away(own_nats: Server, own_ingestd: Ingestd) -> None:
    """Given a ready ingestd, when NATS is killed, then readiness names it and liveness stays."""
    async with aiohttp.ClientSession() as session:

        async def status(path: str) -> tuple[int, str]:
            async with session.get(own_ingestd.url + path) as response:
                return response.status, await response.text()

        async with asyncio.timeout(DEADLINE_S):
            while (await status("/readyz"))[0] != 200:
                pass
            own_nats.child.kill()
            while (await status("/readyz"))[0] != 503:
                pass
        assert "not connected to NATS" in (await status("/readyz"))[1]
        assert (await status("/healthz"))[0] == 200
        assert "scoreline_ingestd_unacked_events" in (await status("/metrics"))[1]


async def test_a_graceful_stop_answers_what_was_sent(own_nats: Server, own_ingestd: Ingestd) -> None:
    """Given events under way, when ingestd is told to stop, then they are answered before the stream ends."""
    async with open_stream(own_ingestd) as sender:
        for start in range(0, 500, 10):
            await sender.send(*(goal(f"e-{start + place}") for place in range(10)), first_tag=start + 1)
        answers = await sender.answers(1)
        own_ingestd.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE_S):
            try:
                while True:
                    answers.update((answer.tag, answer) for answer in await sender.read())
            except (grpc.aio.AioRpcError, AssertionError):
                pass  # the end of the stream
            code = await sender.call.code()
    assert code is grpc.StatusCode.UNAVAILABLE
    assert await asyncio.to_thread(own_ingestd.process.wait, 15) == 0
    stored = {f"e-{tag - 1}" for tag, answer in answers.items() if answer.HasField("stored")}
    # Whatever was read was answered, so the log has exactly what the sender knows of.
    assert stored == set(await event_ids_in_the_log(own_nats.url))


async def test_a_token_taken_from_the_registry_ends_its_streams(own_ingestd: Ingestd) -> None:
    """Given two streams, when one token changes and SIGHUP comes, then only that stream ends."""
    registry = own_ingestd.folder / "providers.toml"
    async with (
        open_stream(own_ingestd) as sender,
        open_stream(own_ingestd, "other", OTHER_TOKEN) as neighbour,
    ):
        await sender.one(goal("a"))
        await neighbour.one(goal("b"))
        registry.write_text(registry.read_text().replace(sha256("acme-token"), sha256("new-token")))
        own_ingestd.process.send_signal(signal.SIGHUP)
        await _logged(own_ingestd, lambda log: "providers.reloaded" in log)
        await sender.send(goal("c"))
        async with asyncio.timeout(DEADLINE_S):
            assert await sender.call.code() is grpc.StatusCode.UNAUTHENTICATED
        assert (await neighbour.one(goal("d"))).HasField("stored")
    async with open_stream(own_ingestd, "acme", "new-token") as sender:
        assert (await sender.one(goal("c"))).HasField("stored")


async def test_a_broken_registry_changes_nothing_and_secrets_are_not_logged(own_ingestd: Ingestd) -> None:
    """Given a registry that was broken by an edit, when SIGHUP comes, then the former one goes on."""
    (own_ingestd.folder / "providers.toml").write_text("[providers.acme]\ntoken_sha256 = 'short'\n")
    own_ingestd.process.send_signal(signal.SIGHUP)
    await _logged(own_ingestd, lambda log: "providers.reload_refused" in log)
    async with open_stream(own_ingestd) as sender:
        assert (await sender.one(goal("still"))).HasField("stored")
    with pytest.raises(grpc.aio.AioRpcError):
        async with open_stream(own_ingestd, "acme", "a-secret-guess"):
            pass
    log = own_ingestd.log()
    for secret in ("acme-token", "a-secret-guess", "acme-webhook-secret"):
        assert secret not in log


async def _logged(ingestd: Ingestd, holds: Callable[[str], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not holds(ingestd.log()):
            await asyncio.sleep(0.02)
