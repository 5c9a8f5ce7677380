"""The whole pipeline over real servers: how much it takes, and how long a fact needs to a socket.

Three processes of ours, NATS, Redis, PostgreSQL, this sender and its viewer share the machine's cores,
so every figure is that of a machine which does everything at once.
Run by `make bench`; the result is kept in results/pipeline.json.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
import psutil
from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import connect

from benchmarks.load import Feed, game
from benchmarks.machine import keep
from scoreline.local.endpoints import Credentials
from scoreline.local.stack import SERVERS, SERVICES, Stack
from scoreline.v1 import (
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    ingest_service_pb2_grpc,
    state_service_pb2,
    state_service_pb2_grpc,
)
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.frame_pb2 import ClientFrame, ServerFrame, Subscribe
from scoreline.v1.ingest_service_pb2 import IngestItem, IngestStreamRequest

EVENTS_PER_MESSAGE = 10
THROUGHPUT_GAMES = 200
LATENCY_GAMES = 200
RATES_PER_S = (100, 1000)
FOLD_DEADLINE_S = 300.0

#: The limit of one provider's rate is not what is measured here.
NO_RATE_LIMIT = {"INGESTD_EVENTS_PER_SECOND": "1000000", "INGESTD_BURST_EVENTS": "1000000"}

console = Console()


@dataclass
class Sender:
    """One provider's stream: sends as fast as its window allows and notes the answers."""

    stack: Stack
    answered: int = 0
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        credentials = Credentials.read(self.stack.data)
        if credentials is None:
            raise SystemExit("the stack left no credentials")
        self.provider = credentials.provider
        self.metadata = (
            ("authorization", f"Bearer {credentials.token}"),
            ("scoreline-provider", credentials.provider),
        )

    async def send(self, batches: AsyncIterator[list[GameEvent]]) -> None:
        """Send all batches and return when every event has its answer."""
        async with grpc.aio.insecure_channel(self.stack.endpoints.ingest) as channel:
            call = ingest_service_pb2_grpc.IngestServiceStub(channel).Stream(metadata=self.metadata)
            first = await call.read()
            window = asyncio.Semaphore(first.window_events)
            self.answered = sent = 0
            answers = asyncio.create_task(self._read(call, window))
            tags = itertools.count(1)
            async for events in batches:
                for _ in events:
                    await window.acquire()
                await call.write(
                    IngestStreamRequest(items=[IngestItem(tag=next(tags), event=event) for event in events])
                )
                sent += len(events)
            await call.done_writing()
            await answers
            if self.refused or sent != self.answered:
                raise SystemExit(f"{sent} sent, {self.answered} answered, refused: {self.refused[:3]}")

    async def _read(self, call: Any, window: asyncio.Semaphore) -> None:
        while (response := await call.read()) is not grpc.aio.EOF:
            for answer in response.answers:
                self.answered += 1
                if answer.HasField("rejected"):
                    self.refused.append(answer.rejected.message)
                window.release()


@dataclass
class Viewer:
    """One WebSocket that follows all games and notes when each foul arrives."""

    sent_at: dict[tuple[str, int], float]
    latencies_ms: list[float] = field(default_factory=list)
    frames: int = 0
    sizes: list[int] = field(default_factory=list)

    async def watch(self, push: str, game_ids: list[str], subscribed: asyncio.Event) -> None:
        """Follow until cancelled."""
        names: dict[int, str] = {}
        seen: dict[str, int] = {}
        waiting = set(game_ids)
        async with connect(
            f"ws://{urlsplit(push).netloc}/v1/ws",
            subprotocols=["scoreline.v1.proto"],  # type: ignore[list-item]  # the library's NewType of str
            compression=None,
            max_queue=None,
        ) as ws:
            for game_id in game_ids:
                await ws.send(ClientFrame(subscribe=Subscribe(topic=f"game/{game_id}")).SerializeToString())
            async for message in ws:
                now = time.perf_counter()
                frame = ServerFrame.FromString(message)  # type: ignore[arg-type]  # binary subprotocol
                kind = frame.WhichOneof("frame")
                if kind == "subscribed":
                    names[frame.subscribed.topic] = frame.subscribed.name.removeprefix("game/")
                elif kind == "snapshot":
                    game_id = frame.snapshot.name.removeprefix("game/")
                    seen[game_id] = frame.snapshot.game.football.home.fouls
                    waiting.discard(game_id)
                    if not waiting:
                        subscribed.set()
                elif kind == "patch":
                    self.frames += 1
                    self.sizes.append(len(message))
                    game_id = names[frame.patch.topic]
                    fouls = frame.patch.game.football.home.fouls
                    # A merged patch brings several facts at once; each of them arrived now.
                    for number in range(seen[game_id] + 1, fouls + 1):
                        self.latencies_ms.append((now - self.sent_at[game_id, number]) * 1000)
                    seen[game_id] = max(seen[game_id], fouls)


def register(stack: Stack, game_ids: Iterable[str], provider: str) -> None:
    """Register football games."""
    games = [game(game_id, provider, round(time.time())) for game_id in game_ids]
    with grpc.insecure_channel(stack.endpoints.state) as channel:
        stub = catalog_service_pb2_grpc.CatalogServiceStub(channel)
        stub.ImportCatalog(catalog_service_pb2.ImportCatalogRequest(games=games), timeout=60)


def cpu_seconds(stack: Stack) -> dict[str, float]:
    """Return the CPU time of each process of the stack so far."""
    used = {}
    for name in (*SERVERS, *SERVICES):
        process = psutil.Process(stack.pid(name))
        family = [process, *process.children(recursive=True)]
        used[name] = sum(sum(member.cpu_times()[:2]) for member in family)
    return used


async def throughput(stack: Stack, events: int) -> dict[str, Any]:
    """Send `events` of 200 games as fast as the window allows; wait until all are folded."""
    sender = Sender(stack)
    game_ids = [f"load-{number}" for number in range(THROUGHPUT_GAMES)]
    register(stack, game_ids, sender.provider)
    mixes = [Feed(game_id).mixed() for game_id in game_ids]
    made = [next(mixes[number % THROUGHPUT_GAMES]) for number in range(events)]

    async def batches() -> AsyncIterator[list[GameEvent]]:
        for start in range(0, events, EVENTS_PER_MESSAGE):
            yield made[start : start + EVENTS_PER_MESSAGE]

    before = cpu_seconds(stack)
    began = time.perf_counter()
    await sender.send(batches())
    acked = time.perf_counter()
    last = {event.game_id: event.sequence for event in made}
    await _await_folded(stack, last, began)
    folded = time.perf_counter()
    after = cpu_seconds(stack)
    return {
        "events": events,
        "games": THROUGHPUT_GAMES,
        "events_per_message": EVENTS_PER_MESSAGE,
        "acked_per_s": round(events / (acked - began)),
        "folded_per_s": round(events / (folded - began)),
        "cpu_us_per_event": {name: round((after[name] - before[name]) / events * 1e6, 1) for name in after},
    }


async def _await_folded(stack: Stack, last: dict[str, int], began: float) -> None:
    expected = {
        game_id: sum(1 for n in range(2, top + 1) if (n - 1) % 7 == 0) for game_id, top in last.items()
    }
    async with grpc.aio.insecure_channel(stack.endpoints.state) as channel:
        stub = state_service_pb2_grpc.StateServiceStub(channel)
        asked = list(expected)[-1:]
        while time.perf_counter() - began < FOLD_DEADLINE_S:
            request = state_service_pb2.BatchGetStatesRequest(game_ids=asked)
            answer = await stub.BatchGetStates(request, timeout=30)
            done = {found.game_id: found.state.football.home.fouls for found in answer.games}
            if done == expected:
                return
            if all(done.get(game_id) == expected[game_id] for game_id in asked):
                # One game is waited for until it is done: asking for all the time would be measured too.
                asked = list(expected)
                continue
            await asyncio.sleep(0.05)
    raise SystemExit("not everything was folded in time")


async def latency(stack: Stack, rate_per_s: int, seconds: float) -> dict[str, Any]:
    """Send facts at a steady rate and measure from the moment of sending to a viewer's socket."""
    sender = Sender(stack)
    game_ids = [f"rate{rate_per_s}-{number}" for number in range(LATENCY_GAMES)]
    register(stack, game_ids, sender.provider)
    feeds = [Feed(game_id) for game_id in game_ids]
    sent_at: dict[tuple[str, int], float] = {}
    viewer = Viewer(sent_at)
    total = round(rate_per_s * seconds)
    tick_s = 0.01

    async def kick_offs() -> AsyncIterator[list[GameEvent]]:
        for feed in feeds:
            yield [feed.kick_off()]

    await sender.send(kick_offs())
    subscribed = asyncio.Event()
    watching = asyncio.create_task(viewer.watch(stack.endpoints.push, game_ids, subscribed))
    async with asyncio.timeout(60):
        await subscribed.wait()

    async def steadily() -> AsyncIterator[list[GameEvent]]:
        began = time.perf_counter()
        sent = 0
        while sent < total:
            due = min(total, int((time.perf_counter() - began) * rate_per_s) + 1)
            events = []
            for number in range(sent, due):
                feed = feeds[number % LATENCY_GAMES]
                events.append(feed.foul())
                sent_at[feed.game_id, feed.fouls] = time.perf_counter()
            sent = due
            if events:
                yield events
            await asyncio.sleep(tick_s)

    before = cpu_seconds(stack)
    await sender.send(steadily())
    async with asyncio.timeout(60):
        while len(viewer.latencies_ms) < total and not watching.done():
            await asyncio.sleep(0.05)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    after = cpu_seconds(stack)
    ordered = sorted(viewer.latencies_ms)
    return {
        "rate_per_s": rate_per_s,
        "seconds": seconds,
        "games": LATENCY_GAMES,
        "facts_sent": total,
        "facts_seen": len(ordered),
        "p50_ms": round(statistics.median(ordered), 2),
        "p90_ms": round(ordered[int(len(ordered) * 0.90)], 2),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 2),
        "max_ms": round(ordered[-1], 2),
        "median_frame_bytes": statistics.median(viewer.sizes),
        "cpu_share": {name: round((after[name] - before[name]) / seconds, 3) for name in after},
    }


async def measure(stack: Stack, events: int, seconds: float) -> dict[str, Any]:
    """Run all measurements on one stack, the gentle ones first."""
    latencies = []
    for rate_per_s in RATES_PER_S:
        console.print(f"latency at {rate_per_s} events/s for {seconds:g} s ...")
        latencies.append(await latency(stack, rate_per_s, seconds))
    console.print(f"throughput over {events} events ...")
    return {"latency": latencies, "throughput": await throughput(stack, events)}


def show(figures: dict[str, Any]) -> None:
    """Print the figures as tables."""
    through = figures["throughput"]
    table = Table(title="from provider's send to viewer's socket")
    for column in ("events/s", "p50 ms", "p90 ms", "p99 ms", "max ms", "seen / sent"):
        table.add_column(column, justify="right")
    for row in figures["latency"]:
        times = (f"{row[key]:.1f}" for key in ("p50_ms", "p90_ms", "p99_ms", "max_ms"))
        table.add_row(str(row["rate_per_s"]), *times, f"{row['facts_seen']} / {row['facts_sent']}")
    console.print(table)
    console.print(
        f"throughput: {through['acked_per_s']} events/s acknowledged as durable, "
        f"{through['folded_per_s']} events/s through to the state ({through['games']} games)"
    )
    console.print(
        "CPU per event, µs: " + ", ".join(f"{k} {v}" for k, v in through["cpu_us_per_event"].items())
    )


def main() -> None:
    """Measure on a stack of its own and keep the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=40_000, help="events of the throughput run")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each latency run")
    parser.add_argument("--no-keep", action="store_true", help="print only, keep no result")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scoreline-bench-") as scratch:
        stack = Stack(
            Path(scratch),
            free_ports=True,
            environ=os.environ | NO_RATE_LIMIT,
            say=lambda line: console.print(f"[dim]{line}[/]"),
        )
        with stack:
            figures = asyncio.run(measure(stack, chosen.events, chosen.seconds))
    show(figures)
    if not chosen.no_keep:
        console.print(f"kept in {keep('pipeline', figures)}")


if __name__ == "__main__":
    main()
