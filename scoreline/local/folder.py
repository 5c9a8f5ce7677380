"""One data folder belongs to one running stack, and what a killed one left is cleared first."""

import fcntl
import json
import os
import signal
import time
from pathlib import Path
from typing import IO

from scoreline.runtime.lifecycle import write_atomically

_LEFT_ALONE_S = 8.0
"""Servers of a killed parent got the signal that flushes; give them the time to do it."""


class FolderInUse(Exception):
    """Another stack runs on the data folder."""

    def __init__(self, data: Path, pid: str) -> None:
        super().__init__(data, pid)
        self.data, self.pid = data, pid

    def __str__(self) -> str:
        return f"another stack (pid {self.pid or '?'}) runs on {self.data}; stop it or use another --data"


class DataFolder:
    """The folder of one stack, held until released."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.logs = self.path / "logs"
        self.run = self.path / "run"
        self._lock: IO[str] | None = None

    def acquire(self) -> None:
        """Hold the folder for this process, or raise `FolderInUse`; a killed holder holds it no longer."""
        for folder in (self.path, self.logs, self.run):
            folder.mkdir(parents=True, exist_ok=True)
        lock = (self.run / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise FolderInUse(self.path, holder) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock
        self._clear_leftovers()

    def release(self) -> None:
        """Let the next one have it."""
        if self._lock is not None:
            (self.run / "pids.json").unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def remember(self, pids: list[int]) -> None:
        """Note the children, so that a later start can recognise those of a killed parent."""
        write_atomically(self.run / "pids.json", json.dumps({str(pid): _started(pid) for pid in pids}))

    def _clear_leftovers(self) -> None:
        try:
            noted = json.loads((self.run / "pids.json").read_text())
        except (OSError, ValueError):
            return
        deadline = time.monotonic() + _LEFT_ALONE_S
        while True:
            # Pid and start time together: a number alone may be somebody else's by now.
            left = [int(pid) for pid, started in noted.items() if started and _started(int(pid)) == started]
            if not left:
                return
            if time.monotonic() > deadline:
                for pid in left:
                    os.kill(pid, signal.SIGKILL)
                deadline = time.monotonic() + _LEFT_ALONE_S
            time.sleep(0.05)


def _started(pid: int) -> str:
    """Return when a process started, in ticks since boot; nothing when it is gone or only a zombie."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if after_name[0] in "ZX" else after_name[19]
