import asyncio

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from scoreline.runtime.health import Health, add_routes


async def fine() -> str | None:
    return None


async def unwell() -> str | None:
    return "not today"


async def broken() -> str | None:
    raise ConnectionError("refused")


async def hanging() -> str | None:
    await asyncio.Event().wait()
    return None


async def test_every_check_is_listed_with_its_reason_and_one_failure_is_enough() -> None:
    health = Health()
    health.add("a", fine)
    health.add("b", unwell)
    health.add("c", broken)
    health.add("d", hanging, timeout_s=0.01)
    report = await health.report()
    assert not report.ready
    assert {name: check.reason for name, check in report.checks.items()} == {
        "a": "ok",
        "b": "not today",
        "c": "ConnectionError: refused",
        "d": "no answer within 0.01 s",
    }


async def test_ready_becomes_503_while_draining_and_alive_stays_alive() -> None:
    health = Health()
    health.add("a", fine)
    app = web.Application()
    add_routes(app, health)
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/readyz")).status == 200
        health.drain()
        answer = await client.get("/readyz")
        assert answer.status == 503
        assert (await answer.json())["draining"] is True
        assert (await client.get("/healthz")).status == 200
        assert "python_info" in await (await client.get("/metrics")).text()
