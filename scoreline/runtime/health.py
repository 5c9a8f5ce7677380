"""Health that means it: alive is not ready, and not ready says why.

`/healthz` answers as long as the loop turns; `/readyz` asks every dependency and
lists the answers, so that an operator reads the cause instead of guessing it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson
from aiohttp import web
from grpc_health.v1 import _async as grpc_health
from grpc_health.v1 import health_pb2
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest

Check = Callable[[], Awaitable[str | None]]
"""Answers why the dependency is not usable, or nothing when it is."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One dependency's answer."""

    ok: bool
    reason: str
    took_ms: float


@dataclass(frozen=True, slots=True)
class Report:
    """All answers of one moment."""

    ready: bool
    draining: bool
    checks: dict[str, CheckResult]


class Health:
    """The named readiness checks of one process."""

    def __init__(self) -> None:
        self._checks: dict[str, tuple[Check, float]] = {}
        self._draining = False

    def add(self, name: str, check: Check, *, timeout_s: float = 2.0) -> None:
        """Make readiness depend on `check`."""
        if name in self._checks:
            raise AssertionError(f"two checks called {name!r}")
        self._checks[name] = (check, timeout_s)

    def drain(self) -> None:
        """Turn unready for good: load balancers look away before the listeners close."""
        self._draining = True

    async def report(self) -> Report:
        """Ask every check, all at the same time."""
        answers = await asyncio.gather(
            *(_ask(check, timeout_s) for check, timeout_s in self._checks.values())
        )
        checks = dict(zip(self._checks, answers, strict=True))
        return Report(not self._draining and all(answer.ok for answer in answers), self._draining, checks)


async def _ask(check: Check, timeout_s: float) -> CheckResult:
    began = time.perf_counter()
    try:
        async with asyncio.timeout(timeout_s):
            reason = await check()
    except TimeoutError:
        reason = f"no answer within {timeout_s:g} s"
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    return CheckResult(reason is None, reason or "ok", round((time.perf_counter() - began) * 1000, 1))


def add_routes(app: web.Application, health: Health, registry: CollectorRegistry = REGISTRY) -> None:
    """Serve /healthz, /readyz and /metrics."""

    async def healthz(_request: web.Request) -> web.Response:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(0)
        return _json({"alive": True, "loop_lag_ms": round((loop.time() - began) * 1000, 1)})

    async def readyz(_request: web.Request) -> web.Response:
        report = await health.report()
        return _json(as_json(report), status=200 if report.ready else 503)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)


def as_json(report: Report) -> dict[str, object]:
    """Return the body of /readyz."""
    return {
        "ready": report.ready,
        "draining": report.draining,
        "checks": {
            name: {"ok": answer.ok, "reason": answer.reason, "took_ms": answer.took_ms}
            for name, answer in report.checks.items()
        },
    }


async def keep_grpc_in_step(
    health: Health, servicer: grpc_health.HealthServicer, services: list[str], *, every_s: float = 1.0
) -> None:
    """Keep grpc.health.v1 equal to readiness, for `services` and the whole server, until cancelled."""
    while True:
        report = await health.report()
        status = (
            health_pb2.HealthCheckResponse.SERVING
            if report.ready
            else health_pb2.HealthCheckResponse.NOT_SERVING
        )
        for service in ["", *services]:
            await servicer.set(service, status)
        await asyncio.sleep(every_s)


def _json(body: dict[str, object], status: int = 200) -> web.Response:
    return web.Response(
        body=orjson.dumps(body),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
