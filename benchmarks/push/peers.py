"""Side by side with another fan-out server: the same payloads, the same sinks, the same machine, in turns.

Centrifugo is the peer that this comparison was meant for; see `CENTRIFUGO` for what became of it. What is
measured is nats-server, a Go server that speaks WebSocket itself: plain publish and subscribe, without
positions, recovery or merging, so its reconnects restore less than ours.
"""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import nats
from nats.aio.client import Client

from benchmarks.push.figures import latencies, spread
from benchmarks.push.games import PlayedGame
from benchmarks.push.processes import cpu_s, rss_kib
from benchmarks.push.sink import Sink
from benchmarks.push.stand import Stand
from scoreline.local.children import Child
from scoreline.local.ports import HOST, free_port
from scoreline.local.servers import nats_binary

TITLE = "side by side with nats-server over WebSocket"

CENTRIFUGO = {
    "measured": False,
    "why": "the machine's Go module proxy answers 403, `This module version is not available`, for "
    "github.com/centrifugal/centrifugo/v6 and for the library github.com/centrifugal/centrifuge",
}
_SUBJECT = "match"
_HELLO = b'CONNECT {"verbose":false,"pedantic":false,"headers":false,"protocol":1}\r\n'


@dataclass
class Contender:
    """One server under test, one game on it, one sink."""

    name: str
    pid: int
    game: PlayedGame
    sink: Sink
    publish: Callable[[bytes], Any]
    subscribed: Callable[[], list[bytes]]
    """The messages of a client that follows the game from where it stands."""
    idle: list[bytes]
    """The messages of a client that follows nothing."""
    cost: dict[str, list[float]] = field(default_factory=lambda: {"goal": [], "foul": []})
    taken: dict[str, list[float]] = field(default_factory=lambda: {"goal": [], "foul": []})
    wire: dict[str, list[float]] = field(default_factory=lambda: {"goal": [], "foul": []})
    reconnects: list[float] = field(default_factory=list)
    reconnect_cpu_us: list[float] = field(default_factory=list)

    async def step(self, kind: str, connections: int) -> float:
        """Publish one patch and return the milliseconds until the last client had it."""
        frame = self.game.goal() if kind == "goal" else self.game.foul()
        began = time.monotonic_ns()
        await self.publish(frame)
        arrival = await self.sink.reached(self.game.topic, self.game.version, connections)
        return (arrival.last_ns - began) / 1e6

    async def round(self, kind: str, connections: int, steps: int) -> None:
        """Publish some patches one after the other and note what they cost."""
        await self.sink.reset()
        before = cpu_s(self.pid)
        values = [await self.step(kind, connections) for _ in range(steps)]
        self.cost[kind].append((cpu_s(self.pid) - before) / (steps * connections) * 1e6)
        self.taken[kind] += values
        report = await self.sink.report()
        self.wire[kind].append(report["wire_bytes"] / report["deliveries"])

    async def storm(self, connections: int) -> None:
        """Cut all connections and let them come back."""
        await self.sink.close()
        before = cpu_s(self.pid)
        opened = await self.sink.open([(connections, self.subscribed())])
        if opened["served"] != connections:
            raise RuntimeError(f"{self.name}: {opened['served']} of {connections} came back")
        self.reconnect_cpu_us.append((cpu_s(self.pid) - before) / connections * 1e6)
        self.reconnects.append(connections / opened["seconds"])

    def summary(self) -> dict[str, Any]:
        """Return everything that was noted."""
        return {
            **{
                kind: {
                    "cpu_us_per_delivery": spread(self.cost[kind]),
                    "deliveries_per_core_s": round(1e6 / statistics.median(self.cost[kind])),
                    "to_last_client": latencies(self.taken[kind]),
                    "wire_bytes_per_delivery": round(statistics.median(self.wire[kind]), 1),
                }
                for kind in ("goal", "foul")
            },
            "reconnects_per_s": spread(self.reconnects, 0),
            "cpu_us_per_reconnect": spread(self.reconnect_cpu_us, 1),
        }


async def run(stand: Stand, *, smoke: bool) -> dict[str, Any]:
    """Compare at several sizes."""
    sizes = (300,) if smoke else (1_000, 5_000, 15_000)
    memory = {name: await _memory(stand, name, sizes[-1], 1 if smoke else 3) for name in _CONTENDERS}
    return {
        "centrifugo": CENTRIFUGO,
        "peer": "nats-server of the project's own wheel, WebSocket without TLS and without compression",
        "reconnects": "pushd: position, recovery and a merged catch-up; nats-server: subscription only",
        "rss_bytes_per_connection": {"connections": sizes[-1], **memory},
        **{f"{size}_connections": await _compare(stand, size, smoke) for size in sizes},
    }


async def _compare(stand: Stand, connections: int, smoke: bool) -> dict[str, Any]:
    rounds, steps = (2, 10) if smoke else (5, max(10, 100_000 // connections))
    async with _pushd(stand, connections) as ours, _nats(stand, connections) as theirs:
        both = [ours, theirs]
        for contender in both:
            opened = await contender.sink.open([(connections, contender.subscribed())])
            if opened["served"] != connections:
                raise RuntimeError(f"{contender.name}: {opened['served']} of {connections} served")
            for kind in ("goal", "foul"):  # warm up
                await contender.step(kind, connections)
        for number in range(rounds):
            for contender in both if number % 2 else reversed(both):
                for kind in ("goal", "foul"):
                    await contender.round(kind, connections, steps)
                await contender.storm(connections)
        figures = {contender.name: contender.summary() for contender in both}
    for kind in ("goal", "foul"):
        figures[f"cpu_ratio_{kind}"] = spread(
            [a / b for a, b in zip(ours.cost[kind], theirs.cost[kind], strict=True)]
        )
    return figures


async def _memory(stand: Stand, name: str, connections: int, rounds: int) -> dict[str, Any]:
    """Return bytes of resident memory per connection, each measured on a fresh process."""
    found: dict[str, list[float]] = {"idle": [], "subscribed": []}
    for _ in range(rounds):
        for kind in found:
            async with _CONTENDERS[name](stand, connections) as contender:
                before = rss_kib(contender.pid)
                messages = contender.subscribed() if kind == "subscribed" else contender.idle
                await contender.sink.open([(connections, messages)])
                for _ in range(10 if kind == "subscribed" else 0):
                    await contender.step("goal", connections)
                found[kind].append((rss_kib(contender.pid) - before) * 1024 / connections)
    return {kind: spread(values, 0) for kind, values in found.items()}


@asynccontextmanager
async def _pushd(stand: Stand, connections: int) -> AsyncIterator[Contender]:
    publisher = stand.publisher
    [game] = await publisher.register(f"peer-{time.monotonic_ns()}", 1)
    async with stand.gateway() as gateway, Sink(stand.scratch, gateway.port, connections) as sink:
        async with Sink(stand.scratch, gateway.port, 1) as first:  # opens the room
            await first.open([(1, [game.subscribe()])])

        async def publish(frame: bytes) -> None:
            await publisher.publish(game, frame, critical=True)
            await publisher.flush()

        def subscribed() -> list[bytes]:
            # Like a client that missed the last five patches.
            missed = min(5, game.version - 1)
            return [game.subscribe(game.position._replace(version=game.version - missed))]

        yield Contender("pushd", gateway.pid, game, sink, publish, subscribed, [])


@asynccontextmanager
async def _nats(stand: Stand, connections: int) -> AsyncIterator[Contender]:
    port, ws_port = free_port(), free_port()
    config = stand.scratch / f"peer-{port}.conf"
    config.write_text(
        f"listen: {HOST}:{port}\nmax_connections: 65536\n"
        f"websocket {{ listen: '{HOST}:{ws_port}', no_tls: true, compression: false }}\n"
    )
    child = Child("nats-peer", [str(nats_binary()), "-c", str(config)], stand.scratch / f"peer-{port}.log")
    child.start()
    client: Client | None = None
    try:
        child.await_ready(lambda: _answers(port) and _answers(ws_port), 10)
        client = connection = await nats.connect(f"nats://{HOST}:{port}")
        # The topic's number is ours alone: no gateway hears of this game.
        game = PlayedGame("peer", 1, 1)

        async def publish(frame: bytes) -> None:
            await connection.publish(_SUBJECT, frame)
            await connection.flush()

        idle = [_HELLO + b"PING\r\n"]
        follows = [_HELLO + f"SUB {_SUBJECT} 1\r\nPING\r\n".encode()]
        async with Sink(stand.scratch, ws_port, connections, mode="nats", path="/", subprotocol="") as sink:
            yield Contender("nats-server", child.pid, game, sink, publish, lambda: follows, idle)
    finally:
        if client is not None:
            await client.close()
        child.stop()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


_CONTENDERS = {"pushd": _pushd, "nats-server": _nats}
