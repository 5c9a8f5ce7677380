"""The test stand: NATS and Redis of its own, one gateway process, games to play."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.push.games import Publisher
from benchmarks.push.processes import cpu_s
from scoreline.local import servers

#: The measurements are of fan-out: heartbeats and audits go on, but not in the middle of a round.
_QUIET = {"heartbeat_s": "300", "audit_s": "600", "room_linger_s": "600", "max_connections": "19500"}
_START_S = 60.0
_numbers = count(1)


class Gateway:
    """A running pushd."""

    def __init__(self, process: asyncio.subprocess.Process, ports: dict[str, int], log: Path) -> None:
        self.process, self.ports, self.log = process, ports, log

    @property
    def pid(self) -> int:
        """The process that was started; workers are its children."""
        return self.process.pid

    @property
    def port(self) -> int:
        """The port of WebSockets."""
        return self.ports["http"]

    def cpu_s(self) -> float:
        """Return the CPU time used so far, workers included."""
        return cpu_s(self.pid)

    async def ask(self, **question: Any) -> dict[str, Any]:
        """Ask an instrumented gateway (see `instrumented`)."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the gateway ended; see {self.log}")
        return json.loads(line)

    async def kill(self) -> None:
        """End it as a power failure would."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


@dataclass
class Stand:
    """What a scenario works with."""

    scratch: Path
    publisher: Publisher
    nats: servers.Server
    redis: servers.Server

    @asynccontextmanager
    async def gateway(
        self, *arguments: str, module: str = "pushd", port: int = 0, **settings: str
    ) -> AsyncIterator[Gateway]:
        """Run a gateway; keyword arguments are its settings in lower case."""
        gateway = await self.start(*arguments, module=module, port=port, **settings)
        try:
            yield gateway
        finally:
            with suppress(ProcessLookupError):
                gateway.process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(15):
                    await gateway.process.wait()
            except TimeoutError:
                await gateway.kill()

    async def start(self, *arguments: str, module: str = "pushd", port: int = 0, **settings: str) -> Gateway:
        """Start a gateway that the caller ends."""
        number = next(_numbers)
        ready, log = self.scratch / f"ready-{number}.json", self.scratch / f"pushd-{number}.log"
        chosen = {
            **_QUIET,
            "nats_url": self.nats.url,
            "redis_url": self.redis.url,
            "http_port": str(port),
            "grpc_port": "0",
            "state_address": "127.0.0.1:1",  # nobody: no measurement asks for older events
            "ready_file": str(ready),
            "log_format": "json",
            "drain_s": "1",
            **settings,
        }
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module, *arguments),
                env={**os.environ, **{f"PUSHD_{name.upper()}": value for name, value in chosen.items()}},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE if module != "pushd" else out,
                stderr=out,
            )
        try:
            async with asyncio.timeout(_START_S):
                while not ready.exists():
                    if process.returncode is not None:
                        raise RuntimeError(f"pushd did not start:\n{log.read_text()[-2000:]}")
                    await asyncio.sleep(0.01)
        except BaseException:
            with suppress(ProcessLookupError):
                process.kill()
            raise
        return Gateway(process, json.loads(ready.read_text())["ports"], log)


@asynccontextmanager
async def stand() -> AsyncIterator[Stand]:
    """Start NATS and Redis in a scratch folder; all of it is gone afterwards."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="scoreline-push-") as folder:
        scratch = Path(folder)
        running: list[servers.Server] = []
        try:
            running.append(servers.start_nats(scratch, scratch / "logs"))
            running.append(servers.start_redis(scratch, scratch / "logs"))
            nats_server, redis_server = running
            publisher = await Publisher.connect(nats_server.url, redis_server.url)
            try:
                yield Stand(scratch, publisher, nats_server, redis_server)
            finally:
                await publisher.close()
        finally:
            for server in reversed(running):
                server.child.stop()
