"""Whether a final watched by everybody delays a small game, and whether goals overtake counters."""

from __future__ import annotations

import asyncio
from typing import Any

from benchmarks.push.sink import Sink
from benchmarks.push.stand import Stand
from benchmarks.push.traffic import at_rate, settled, spread_over, to_last_client

TITLE = "one game flooding 15,000 beside 500 small games"
_FLOOD_PER_S = 50.0
_SMALL_PER_S = 500.0
_CLIENTS_A_SMALL_GAME = 4
"""Two sinks: those of the small games must not wait behind the flood in the sink itself."""


async def run(stand: Stand, *, smoke: bool) -> dict[str, Any]:
    """Measure the small games alone, then beside the flood, in turns."""
    crowd, small_games = (500, 50) if smoke else (15_000, 500)
    seconds, rounds = (2.0, 1) if smoke else (6.0, 5)
    [final] = await stand.publisher.register("final", 1)
    games = await stand.publisher.register("small", small_games)
    watchers = small_games * _CLIENTS_A_SMALL_GAME
    readers = {game.topic: _CLIENTS_A_SMALL_GAME for game in games}
    quiet, beside, flood = [], [], []
    async with (
        stand.gateway() as gateway,
        Sink(stand.scratch, gateway.port, crowd) as many,
        Sink(stand.scratch, gateway.port, watchers) as few,
    ):
        for sink, clients, count in (
            (many, [(crowd, [final.subscribe()])], crowd),
            (few, spread_over(games, watchers), watchers),
        ):
            opened = await sink.open(clients)
            if opened["served"] != count:
                raise RuntimeError(f"{opened['served']} of {count} were served")
        for number in range(2 * rounds):
            flooded = number % 2 == 1
            await asyncio.gather(many.reset(), few.reset())
            before = gateway.cpu_s()
            # Every other patch of the small games is a goal: alternating within each game.
            runs = [
                at_rate(
                    stand.publisher,
                    games,
                    _SMALL_PER_S * small_games / 500,
                    seconds,
                    critical=lambda sent: (sent // small_games) % 2 == 0,
                )
            ]
            if flooded:
                runs.append(at_rate(stand.publisher, [final], _FLOOD_PER_S, seconds))
            await asyncio.gather(*runs)
            cpu = (gateway.cpu_s() - before) / seconds
            small = await settled(few)
            figures = to_last_client(stand.publisher, small["arrivals"], readers)
            figures["gateway_cores"] = round(cpu, 2)
            for name, chosen in (("goals", True), ("counters", False)):
                figures[name] = to_last_client(stand.publisher, small["arrivals"], readers, critical=chosen)
            (beside if flooded else quiet).append(figures)
            if flooded:
                big = await settled(many)
                flood.append(
                    {
                        **to_last_client(stand.publisher, big["arrivals"], {final.topic: crowd}),
                        "frames_per_s": round(big["deliveries"] / seconds),
                        "versions_per_s": round(big["versions"] / seconds),
                    }
                )
    return {
        "flood": {"clients": crowd, "patches_per_s": _FLOOD_PER_S},
        "small": {"games": small_games, "clients_each": _CLIENTS_A_SMALL_GAME, "patches_per_s": _SMALL_PER_S},
        "small_alone": _summary(quiet),
        "small_beside_flood": _summary(beside),
        "goal_p99_ms": 50,
        "flood_rounds": flood,
        "note": "gateway, two sinks, NATS and publisher share the machine's cores",
    }


def _summary(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    ordered = sorted(rounds, key=lambda figures: figures["p99_ms"])
    return {"median_round": ordered[len(ordered) // 2], "rounds": rounds}
