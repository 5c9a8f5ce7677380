"""Start, run and stop one service process the way an operator expects.

A service hands `run` its settings class and its composition root; what is the same
for all of them is here: the loop, signals, the ready file, ordered stopping with a
deadline, and one clear line on stderr when the start is impossible (exit code 2).
"""

import asyncio
import errno
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from scoreline.runtime import logs, telemetry
from scoreline.runtime.settings import ServiceSettings, SettingsError, load

EXIT_STOPPED = 0
EXIT_FAILED = 1
EXIT_MISCONFIGURED = 2

StopCallback = Callable[[], Awaitable[object]]
S = TypeVar("S", bound=ServiceSettings)
log = logs.get(__name__)


class StartError(Exception):
    """The service can't start; the message is one line that says how to fix it."""


class PortTaken(StartError):
    """Somebody else listens on the port that a setting names."""

    def __init__(self, host: str, port: int, variable: str) -> None:
        super().__init__(host, port, variable)
        self.host, self.port, self.variable = host, port, variable

    def __str__(self) -> str:
        return (
            f"port {self.port} on {self.host} is taken by another process; "
            f"stop it, or set {self.variable} to another port (0 = any free one)"
        )


class Lifecycle:
    """What a composition root may ask of its process."""

    def __init__(self, service: str, settings: ServiceSettings) -> None:
        self.service = service
        self.stopping = asyncio.Event()
        """Set once the process was asked to stop; long loops watch it."""
        self._settings = settings
        self._callbacks: list[tuple[str, StopCallback]] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._failed = False

    def on_stop(self, name: str, callback: StopCallback) -> None:
        """Call `callback` at the stop; the last one registered goes first, as with open files."""
        self._callbacks.append((name, callback))

    def spawn(self, name: str, work: Coroutine[Any, Any, object]) -> asyncio.Task[Any]:
        """Run a task without which the service is useless: its death stops the process."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)
        return task

    def stop(self) -> None:
        """Ask the process to stop gracefully."""
        self.stopping.set()

    async def ready(self, ports: Mapping[str, int]) -> None:
        """Say that the service listens on `ports`; call it once, after the last listener is up."""
        log.info("service.started", pid=os.getpid(), **{f"{name}_port": port for name, port in ports.items()})
        if self._settings.ready_file is not None:
            write_atomically(
                self._settings.ready_file, json.dumps({"pid": os.getpid(), "ports": dict(ports)})
            )
        # What exists now lives as long as the process: the collector need never look at it again.
        gc.collect()
        gc.freeze()
        # Reference counting frees connections; the collector would be 45 % of an upgrade.
        gc.set_threshold(50_000, 20, 20)

    def _task_ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or self.stopping.is_set():
            return
        error = task.exception()
        if error is not None:
            log.error("task.died", task=task.get_name(), exc_info=error)
            self._failed = True
            self.stop()

    async def _run(self, start: Callable[[Any, "Lifecycle"], Awaitable[None]]) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled, number)
        try:
            starting = asyncio.ensure_future(start(self._settings, self))
            stopped = asyncio.ensure_future(self.stopping.wait())
            # A signal during a slow start (a database that is down) must not wait for the start's end.
            await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                starting.cancel()
            try:
                await starting
            except asyncio.CancelledError:
                log.info("service.start_abandoned")
            await stopped
        finally:
            await self._shut_down()
        return EXIT_FAILED if self._failed else EXIT_STOPPED

    def _signalled(self, number: int) -> None:
        if self.stopping.is_set():
            log.warning("service.stop_forced", signal=signal.Signals(number).name)
            os._exit(128 + number)
        log.info("service.stopping", signal=signal.Signals(number).name)
        self.stop()

    async def _shut_down(self) -> None:
        self.stopping.set()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.stop_deadline_s
        for name, callback in reversed(self._callbacks):
            try:
                async with asyncio.timeout_at(deadline):
                    await callback()
            except TimeoutError:
                log.warning("service.stop_step_late", step=name, deadline_s=self._settings.stop_deadline_s)
            except Exception as error:  # one broken step must not keep the next ones from running
                log.error("service.stop_step_failed", step=name, exc_info=error)
        await cancel_all(self._tasks)
        log.info("service.stopped")


async def cancel_all(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel tasks and return once they have ended; their errors were logged when they died."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        # Python 3.11's wait_for swallows a cancellation that meets its result; then it takes another one.
        _ended, pending = await asyncio.wait(pending, timeout=0.2)


def run(service: str, settings_class: type[S], start: Callable[[S, Lifecycle], Awaitable[None]]) -> int:
    """Run `service` until it is told to stop and return its exit code.

    `start` builds everything, registers what must be stopped, calls `ready` and returns.
    """
    try:
        settings = load(settings_class, os.environ)
    except SettingsError as error:
        count = len(error.problems)
        sys.stderr.write(f"{service}: {count} problem{'s' * (count > 1)} in the settings:\n")
        for problem in error.problems:
            sys.stderr.write(f"  {problem}\n")
        return EXIT_MISCONFIGURED
    logs.configure(service, log_format=settings.log_format, log_level=settings.log_level)
    provider = telemetry.configure(service, os.environ)

    async def main() -> int:
        return await Lifecycle(service, settings)._run(start)

    try:
        return uvloop.run(main())
    except StartError as error:
        sys.stderr.write(f"{service}: {error}\n")
        return EXIT_MISCONFIGURED
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            sys.stderr.write(f"{service}: {error}; stop the other process, or set another port\n")
            return EXIT_MISCONFIGURED
        log.critical("service.crashed", exc_info=error)
        return EXIT_FAILED
    finally:
        if provider is not None:
            provider.shutdown()


def listen(
    host: str, port: int, variable: str, *, shared: bool = False, backlog: int = 4096
) -> socket.socket:
    """Return a listening socket, or raise `PortTaken` naming the variable to change.

    `shared` lets several processes listen on the port (SO_REUSEPORT).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        listener.listen(backlog)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port, variable) from None
        raise StartError(f"can't listen on {host}:{port}: {error.strerror}; check {variable}") from error
    listener.setblocking(False)
    return listener


def write_atomically(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Replace the file at `path` at once, so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    part.replace(path)
