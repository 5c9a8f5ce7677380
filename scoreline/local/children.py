"""Child processes that never outlive their parent, not even one that was killed with -9.

Each child has a process group of its own (Ctrl-C reaches the parent alone, which then
stops things in order), a log file, and a signal that the kernel sends it when the
parent dies. The kernel watches the *thread* that started the child: start children
from the main thread only.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from scoreline.local.identity import Identity

_LAUNCH = Path(__file__).with_name("launch.py")
LOG_LIMIT_BYTES = 64 << 20


class ChildFailed(Exception):
    """A child did not come up, or is gone; the message ends with the last lines it wrote."""

    def __init__(self, name: str, what: str, log_path: Path) -> None:
        super().__init__(name, what, log_path)
        self.name, self.what, self.log_path = name, what, log_path

    def __str__(self) -> str:
        tail = last_lines(self.log_path)
        return f"{self.name} {self.what}\n" + (
            f"last lines of {self.log_path}:\n{tail}" if tail else "it wrote nothing"
        )


@dataclass
class Child:
    """One program: how to start it, how to ask it to stop, and where its output goes."""

    name: str
    argv: Sequence[str]
    log_path: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_wait_s: float = 10.0
    orphan_signal: signal.Signals = signal.SIGKILL
    """What the kernel sends when the parent dies; servers with data get the one that flushes."""
    identity: Identity | None = None
    """Another user to run as; none means our own."""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        """The process id of the running or last run child."""
        assert self.process is not None
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the program; its output is appended to the log file."""
        assert not self.alive
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        if self.log_path.exists() and self.log_path.stat().st_size > LOG_LIMIT_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        with self.log_path.open("ab") as output:
            self.process = subprocess.Popen(
                [*_launcher(self.orphan_signal, self.identity), *self.argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if self.env is None else dict(self.env),
                cwd=self.cwd,
                process_group=0,
            )

    def await_ready(self, probe: Callable[[], bool], timeout_s: float) -> None:
        """Wait until `probe` says yes; raise `ChildFailed` when the child dies or the time is up."""
        deadline = time.monotonic() + timeout_s
        while True:
            if not self.alive:
                raise ChildFailed(self.name, f"ended while starting ({self.how_it_ended()})", self.log_path)
            if probe():
                return
            if time.monotonic() > deadline:
                self.kill()
                raise ChildFailed(self.name, f"was not ready within {timeout_s:g} s", self.log_path)
            time.sleep(0.02)

    def ask_to_stop(self) -> None:
        """Send the stop signal and return at once."""
        if self.alive:
            assert self.process is not None
            self.process.send_signal(self.stop_signal)

    def stop(self) -> bool:
        """Stop the child, by force if it takes too long; say whether it went by itself."""
        if self.process is None:
            return True
        self.ask_to_stop()
        try:
            self.process.wait(self.stop_wait_s)
            went = True
        except subprocess.TimeoutExpired:
            went = False
        self.kill()
        return went

    def kill(self) -> None:
        """End the child and everything in its process group at once."""
        if self.process is None:
            return
        # An empty group: everybody has gone already.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def how_it_ended(self) -> str:
        """Return the exit in words."""
        code = None if self.process is None else self.process.poll()
        if code is None:
            return "still running"
        return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def last_lines(path: Path, count: int = 15) -> str:
    """Return the end of a log file, indented."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 16_384))
            lines = file.read().decode(errors="replace").splitlines()[-count:]
    except OSError:
        return ""
    return "\n".join(f"  | {line}" for line in lines)


def _launcher(orphan_signal: signal.Signals, identity: Identity | None) -> list[str]:
    who = (-1, -1, -1)
    if identity is not None:
        who = (identity.uid, identity.gid, -1 if identity.capability is None else identity.capability)
    # -I -S: nothing of the environment or of site-packages, for a start of milliseconds.
    return [sys.executable, "-I", "-S", str(_LAUNCH), *map(str, (os.getpid(), int(orphan_signal), *who))]
