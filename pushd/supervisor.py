"""The parent of several workers on one port: starts them, starts them again, replaces them, stops them.

It holds the listening sockets, one a slot, and never accepts: so a connection that comes while a worker is
replaced waits in the socket's queue for the next one instead of being refused (ADR 8).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from prometheus_client import multiprocess

from pushd.core.crew import Crew, Kill, Order, Start, Stop
from pushd.settings import Settings
from scoreline.runtime import lifecycle, logs

log = logs.get(__name__)

#: Where workers read how their fellows are.
CREW_FILE = "crew.json"
_LOOK_EVERY_S = 0.05
_START_DEADLINE_S = 60.0
#: What a worker needs beyond its own deadline before it is killed.
_GRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    ready_file: Path


class Supervisor:
    """Runs the orders of a `Crew`."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._crew = Crew(
            settings.workers,
            start_deadline_s=_START_DEADLINE_S,
            stop_deadline_s=settings.stop_deadline_s + _GRACE_S,
        )
        self._listeners = _listeners(settings)
        self._grpc = _reserved(settings)
        self._children: dict[int, _Child] = {}
        self._was_ready = False
        self._exit = lifecycle.EXIT_STOPPED
        (folder / "metrics").mkdir()
        self._tell()

    def run(self) -> int:
        """Supervise until told to stop, and return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._signalled)
        while not self._crew.over:
            for order in self._crew.orders(time.monotonic()):
                self._obey(order)
            time.sleep(_LOOK_EVERY_S)
            self._look()
        log.info("supervisor.stopped")
        return self._exit

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            log.info("supervisor.replacing", workers=self._crew.size)
            self._crew.replace_all()
        elif self._crew.stopping:
            for child in self._children.values():
                child.process.kill()
        else:
            log.info("supervisor.stopping", signal=signal.Signals(number).name)
            self._crew.stop()

    def _obey(self, order: Order) -> None:
        match order:
            case Start(slot):
                self._start(slot)
            case Stop(pid):
                self._children[pid].process.terminate()
            case Kill(pid):
                log.error("worker.killed", worker_pid=pid)
                self._children[pid].process.kill()

    def _start(self, slot: int) -> None:
        listener = self._listeners[slot]
        ready_file = self._folder / f"ready-{time.monotonic_ns()}.json"
        environ = {
            **os.environ,
            "PUSHD_WORKERS": "1",
            "PUSHD_HTTP_PORT": str(listener.getsockname()[1]),
            "PUSHD_GRPC_PORT": str(self._grpc.getsockname()[1]),
            "PUSHD_LISTENER": str(listener.fileno()),
            "PUSHD_CREW_FILE": str(self._folder / CREW_FILE),
            "PUSHD_READY_FILE": str(ready_file),
            "PROMETHEUS_MULTIPROC_DIR": str(self._folder / "metrics"),
        }
        # A new interpreter, not a fork: what replaces a worker runs the code that is installed now.
        process = subprocess.Popen(
            [sys.executable, "-m", "pushd"],
            env=environ,
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
        )
        self._children[process.pid] = _Child(process, ready_file)
        self._crew.started(slot, process.pid, time.monotonic())
        log.info("worker.started", slot=slot, worker_pid=process.pid)

    def _look(self) -> None:
        """Take note of who is ready and who has gone."""
        now, before = time.monotonic(), self._crew.ready
        for pid in self._crew.waiting:
            if self._children[pid].ready_file.exists():
                self._crew.became_ready(pid, now)
        for pid, child in list(self._children.items()):
            code = child.process.poll()
            if code is not None:
                self._gone(pid, code, now)
        if self._crew.ready != before:
            self._tell()
        if not self._was_ready and self._crew.ready == self._crew.size:
            self._was_ready = True
            self._say_ready()

    def _gone(self, pid: int, code: int, now: float) -> None:
        child = self._children.pop(pid)
        child.ready_file.unlink(missing_ok=True)
        multiprocess.mark_process_dead(pid, str(self._folder / "metrics"))  # type: ignore[no-untyped-call]
        failures = self._crew.ended(pid, now)
        if failures:
            log.error("worker.died", worker_pid=pid, exit_code=code, failures=failures)
        if code == lifecycle.EXIT_MISCONFIGURED and not self._was_ready and not self._crew.stopping:
            # It said why, and would say so for ever.
            self._exit = code
            self._crew.stop()

    def _tell(self) -> None:
        """Say how many serve, for the readiness of every worker."""
        state = {"pid": os.getpid(), "workers": self._crew.size, "ready": self._crew.ready}
        lifecycle.write_atomically(self._folder / CREW_FILE, json.dumps(state))

    def _say_ready(self) -> None:
        ports = {"http": self._listeners[0].getsockname()[1], "grpc": self._grpc.getsockname()[1]}
        log.info(
            "service.started",
            pid=os.getpid(),
            workers=self._crew.size,
            **{f"{name}_port": port for name, port in ports.items()},
        )
        if self._settings.ready_file is not None:
            lifecycle.write_atomically(
                self._settings.ready_file, json.dumps({"pid": os.getpid(), "ports": ports})
            )


def run(settings: Settings) -> int:
    """Run `settings.workers` workers until told to stop, and return the exit code."""
    logs.configure("pushd", log_format=settings.log_format, log_level=settings.log_level)
    folder = Path(tempfile.mkdtemp(prefix="pushd-"))
    try:
        return Supervisor(settings, folder).run()
    except lifecycle.StartError as error:
        sys.stderr.write(f"pushd: {error}\n")
        return lifecycle.EXIT_MISCONFIGURED
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _listeners(settings: Settings) -> list[socket.socket]:
    variable, port = "PUSHD_HTTP_PORT", settings.http_port
    if port and not settings.share_port:
        # Among sharers nobody is told that another service has the port: ask once without sharing.
        lifecycle.listen(settings.host, port, variable).close()
    listeners: list[socket.socket] = []
    for _ in range(settings.workers):
        listeners.append(lifecycle.listen(settings.host, port, variable, shared=True))
        port = int(listeners[0].getsockname()[1])
    return listeners


def _reserved(settings: Settings) -> socket.socket:
    """Return a socket that holds the gRPC port without listening, so that all workers find the same one."""
    holder = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        holder.bind((settings.host, settings.grpc_port))
    except OSError:
        raise lifecycle.PortTaken(settings.host, settings.grpc_port, "PUSHD_GRPC_PORT") from None
    return holder
