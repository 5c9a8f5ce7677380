"""How load is put on a gateway: one patch at a time, sweeps over all games, or at a rate whatever happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.push.figures import latencies
from benchmarks.push.games import PlayedGame, Publisher
from benchmarks.push.sink import Arrival, Clients, Sink

#: How long a publisher sleeps at least: it shares two cores with what it measures.
_TICK_S = 0.002


def spread_over(games: Sequence[PlayedGame], connections: int) -> Clients:
    """Return clients of one subscription each, evenly over the games; the first games get those left over."""
    each, more = divmod(connections, len(games))
    counts = [each + (number < more) for number in range(len(games))]
    return [(many, [game.subscribe()]) for many, game in zip(counts, games, strict=True) if many]


async def one_at_a_time(
    publisher: Publisher, sink: Sink, game: PlayedGame, readers: int, steps: int
) -> list[float]:
    """Publish a goal when the last one has reached all readers; return the milliseconds that each needed."""
    taken = []
    for _ in range(steps):
        await publisher.publish(game, game.goal(), critical=True)
        arrival = await sink.reached(game.topic, game.version, readers)
        taken.append((arrival.last_ns - publisher.sent_ns[game.topic, game.version]) / 1e6)
    return taken


async def sweep(publisher: Publisher, sink: Sink, games: Sequence[PlayedGame], expected: int) -> float:
    """Publish a foul in every game and return the seconds until `expected` deliveries were made."""
    await sink.reset()
    began = time.monotonic_ns()
    for number, game in enumerate(games):
        await publisher.publish(game, game.foul())
        if number % 100 == 99:
            await publisher.flush()
    await publisher.flush()
    return (await sink.received(expected) - began) / 1e9


async def at_rate(
    publisher: Publisher,
    games: Sequence[PlayedGame],
    per_s: float,
    seconds: float,
    *,
    critical: Callable[[int], bool] = lambda _number: False,
    retold: bool = False,
) -> float:
    """Publish round robin at a rate, without waiting for anybody; return the rate that came about.

    Counters, unless `critical` makes a patch a goal; with `retold` long patches instead.
    """
    began = time.monotonic()
    sent = 0
    while (elapsed := time.monotonic() - began) < seconds:
        while sent < elapsed * per_s:
            game = games[sent % len(games)]
            is_critical = critical(sent)
            make = game.retold if retold else game.goal if is_critical else game.foul
            await publisher.publish(game, make(), critical=is_critical)
            sent += 1
        await publisher.flush()
        await asyncio.sleep(_TICK_S)
    return sent / (time.monotonic() - began)


def to_last_client(
    publisher: Publisher,
    arrivals: dict[tuple[int, int], Arrival],
    readers: dict[int, int],
    *,
    critical: bool | None = None,
) -> dict[str, Any]:
    """Return how long versions needed to the last of their readers; `readers` is per topic.

    With `critical`, only those that were, or only those that were not.
    """
    taken, missing = [], 0
    for (topic, version), arrival in arrivals.items():
        if topic not in readers:
            continue
        if critical is not None and critical != ((topic, version) in publisher.critical):
            continue
        if arrival.count < readers[topic]:
            missing += 1
        sent = publisher.sent_ns.get((topic, version))
        if sent is not None:
            taken.append((arrival.last_ns - sent) / 1e6)
    return {**latencies(taken), "incomplete": missing}


async def settled(sink: Sink) -> dict[str, Any]:
    """Return the sink's report once nothing more comes."""
    seen = -1
    while True:
        report = await sink.report()
        if report["versions"] == seen:
            return report
        seen = report["versions"]
        try:
            await sink.received(seen + 1, timeout_s=0.5)
        except TimeoutError:
            continue
