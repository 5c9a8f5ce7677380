"""How cost grows with connections and with games."""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks.push.figures import latencies, spread
from benchmarks.push.games import PlayedGame
from benchmarks.push.sink import Sink
from benchmarks.push.stand import Gateway, Stand
from benchmarks.push.traffic import at_rate, one_at_a_time, settled, spread_over, sweep, to_last_client

TITLE = "cost over connections and games"
#: Deliveries a second at which latency is measured; a gateway alone on a core does several times as many.
_DELIVERIES_PER_S = 30_000
#: Patches a second at most: with a reader or two each they cost their receipt, not their delivery.
_PATCHES_PER_S = 2_000
_RATE_SECONDS = 6.0


async def run(stand: Stand, *, smoke: bool) -> dict[str, Any]:
    """Vary the connections of one game, then the games of 15,000 connections."""
    sizes = (200, 500) if smoke else (1_000, 5_000, 15_000)
    counts = (1, 20) if smoke else (1, 100, 10_000)
    by_connections, by_games = {}, {}
    for size in sizes:
        by_connections[str(size)] = await _measure(stand, size, 1, smoke)
    for count in counts:
        by_games[str(count)] = await _measure(stand, sizes[-1], count, smoke)
    return {
        "by_connections_of_one_game": by_connections,
        "by_games": by_games,
        "connections_by_games": sizes[-1],
    }


async def _measure(stand: Stand, connections: int, count: int, smoke: bool) -> dict[str, Any]:
    games = await stand.publisher.register(f"growth-{connections}-{count}", count)
    clients = list(spread_over(games, connections))
    async with (
        stand.gateway() as gateway,
        Sink(stand.scratch, gateway.port, connections) as sink,
    ):
        opened = await sink.open(clients)
        if opened["served"] != connections:
            raise RuntimeError(f"{opened['served']} of {connections} were served")
        per_s, cpu_us = await _sweeps(stand, gateway, sink, games, connections, 3 if smoke else 5)
        readers = {game.topic: many for game, (many, _) in zip(games, clients, strict=False)}
        await sink.reset()
        rate = min(_PATCHES_PER_S, _DELIVERIES_PER_S * count / connections)
        reached = await at_rate(stand.publisher, games, rate, 2.0 if smoke else _RATE_SECONDS)
        report = await settled(sink)
        open_loop = to_last_client(stand.publisher, report["arrivals"], readers)
        alone = await one_at_a_time(stand.publisher, sink, games[0], clients[0][0], 20 if smoke else 60)
    return {
        "deliveries_per_s": spread(per_s, 0),
        "gateway_cpu_us_per_delivery": spread(cpu_us),
        "patches_per_s": round(reached, 1),
        "to_last_client_at_rate": open_loop,
        "deliveries_at_rate_per_s": round(reached * connections / count),
        "merged_frames_at_rate": report["merged"],
        "to_last_client_alone": latencies(alone),
    }


async def _sweeps(
    stand: Stand, gateway: Gateway, sink: Sink, games: list[PlayedGame], connections: int, rounds: int
) -> tuple[list[float], list[float]]:
    per_s, cpu_us = [], []
    # A sweep of few deliveries is repeated, so that a round is long enough to be measured.
    repeats = max(1, 60_000 // connections)
    for number in range(rounds + 1):
        before, seconds = gateway.cpu_s(), []
        for _ in range(repeats):
            seconds.append(await sweep(stand.publisher, sink, games, connections))
        if number:
            per_s.append(connections / statistics.mean(seconds))
            cpu_us.append((gateway.cpu_s() - before) / (repeats * connections) * 1e6)
    return per_s, cpu_us
