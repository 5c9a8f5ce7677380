"""What clients that stop reading cost the others, and the gateway's memory."""

from __future__ import annotations

import statistics
import time
import urllib.request
from typing import Any

from benchmarks.push.figures import latencies, spread
from benchmarks.push.processes import rss_kib
from benchmarks.push.sink import Sink
from benchmarks.push.stand import Gateway, Stand
from benchmarks.push.traffic import at_rate, one_at_a_time

TITLE = "clients that stop reading"
_TRIES = 20
_PER_S = 20.0
"""Of nearly a kilobyte each: a client that doesn't read is behind after some seconds."""


async def run(stand: Stand, *, smoke: bool) -> dict[str, Any]:
    """Measure the readers with 0, 1 and 500 clients that don't read, in turns, on one gateway each."""
    connections, stalled = (300, 30) if smoke else (5_000, 500)
    rounds, steps = (1, 20) if smoke else (5, 20)
    taken: dict[int, list[float]] = {0: [], 1: [], stalled: []}
    costs: dict[int, list[float]] = {0: [], 1: [], stalled: []}
    memory: dict[str, Any] = {}
    # The readers are the same number in all three, so that only the others differ.
    readers = connections - stalled
    for number in range(rounds):
        order = list(taken) if number % 2 == 0 else list(reversed(taken))
        for count in order:
            [game] = await stand.publisher.register(f"slow-{number}-{count}", 1)
            async with (
                stand.gateway() as gateway,
                Sink(stand.scratch, gateway.port, readers) as sink,
                Sink(stand.scratch, gateway.port, max(count, 1)) as slow,
            ):
                await sink.open([(readers, [game.subscribe()])])
                if count:
                    await slow.small_buffers(count)
                    await slow.open([(count, [game.subscribe()])])
                    await slow.pause(count)
                # Long enough for the kernel's buffers to be full, so that the gateway knows who is slow.
                seconds = 8.0 if count else 2.0
                await at_rate(stand.publisher, [game], _PER_S, seconds, retold=True)
                await sink.reached(game.topic, game.version, readers)
                warm = rss_kib(gateway.pid)
                before = gateway.cpu_s()
                values = await one_at_a_time(stand.publisher, sink, game, readers, steps)
                taken[count] += values
                costs[count].append((gateway.cpu_s() - before) / (steps * readers) * 1e6)
                if count == stalled and not memory:
                    memory = await _longer(stand, gateway, sink, slow, warm, readers, game, smoke)
    return {
        "readers": readers,
        "to_last_reader": {f"{count}_stalled": latencies(values) for count, values in taken.items()},
        "gateway_cpu_us_per_delivery": {
            f"{count}_stalled": spread(values) for count, values in costs.items()
        },
        "p50_ratio_1": round(statistics.median(taken[1]) / statistics.median(taken[0]), 3),
        "p50_ratio_stalled": round(statistics.median(taken[stalled]) / statistics.median(taken[0]), 3),
        "memory": memory,
    }


async def _longer(
    stand: Stand,
    gateway: Gateway,
    sink: Sink,
    slow: Sink,
    warm: int,
    readers: int,
    game: Any,
    smoke: bool,
) -> dict[str, Any]:
    """Go on for a while and see whether memory grows; then let the slow ones read again."""
    samples, seconds = [warm], 2.0 if smoke else 10.0
    for _ in range(2 if smoke else 6):
        await at_rate(stand.publisher, [game], _PER_S, seconds, retold=True)
        samples.append(rss_kib(gateway.pid))
    paused = _metric(gateway, "scoreline_pushd_paused_total")
    await slow.resume()
    report, began = await slow.report(), time.monotonic()
    # Who missed more than a room keeps gets a snapshot, which names no patch: they are back with the first
    # patch that all of them receive.
    for _ in range(_TRIES):
        await stand.publisher.publish(game, game.goal(), critical=True)
        await sink.reached(game.topic, game.version, readers)
        try:
            await slow.reached(game.topic, game.version, slow.connections, timeout_s=1)
            break
        except TimeoutError:
            continue
    else:
        raise TimeoutError(f"slow clients did not come back: {await slow.report()}"[:300])
    back_s, after = time.monotonic() - began, await slow.report()
    return {
        "seconds": seconds * (len(samples) - 1),
        "rss_kib": samples,
        "growth_kib": samples[-1] - samples[0],
        "clients_marked_behind": paused,
        "seconds_until_all_were_back": round(back_s, 2),
        "snapshots": after["snapshots"] - report["snapshots"],
        "merged_catch_ups": after["merged"] - report["merged"],
        "told_slow": after["notices"],
        "lost": after["lost"],
    }


def _metric(gateway: Gateway, name: str) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{gateway.port}/metrics", timeout=5) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(f"{name} "):
                return float(line.split()[1])
    return float("nan")
