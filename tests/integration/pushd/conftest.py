"""A real gateway, as a process, with real NATS and Redis."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import nats
import pytest
from redis.asyncio import Redis

from scoreline.runtime.streams import configs, ensure_streams
from tests.integration.pushd.publisher import PlayedGame

_numbers = count(1)


@dataclass
class PushGateway:
    """A running pushd and where it answers."""

    process: subprocess.Popen[bytes]
    http_port: int
    grpc_port: int
    log: Path

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.http_port}/v1/ws"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(5)


StartGateway = Callable[..., PushGateway]


def start_gateway(folder: Path, **variables: str) -> PushGateway:
    number = next(_numbers)
    ready = folder / f"pushd-{number}.json"
    log = folder / f"pushd-{number}.log"
    environ = {
        **os.environ,
        "PUSHD_HTTP_PORT": "0",
        "PUSHD_GRPC_PORT": "0",
        "PUSHD_STATE_ADDRESS": "127.0.0.1:1",  # nobody: no test needs stated
        "PUSHD_READY_FILE": str(ready),
        "PUSHD_LOG_FORMAT": "json",
        **{f"PUSHD_{name.upper()}": value for name, value in variables.items()},
    }
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "pushd"], env=environ, stdout=out, stderr=out)
    deadline = time.monotonic() + 30
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            pytest.fail(f"pushd did not start:\n{log.read_text()}")
        time.sleep(0.02)
    ports = json.loads(ready.read_text())["ports"]
    return PushGateway(process, ports["http"], ports["grpc"], log)


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory, nats_url: str, redis_url: str) -> Iterator[PushGateway]:
    """One gateway that most tests share."""
    folder = tmp_path_factory.mktemp("pushd")
    asyncio.run(prepare(nats_url))
    running = start_gateway(folder, nats_url=nats_url, redis_url=redis_url, audit_s="2", room_linger_s="1")
    yield running
    assert running.stop() == 0
    assert '"level": "error"' not in running.log.read_text().replace('":"', '": "')


@pytest.fixture
def gateways(tmp_path: Path, nats_url: str, redis_url: str) -> Iterator[StartGateway]:
    """Gateways of a test's own, with other settings."""
    asyncio.run(prepare(nats_url))
    running: list[PushGateway] = []

    def start(**variables: str) -> PushGateway:
        running.append(start_gateway(tmp_path, **{"nats_url": nats_url, "redis_url": redis_url, **variables}))
        return running[-1]

    yield start
    for each in running:
        each.stop()


@pytest.fixture
async def games(nats_url: str, redis_url: str) -> AsyncIterator[Callable[[], PlayedGame]]:
    """Makes games nobody else plays."""
    client = await nats.connect(nats_url)
    redis = Redis.from_url(redis_url)

    def make(epoch: int = 1000) -> PlayedGame:
        number = next(_numbers)
        return PlayedGame(client.jetstream(), redis, f"g{os.getpid()}x{number}", 100 + number, epoch)

    yield make
    await redis.aclose()
    await client.close()


async def prepare(nats_url: str) -> None:
    client = await nats.connect(nats_url)
    await ensure_streams(client.jetstream(), configs())
    await client.close()
