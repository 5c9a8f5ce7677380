"""One machine full of connections: ten workers on one port, ten sinks, and what they carry."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import psutil

from benchmarks.push.figures import latencies
from benchmarks.push.processes import cpu_s, kernel_memory, pss_kib, rss_kib
from benchmarks.push.sink import Sink
from benchmarks.push.stand import Gateway, Stand
from benchmarks.push.traffic import at_rate, settled, spread_over
from scoreline.local.ports import free_port

TITLE = "180,000 connections over ten workers"
_STEPS = (25_000, 50_000, 100_000, 150_000, 200_000)
#: Memory that stays free whatever happens.
_LEAVE_KIB = 2 << 20


async def run(stand: Stand, *, smoke: bool) -> dict[str, Any]:
    """Fill the machine sink by sink, then raise the deliveries a second."""
    workers, each, games_count = (2, 300, 10) if smoke else (10, 18_000, 100)
    seconds = 2.0 if smoke else 10.0
    games = await stand.publisher.register("machine", games_count)
    figures: dict[str, Any] = {"wanted_connections": workers * each, "workers": workers}
    async with _gateways(stand, workers) as (gateways, how), AsyncExitStack() as open_sinks:
        figures["how"] = how
        before = {"rss": _sum(rss_kib, gateways), "pss": _sum(pss_kib, gateways), **kernel_memory()}
        began = time.monotonic()
        sinks: list[Sink] = []
        served, short_of = 0, None
        for _ in range(workers):
            if kernel_memory()["available_kib"] < _LEAVE_KIB:
                short_of = "memory"
                break
            sink = await open_sinks.enter_async_context(
                Sink(stand.scratch, gateways[0].port, each, seconds=900)
            )
            opened = await sink.open(spread_over(games, each))
            sinks.append(sink)
            served += opened["served"]
            if opened["served"] < each:
                short_of = f"{each - opened['served']} of a sink's {each} were refused or failed"
        after = {"rss": _sum(rss_kib, gateways), "pss": _sum(pss_kib, gateways), **kernel_memory()}
        figures["connections"] = served
        figures["short_of"] = short_of
        figures["seconds_to_connect"] = round(time.monotonic() - began, 1)
        figures["memory"] = {
            "gateways_rss_mib": after["rss"] // 1024,
            "gateways_pss_mib": after["pss"] // 1024,
            "rss_bytes_per_connection": round((after["rss"] - before["rss"]) * 1024 / max(1, served)),
            "kernel_slab_mib_both_ends": (after["slab_kib"] - before["slab_kib"]) // 1024,
            "slab_bytes_per_connection_both_ends": round(
                (after["slab_kib"] - before["slab_kib"]) * 1024 / max(1, served)
            ),
            "available_mib_left": after["available_kib"] // 1024,
        }
        figures["steps"] = []
        for wanted in (1_000, 5_000) if smoke else _STEPS:
            figures["steps"].append(await _step(stand, gateways, sinks, games, served, wanted, seconds))
        held = [step for step in figures["steps"] if step["kept_up"]]
        figures["largest_that_held_per_s"] = max((step["versions_per_s"] for step in held), default=0)
    return figures


async def _step(
    stand: Stand,
    gateways: list[Gateway],
    sinks: list[Sink],
    games: list[Any],
    served: int,
    wanted: int,
    seconds: float,
) -> dict[str, Any]:
    await asyncio.gather(*(sink.reset() for sink in sinks))
    cpu_before = _sum(cpu_s, gateways)
    sink_before = sum([(await sink.report())["cpu_s"] for sink in sinks])
    reached = await at_rate(stand.publisher, games, wanted * len(games) / served, seconds)
    cpu = (_sum(cpu_s, gateways) - cpu_before) / seconds
    reports = [await settled(sink) for sink in sinks]
    last: dict[tuple[int, int], int] = {}
    count: dict[tuple[int, int], int] = {}
    for report in reports:
        for key, arrival in report["arrivals"].items():
            last[key] = max(last.get(key, 0), arrival.last_ns)
            count[key] = count.get(key, 0) + arrival.count
    # The first games have the clients that are left over from an even spread; each has at least these.
    fewest = served // len(games) - len(sinks)
    sent = stand.publisher.sent_ns
    taken = [(at - sent[key]) / 1e6 for key, at in last.items() if key in sent]
    figures = latencies(taken)
    versions = sum(report["versions"] for report in reports)
    return {
        "wanted_deliveries_per_s": wanted,
        "offered_per_s": round(reached * served / len(games)),
        "versions_per_s": round(versions / seconds),
        "frames_per_s": round(sum(report["deliveries"] for report in reports) / seconds),
        "to_last_client": figures,
        "incomplete": sum(1 for number in count.values() if number < fewest),
        "lost_connections": sum(report["lost"] for report in reports),
        "gateway_cores": round(cpu, 2),
        "sink_cores": round((sum(report["cpu_s"] for report in reports) - sink_before) / seconds, 2),
        # The rate was offered, everybody has everything, and it came within the time that is promised [C1].
        "kept_up": reached * served / len(games) > 0.95 * wanted and figures.get("p99_ms", 1e9) < 2000,
    }


@asynccontextmanager
async def _gateways(stand: Stand, workers: int) -> AsyncIterator[tuple[list[Gateway], str]]:
    async with AsyncExitStack() as running:
        try:
            one = await running.enter_async_context(stand.gateway("--workers", str(workers)))
        except RuntimeError as error:
            # A pushd without the option, or one whose workers did not come up: told, then done by hand.
            print(f"   pushd --workers {workers}: {error}", flush=True)
        else:
            if len(psutil.Process(one.pid).children()) >= workers:
                yield [one], "pushd --workers"
                return
            print("   pushd has no workers here; separate gateways share the port", flush=True)
    async with AsyncExitStack() as running:
        port = free_port()
        yield (
            [
                await running.enter_async_context(stand.gateway(port=port, share_port="true"))
                for _ in range(workers)
            ],
            "separate gateways on one port",
        )


def _sum(measure: Any, gateways: list[Gateway]) -> Any:
    return sum(measure(gateway.pid) for gateway in gateways)
