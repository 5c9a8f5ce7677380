"""A provider's stream between doubles: windows, back-pressure and order to the event."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from ingestd.core.admission import Rate
from ingestd.core.outcomes import Kept, Known, Outcome, Refusal, unavailable
from ingestd.core.reading import Item
from ingestd.dead_letters import Letter
from ingestd.durable_identities import DurableIdentities
from ingestd.intake import Intake
from ingestd.postbox import Postbox
from ingestd.provider_stream import ProviderStream, Tools
from ingestd.providers import Provider
from ingestd.throttle import Throttle
from scoreline.testing.catalog import MemoryCatalog
from scoreline.testing.event_log import MemoryEventLog
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.ingest_service_pb2 import IngestItem, IngestStreamRequest, IngestStreamResponse
from tests.integration.ingestd.running import games, goal

WINDOW = 100
ACME = Provider("acme")


class Letters:
    """Keeps dead letters in a list."""

    def __init__(self) -> None:
        self.kept: list[Letter] = []

    async def keep(self, letter: Letter) -> int | None:
        self.kept.append(letter)
        return len(self.kept)

    async def list(self, provider_id: str, before: int, size: int) -> list[Letter]:
        return self.kept[::-1]

    async def get(self, letter_id: int) -> Letter | None:
        return None

    async def discard(self, letter_id: int) -> bool:
        return False


class Peer:
    """The other end of a stream, as the handler's context: a test decides when writes go through."""

    stream: ProviderStream
    running: "asyncio.Future[None]"

    def __init__(self) -> None:
        self.requests: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.responses: asyncio.Queue[IngestStreamResponse] = asyncio.Queue()
        self.reads_answers = asyncio.Event()
        self.reads_answers.set()
        self.taken = 0

    async def write(self, payload: bytes) -> None:
        await self.reads_answers.wait()
        self.responses.put_nowait(IngestStreamResponse.FromString(payload))

    async def messages(self) -> AsyncIterator[bytes]:
        while (payload := await self.requests.get()) is not None:
            self.taken += 1
            yield payload

    def send(self, *events: GameEvent, first_tag: int = 0) -> None:
        items = [IngestItem(tag=first_tag + place, event=event) for place, event in enumerate(events)]
        self.requests.put_nowait(IngestStreamRequest(items=items).SerializeToString())

    async def outcomes(self, count: int) -> dict[int, str]:
        found: dict[int, str] = {}
        async with asyncio.timeout(10):
            while len(found) < count:
                for answer in (await self.responses.get()).answers:
                    name = str(answer.WhichOneof("outcome"))
                    reason = ErrorReason.Name(answer.rejected.reason).removeprefix("ERROR_REASON_")
                    found[answer.tag] = reason if name == "rejected" else name
        return found


Bench = tuple[Peer, MemoryEventLog[Outcome], Letters]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    event_log: MemoryEventLog[Outcome] = MemoryEventLog(Kept, Known, lambda: unavailable("nats", "down"))
    letters, peer = Letters(), Peer()
    throttle = Throttle(Rate(1e9, 1e9), Rate(1e9, 1e9), asyncio.get_running_loop().time)
    intake = Intake(MemoryCatalog(games()), event_log, lambda: 1_700_000_000_000_000)
    tools = Tools(intake, Postbox(letters, throttle), throttle, WINDOW, 1 << 20, lambda: 1)
    peer.stream = ProviderStream(tools, ACME, peer, {})
    peer.running = asyncio.ensure_future(peer.stream.run(peer.messages()))
    assert (await peer.responses.get()).window_events == WINDOW
    yield peer, event_log, letters
    peer.running.cancel()
    await asyncio.gather(peer.running, return_exceptions=True)


async def test_the_window_counts_what_has_no_answer(bench: Bench) -> None:
    """Given answers held back, when the window is full, then one more is refused until answers come."""
    peer, event_log, _ = bench
    event_log.holds_answers = True
    peer.send(*(goal(f"a{number}") for number in range(WINDOW)))
    peer.send(goal("one-more"), first_tag=500)
    assert await peer.outcomes(1) == {500: "WINDOW_EXCEEDED"}
    event_log.release()
    assert set((await peer.outcomes(WINDOW)).values()) == {"stored"}
    peer.send(goal("one-more"), first_tag=501)
    assert await peer.outcomes(1) == {501: "stored"}


async def test_a_message_that_fits_in_part_is_taken_in_part(bench: Bench) -> None:
    """Given 90 of 100 unanswered, when 20 come, then the first ten are taken and the rest refused."""
    peer, event_log, _ = bench
    event_log.holds_answers = True
    peer.send(*(goal(f"a{number}") for number in range(90)))
    peer.send(*(goal(f"b{number}") for number in range(20)), first_tag=100)
    assert await peer.outcomes(10) == dict.fromkeys(range(110, 120), "WINDOW_EXCEEDED")
    event_log.release()
    assert set(await peer.outcomes(100)) == {*range(90), *range(100, 110)}


async def test_nothing_is_answered_stored_before_the_log_has_it(bench: Bench) -> None:
    """Given a log that holds its acks, when it refuses, then stored is never said."""
    peer, event_log, _ = bench
    event_log.is_down = True
    peer.send(goal("a"))
    assert await peer.outcomes(1) == {0: "UNAVAILABLE"}
    event_log.is_down = False
    peer.send(goal("a"), first_tag=1)
    assert await peer.outcomes(1) == {1: "stored"}
    peer.send(goal("a"), first_tag=2)
    assert await peer.outcomes(1) == {2: "duplicate"}


async def test_who_does_not_read_its_answers_is_not_read(bench: Bench) -> None:
    """Given a sender that never reads, when it floods, then we stop reading it instead of growing."""
    peer, event_log, _ = bench
    peer.reads_answers.clear()
    for number in range(100):
        peer.send(*(goal(f"{number}-{place}") for place in range(10)), first_tag=number * 10)
    seen = -1
    while peer.taken != seen:
        seen = peer.taken
        await _settle()
    # 100 events in the window and as many refusals, and the message under way.
    assert peer.taken <= 2 * WINDOW // 10 + 2
    assert len(event_log.appended) <= WINDOW
    peer.reads_answers.set()
    assert len(await peer.outcomes(1000)) == 1000


async def test_events_enter_the_log_in_the_order_of_the_stream(bench: Bench) -> None:
    """Given messages in a row, when they are taken, then the log has them in their order."""
    peer, event_log, _ = bench
    for start in range(0, 50, 5):
        peer.send(*(goal(f"{start + place}") for place in range(5)), first_tag=start)
    await peer.outcomes(50)
    assert [GameEvent.FromString(it.body).event_id for it in event_log.appended] == [
        str(n) for n in range(50)
    ]


async def test_the_receipt_is_stamped_here_and_not_by_the_sender(bench: Bench) -> None:
    """Given an event with a receipt of its own, when it is stored, then ours replaces it."""
    peer, event_log, _ = bench
    forged = goal("forged")
    forged.received_time.seconds = 5
    peer.send(forged)
    await peer.outcomes(1)
    kept = GameEvent.FromString(event_log.appended[0].body)
    assert kept.received_time.seconds == 1_700_000_000
    assert kept.provider_id == "acme"


async def test_a_malformed_message_is_kept_whole(bench: Bench) -> None:
    """Given bytes that are no message, when they come, then the letter holds every one of them."""
    peer, _, letters = bench
    peer.requests.put_nowait(b"\x0a\xff\xffnonsense")
    assert await peer.outcomes(1) == {0: "MALFORMED"}
    assert [letter.payload for letter in letters.kept] == [b"\x0a\xff\xffnonsense"]


async def test_a_closed_stream_answers_what_it_had_taken_and_reads_no_more(bench: Bench) -> None:
    """Given events under way, when the stream is closed, then they are answered and nothing else is read."""
    peer, event_log, _ = bench
    event_log.holds_answers = True
    peer.send(goal("a"), goal("b"))
    while len(event_log.appended) < 2:
        await asyncio.sleep(0)
    peer.stream.close()
    peer.send(goal("c"), first_tag=2)
    await _settle()
    assert not peer.running.done()
    event_log.release()
    assert await peer.outcomes(2) == {0: "stored", 1: "stored"}
    async with asyncio.timeout(10):
        await peer.running
    assert len(event_log.appended) == 2


async def test_a_document_that_grows_asks_the_log_for_new_events_only() -> None:
    """Given events known to be durable, when they come again, then the log is not asked."""
    event_log: MemoryEventLog[Outcome] = MemoryEventLog(Kept, Known, lambda: unavailable("nats", "down"))
    intake = Intake(MemoryCatalog(games()), event_log, lambda: 1_700_000_000_000_000)
    durable = DurableIdentities(most=2)

    async def submit(*ids: str) -> list[Outcome]:
        items = [Item(0, goal(it)) for it in ids]
        return await (await intake.submit("acme", items, {}, durable=durable))

    assert await submit("a", "b") == [Kept(1), Kept(2)]
    event_log.is_down = True
    assert await submit("a", "b") == [Known(1), Known(2)]
    assert isinstance((await submit("a", "c"))[1], Refusal)
    event_log.is_down = False
    assert await submit("c") == [Kept(3)]
    # Bounded: the one used longest ago is forgotten, and the log remembers it.
    event_log.is_down = True
    assert [type(outcome) for outcome in await submit("b", "a", "c")] == [Refusal, Known, Known]
    await durable.forget_all()
    assert [type(outcome) for outcome in await submit("a")] == [Refusal]


async def _settle() -> None:
    """Let everything that can run do so."""
    for _ in range(50):
        await asyncio.sleep(0)
