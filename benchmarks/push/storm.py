"""A gateway is lost with all its clients, comes back, and they come back at once with their positions."""

from __future__ import annotations

from typing import Any

from benchmarks.push.figures import spread
from benchmarks.push.games import PlayedGame
from benchmarks.push.sink import Sink
from benchmarks.push.stand import Gateway, Stand

TITLE = "reconnect storm with resume"
_MISSED = 5
_AT_ONCE = 2048


async def run(stand: Stand, *, smoke: bool) -> dict[str, Any]:
    """Kill and restart the gateway, and separately cut all connections of one that lives."""
    connections = 500 if smoke else 15_000
    rounds = 2 if smoke else 7
    [game] = await stand.publisher.register("storm", 1)
    gateway = await stand.start()
    killed: list[dict[str, float]] = []
    cut: list[dict[str, float]] = []
    try:
        async with Sink(stand.scratch, gateway.port, connections, in_flight=_AT_ONCE) as sink:
            await sink.open([(connections, [game.subscribe()])])
            for _ in range(rounds):
                await sink.close()
                cut.append(await _come_back(stand, gateway, sink, game, connections))
                port = gateway.port
                await gateway.kill()
                await sink.close()
                gateway = await stand.start(port=port)
                killed.append(await _come_back(stand, gateway, sink, game, connections))
    finally:
        await gateway.kill()
    return {
        "clients": connections,
        "missed_patches": _MISSED,
        "goal": {"seconds": 1.0, "cpu_us_per_reconnect": 60},
        **{
            name: {
                "seconds": spread([one["seconds"] for one in all_rounds]),
                "reconnects_per_s": spread([connections / one["seconds"] for one in all_rounds], 0),
                "gateway_cpu_us_per_reconnect": spread([one["cpu_us"] for one in all_rounds], 1),
                "sink_cpu_us_per_reconnect": spread([one["sink_cpu_us"] for one in all_rounds], 1),
                "snapshots": sum(one["snapshots"] for one in all_rounds),
            }
            for name, all_rounds in (("gateway_killed", killed), ("connections_cut", cut))
        },
    }


async def _come_back(
    stand: Stand, gateway: Gateway, sink: Sink, game: PlayedGame, connections: int
) -> dict[str, float]:
    position = game.position
    for _ in range(_MISSED):
        await stand.publisher.publish(game, game.goal(), critical=True)
    await stand.publisher.flush()
    await stand.publisher.commit([game])
    await sink.reset()
    before, sink_before = gateway.cpu_s(), (await sink.report())["cpu_s"]
    opened = await sink.open([(connections, [game.subscribe(position)])])
    used = gateway.cpu_s() - before
    report = await sink.report()
    if opened["served"] != connections:
        raise RuntimeError(f"{opened['served']} of {connections} came back")
    # Right, not only back: the next patch fits everybody.
    await stand.publisher.publish(game, game.goal(), critical=True)
    await sink.reached(game.topic, game.version, connections)
    await stand.publisher.commit([game])
    return {
        "seconds": opened["seconds"],
        "cpu_us": used / connections * 1e6,
        "sink_cpu_us": (report["cpu_s"] - sink_before) / connections * 1e6,
        "snapshots": report["snapshots"],
    }
