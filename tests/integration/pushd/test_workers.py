"""Several workers on one port: shared connections, summed metrics, restarts that nobody notices."""

import asyncio
import json
import os
import signal
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.integration.pushd.fans import WAIT_S, Fan, open_proto, read_until, subscribe


@pytest.fixture
def crew(gateways):
    return gateways(workers="2", drain_s="1")


def workers(gateway) -> list[int]:
    children = psutil.Process(gateway.process.pid).children()
    return sorted(child.pid for child in children if child.status() != psutil.STATUS_ZOMBIE)


async def metric(gateway, name: str) -> float:
    async with aiohttp.ClientSession() as session, session.get(f"{gateway.url}/metrics") as answer:
        for line in (await answer.text()).splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
    return 0.0


async def until(done) -> None:
    async with asyncio.timeout(WAIT_S):
        while not await done():
            await asyncio.sleep(0.05)


async def readiness(gateway) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"{gateway.url}/readyz") as answer:
        return answer.status


async def followers(gateway, game, count: int):
    fans = []
    for _ in range(count):
        connection = await open_proto(gateway.ws_url)
        fan = Fan()
        await connection.send(subscribe(game.name))
        await read_until(connection, fan, lambda fan=fan: fan.states)
        fans.append((connection, fan))
    return fans


async def test_all_workers_serve_and_their_metrics_are_one_sum(crew, games):
    game = games()
    await game.register()
    await game.begin()
    assert len(workers(crew)) == 2
    fans = await followers(crew, game, 40)
    # Each has its share: forty connections on one of two have a chance of one in 10^12.
    owners = [len(psutil.Process(pid).net_connections("tcp")) for pid in workers(crew)]
    assert all(count > 1 for count in owners)
    assert await metric(crew, 'scoreline_pushd_connections{transport="websocket"}') == 40
    assert await metric(crew, "scoreline_pushd_subscriptions") == 40
    before = await metric(crew, "scoreline_pushd_frames_total")
    await game.goal()
    for connection, fan in fans:
        await read_until(connection, fan, lambda fan=fan: fan.positions[game.topic] == game.position)

    async def counted() -> bool:
        return await metric(crew, "scoreline_pushd_frames_total") - before == 40

    await until(counted)
    for connection, _ in fans:
        await connection.close()

    async def gone() -> bool:
        return await metric(crew, 'scoreline_pushd_connections{transport="websocket"}') == 0

    await until(gone)
    assert crew.stop() == 0
    assert not workers_left(crew)


def workers_left(gateway) -> list[str]:
    return [
        line
        for line in gateway.log.read_text().splitlines()
        if '"worker.killed"' in line or '"level":"error"' in line
    ]


async def test_a_worker_that_is_killed_is_started_again(crew, games):
    game = games()
    await game.register()
    await game.begin()
    first = workers(crew)
    os.kill(first[0], signal.SIGKILL)

    async def replaced() -> bool:
        now = workers(crew)
        return len(now) == 2 and first[0] not in now

    await until(replaced)

    async def ready() -> bool:
        return await readiness(crew) == 200

    # Its socket was held: who came meanwhile waited for the next worker instead of being refused.
    fans = await followers(crew, game, 10)
    await until(ready)
    for connection, _ in fans:
        await connection.close()
    events = [json.loads(line)["event"] for line in crew.log.read_text().splitlines()]
    assert events.count("worker.died") == 1
    assert events.count("worker.started") == 3


async def test_a_rolling_restart_refuses_nobody(crew, games):
    """Given two workers, when all are replaced while clients come and go, then none is refused, and who was
    connected is told to go and finds the successor."""
    game = games()
    await game.register()
    await game.begin()
    old = workers(crew)
    [(connection, fan)] = await followers(crew, game, 1)
    came, failed = 0, []
    over = asyncio.Event()

    async def visit() -> None:
        nonlocal came
        while not over.is_set():
            try:
                async with open_proto(crew.ws_url) as guest:
                    await guest.recv()
                    came += 1
            except Exception as error:
                failed.append(repr(error))

    visits = [asyncio.create_task(visit()) for _ in range(4)]
    crew.process.send_signal(signal.SIGHUP)

    async def replaced() -> bool:
        now = workers(crew)
        return len(now) == 2 and not set(now) & set(old)

    await until(replaced)
    over.set()
    await asyncio.gather(*visits)
    assert came > 10
    # A visitor may be told to go before the greeting, never be turned away before the upgrade.
    assert [text for text in failed if "going away" not in text and "1001" not in text] == []
    await read_until(connection, fan, lambda: fan.of("goaway"))


async def test_workers_end_with_their_supervisor(crew):
    left = [psutil.Process(pid) for pid in workers(crew)]
    crew.process.kill()
    gone, alive = await asyncio.to_thread(psutil.wait_procs, left, WAIT_S)
    assert not alive
    assert len(gone) == 2


async def test_what_makes_a_start_impossible_ends_the_supervisor(gateways, crew, tmp_path: Path):
    with pytest.raises(pytest.fail.Exception, match="did not start"):
        gateways(workers="2", http_port=str(crew.http_port))
    logs = sorted(tmp_path.glob("pushd-*.log"), key=lambda path: path.stat().st_mtime)
    assert "is taken by another process" in logs[-1].read_text()
