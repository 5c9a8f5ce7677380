"""What a connection costs in memory: in the gateway, and in the kernel beside it."""

from __future__ import annotations

import asyncio
from typing import Any

from benchmarks.push.figures import spread
from benchmarks.push.processes import kernel_memory, rss_kib
from benchmarks.push.sink import Sink
from benchmarks.push.stand import Stand
from benchmarks.push.traffic import one_at_a_time

TITLE = "memory per connection"
_PATCHES = 20


async def run(stand: Stand, *, smoke: bool) -> dict[str, Any]:
    """Fill fresh gateways, once with connections that follow nothing and once with subscribed ones."""
    connections = 500 if smoke else 15_000
    rounds = 1 if smoke else 5
    idle, subscribed, kernel, ends = [], [], [], []
    for number in range(rounds):
        for follows in (False, True):
            figures = await _fill(stand, f"{number}-{follows:d}", connections, follows=follows)
            (subscribed if follows else idle).append(figures["rss_bytes"])
            if follows:
                kernel.append(figures["kernel_bytes"])
                ends.append(figures["tcp_buffers_bytes"])
    return {
        "connections": connections,
        "rss_bytes_per_idle": spread(idle, 0),
        "rss_bytes_per_subscribed": spread(subscribed, 0),
        "kernel_slab_bytes_per_connection_both_ends": spread(kernel, 0),
        "tcp_buffer_bytes_per_connection_both_ends": spread(ends, 0),
        "goal_bytes": 3072,
        "note": "kernel memory is of both ends of a loopback connection, so half of it is the gateway's",
    }


async def _fill(stand: Stand, number: str, connections: int, *, follows: bool) -> dict[str, float]:
    [game] = await stand.publisher.register(f"memory-{number}", 1)
    async with (
        stand.gateway() as gateway,
        # One connection first: what a gateway needs once is not what a connection costs.
        Sink(stand.scratch, gateway.port, 1) as first,
        Sink(stand.scratch, gateway.port, connections) as sink,
    ):
        await first.open([(1, [game.subscribe()])])
        await one_at_a_time(stand.publisher, first, game, 1, 3)
        await stand.publisher.commit([game])
        before, kernel_before = rss_kib(gateway.pid), kernel_memory()
        opened = await sink.open([(connections, [game.subscribe()] if follows else [])])
        if opened["served"] != connections:
            raise RuntimeError(f"{opened['served']} of {connections} were served")
        if follows:
            await one_at_a_time(stand.publisher, sink, game, connections, _PATCHES)
        await asyncio.sleep(1)  # the kernel returns buffers with a delay
        after, kernel_after = rss_kib(gateway.pid), kernel_memory()
    return {
        "rss_bytes": (after - before) * 1024 / connections,
        "kernel_bytes": (kernel_after["slab_kib"] - kernel_before["slab_kib"]) * 1024 / connections,
        "tcp_buffers_bytes": (kernel_after["tcp_buffers_kib"] - kernel_before["tcp_buffers_kib"])
        * 1024
        / connections,
    }
