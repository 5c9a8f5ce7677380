"""CPU of one delivery: the gateway against a C `send` loop over the same sockets, in turns."""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks.push.figures import spread
from benchmarks.push.games import PlayedGame
from benchmarks.push.sink import Sink, compiled
from benchmarks.push.stand import Gateway, Stand
from pushd.core.websocket_codec import binary_frame

TITLE = "CPU per delivery against a C send loop over the same sockets"
_DELIVERIES_A_ROUND = 300_000


async def run(stand: Stand, *, smoke: bool) -> dict[str, Any]:
    """Measure at two sizes."""
    sizes = (500,) if smoke else (5_000, 15_000)
    rounds = 3 if smoke else 9
    return {f"{size}_connections": await _measure(stand, size, rounds, smoke) for size in sizes}


async def _measure(stand: Stand, connections: int, rounds: int, smoke: bool) -> dict[str, Any]:
    library = compiled("sendloop.c", stand.scratch, "-shared", "-fPIC")
    [game] = await stand.publisher.register(f"delivery-{connections}", 1)
    steps = max(3, (_DELIVERIES_A_ROUND // (10 if smoke else 1)) // connections)
    async with (
        stand.gateway(str(library), module="benchmarks.push.instrumented") as gateway,
        Sink(stand.scratch, gateway.port, connections) as sink,
    ):
        opened = await sink.open([(connections, [game.subscribe()])])
        found = (await gateway.ask(do="find", port=gateway.port))["sockets"]
        if opened["served"] != connections or found != connections:
            raise RuntimeError(f"{opened['served']} served, {found} sockets of {connections}")
        ours, loop = [], []
        for number in range(rounds + 1):
            # The order alternates, so that neither half always follows the other.
            halves = [_by_gateway, _by_loop] if number % 2 else [_by_loop, _by_gateway]
            cost = {half: await half(stand, gateway, sink, game, connections, steps) for half in halves}
            if number:  # the first pair warms up
                ours.append(cost[_by_gateway])
                loop.append(cost[_by_loop])
            await sink.reset()
    ratios = [a / b for a, b in zip(ours, loop, strict=True)]
    return {
        "frame_bytes": len(binary_frame(game.goal())),
        "deliveries_a_round": steps * connections,
        "gateway_us": spread(ours),
        "send_loop_us": spread(loop),
        "ratio": spread(ratios),
        "deliveries_per_core_s": round(1e6 / statistics.median(ours)),
    }


async def _by_gateway(
    stand: Stand, gateway: Gateway, sink: Sink, game: PlayedGame, connections: int, steps: int
) -> float:
    before = (await gateway.ask(do="cpu"))["cpu_s"]
    for _ in range(steps):
        await stand.publisher.publish(game, game.goal())
        await stand.publisher.flush()
        await sink.reached(game.topic, game.version, connections)
    after = (await gateway.ask(do="cpu"))["cpu_s"]
    return (after - before) / (steps * connections) * 1e6


async def _by_loop(
    _stand: Stand, gateway: Gateway, sink: Sink, game: PlayedGame, connections: int, steps: int
) -> float:
    # Frames of a topic that nobody follows, so that the gateway's own versions have no gap.
    double = PlayedGame("double", game.topic + 1_000_000, game.epoch, game.version)
    before = (await gateway.ask(do="cpu"))["cpu_s"]
    for _ in range(steps):
        answer = await gateway.ask(do="send", frame=binary_frame(double.goal()).hex())
        if answer["sent"] != connections:
            raise RuntimeError(f"the loop reached {answer['sent']} of {connections}")
        await sink.reached(double.topic, double.version, connections)
    after = (await gateway.ask(do="cpu"))["cpu_s"]
    return (after - before) / (steps * connections) * 1e6
