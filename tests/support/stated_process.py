"""stated as a process of its own, with its ready file and its gRPC stubs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import grpc

from scoreline.v1 import catalog_service_pb2_grpc, state_service_pb2_grpc

_START_S = 30.0


class StatedProcess:
    """One run of `python -m stated`; `kill` and `start` may follow each other."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._folder, self._settings = folder, settings
        self._process: subprocess.Popen[bytes] | None = None
        self.ports: dict[str, int] = {}

    @property
    def log(self) -> str:
        return (self._folder / "stated.log").read_text()

    def start(self) -> None:
        ready = self._folder / "ready.json"
        ready.unlink(missing_ok=True)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("STATED_")}
        own = {"grpc_port": "0", "http_port": "0", "ready_file": str(ready), "log_format": "json"}
        environ |= {f"STATED_{name.upper()}": value for name, value in (own | self._settings).items()}
        with (self._folder / "stated.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "stated"], env=environ, stdout=log, stderr=log
            )
        deadline = time.monotonic() + _START_S
        while not ready.exists():
            assert self._process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.02)
        self.ports = json.loads(ready.read_text())["ports"]

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> int:
        """Stop gracefully and return the exit code."""
        if self._process is None or self._process.poll() is not None:
            return self._process.returncode if self._process else 0
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise

    def readiness(self) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['http']}/readyz", timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def metrics(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['http']}/metrics", timeout=5) as answer:
            return answer.read().decode()

    def until_ready(self) -> None:
        deadline = time.monotonic() + _START_S
        while not (report := self.readiness())["ready"]:
            assert time.monotonic() < deadline, report
            time.sleep(0.05)


class Stubs:
    """Both services of stated over one channel."""

    def __init__(self, port: int) -> None:
        self.channel = grpc.aio.insecure_channel(
            f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)]
        )
        self.catalog = catalog_service_pb2_grpc.CatalogServiceStub(self.channel)
        self.state = state_service_pb2_grpc.StateServiceStub(self.channel)
