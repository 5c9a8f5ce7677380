"""pushd as it is, plus a C `send` loop over its own sockets, on command: both halves of a paired round.

Started by the benchmark in place of `python -m pushd`. Commands are lines of JSON on stdin:
`{"do": "cpu"}` answers the CPU time of this process; `{"do": "send", "frame": "<hex>"}` sends a WebSocket
frame to every connection by the loop. Answers go to stdout, the log to stderr.
"""

from __future__ import annotations

import array
import asyncio
import ctypes
import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from pushd import app
from pushd.settings import Settings
from scoreline.runtime import lifecycle
from scoreline.runtime.lifecycle import Lifecycle

# The log is written to stdout: it goes to stderr here, so that answers stand alone.
_answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


class SendLoop:
    """The C loop and the descriptors it writes to."""

    def __init__(self, library: Path) -> None:
        self._send = ctypes.CDLL(str(library)).send_to_all
        self._sockets = array.array("i")

    def find_sockets(self, port: int) -> int:
        """Collect this process's connections to fans and return how many there are."""
        self._sockets = array.array("i")
        for name in sorted(int(entry.name) for entry in Path("/proc/self/fd").iterdir()):
            try:
                duplicate = socket.socket(fileno=os.dup(name))
            except OSError:
                continue  # no socket
            with duplicate:
                try:
                    duplicate.getpeername()
                    own = duplicate.getsockname()
                except OSError:
                    continue  # not connected
                if isinstance(own, tuple) and own[1] == port:
                    self._sockets.append(name)
        return len(self._sockets)

    def run(self, message: bytes) -> int:
        """Send to all and return how many took it."""
        where, count = self._sockets.buffer_info()
        sent: int = self._send(ctypes.c_void_p(where), count, message, ctypes.c_size_t(len(message)))
        return sent


async def start(settings: Settings, life: Lifecycle) -> None:
    """Start pushd, then listen to the benchmark."""
    await app.start(settings, life)
    send_loop = SendLoop(Path(sys.argv[1]))

    def obey(question: dict[str, Any]) -> dict[str, Any]:
        match question["do"]:
            case "cpu":
                return {"cpu_s": time.process_time_ns() / 1e9}
            case "find":
                return {"sockets": send_loop.find_sockets(question["port"])}
            case "send":
                return {"sent": send_loop.run(bytes.fromhex(question["frame"]))}
            case unknown:
                raise ValueError(unknown)

    def readable() -> None:
        line = sys.stdin.buffer.readline()
        if line:
            _answers.write(json.dumps(obey(json.loads(line))) + "\n")
            _answers.flush()
        else:
            asyncio.get_running_loop().remove_reader(sys.stdin)

    asyncio.get_running_loop().add_reader(sys.stdin, readable)


if __name__ == "__main__":
    sys.exit(lifecycle.run("pushd", Settings, start))
