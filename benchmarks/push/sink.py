"""Drives `sink.c`: the clients of all measurements."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_SOURCES = 8
_LINE_BYTES = 1 << 28
_first_sources = itertools.cycle(range(1, 250))
_numbers = itertools.count(1)

Clients = Iterable[tuple[int, list[bytes]]]
"""How many clients send which messages after the upgrade."""


def compiled(source: str, scratch: Path, *options: str) -> Path:
    """Compile a C file of this folder into the scratch folder, once."""
    made = scratch / Path(source).with_suffix(".so" if "-shared" in options else "").name
    if not made.exists():
        subprocess.run(["cc", "-O2", "-Wall", *options, "-o", made, _HERE / source], check=True)
    return made


@dataclass(frozen=True)
class Arrival:
    """When a topic's version reached its first and its last client, and how many have it."""

    count: int
    first_ns: int
    last_ns: int


class Sink:
    """One process of many clients; use it as an asynchronous context."""

    def __init__(
        self,
        scratch: Path,
        port: int,
        connections: int,
        *,
        mode: str = "scoreline",
        path: str = "/v1/ws",
        subprotocol: str = "scoreline.v1.proto",
        seconds: int = 600,
        in_flight: int = 256,
    ) -> None:
        self.connections = connections
        self._scratch = scratch
        bounds = [connections, _SOURCES, next(_first_sources), seconds, in_flight]
        self._argv = [compiled("sink.c", scratch), port, mode, *bounds, path, subprotocol]
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Sink:
        self._process = await asyncio.create_subprocess_exec(
            *map(str, self._argv),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def open(self, clients: Clients) -> dict[str, Any]:
        """Connect all that are closed, and return once all are served or have failed."""
        file = self._scratch / f"clients-{next(_numbers)}.txt"
        file.write_text(
            "".join(
                " ".join([str(count), *(message.hex() for message in messages)]) + "\n"
                for count, messages in clients
            )
        )
        try:
            return await self._ask(f"open {file}")
        finally:
            file.unlink()

    async def close(self) -> None:
        """Drop all connections by reset."""
        await self._ask("close")

    async def reached(self, topic: int, version: int, count: int, timeout_s: float = 20) -> Arrival:
        """Return once a version has reached so many clients; raise `TimeoutError` if it doesn't in time."""
        answer = await self._ask(f"wait {topic} {version} {count} {round(timeout_s * 1000)}")
        if not answer["reached"]:
            raise TimeoutError(f"version {version} of {topic} reached {answer['count']} of {count} clients")
        return Arrival(answer["count"], answer["first_ns"], answer["last_ns"])

    async def received(self, versions: int, timeout_s: float = 60) -> int:
        """Return when, on the monotonic clock, so many versions were received since the last reset."""
        answer = await self._ask(f"total {versions} {round(timeout_s * 1000)}")
        if not answer["reached"]:
            raise TimeoutError(f"{answer['versions']} of {versions} versions were received")
        return answer["last_ns"]

    async def small_buffers(self, count: int) -> None:
        """Give the first `count` connections a real path's buffers and segments when they are opened."""
        await self._ask(f"small {count}")

    async def pause(self, count: int) -> None:
        """Stop reading on the first `count` connections."""
        await self._ask(f"pause {count}")

    async def resume(self) -> None:
        """Read again on all connections."""
        await self._ask("resume")

    async def reset(self) -> None:
        """Forget what was counted."""
        await self._ask("reset")

    async def report(self) -> dict[str, Any]:
        """Return the counts; `arrivals` maps (topic, version) to an `Arrival`."""
        answer = await self._ask("report")
        answer["arrivals"] = {
            (topic, version): Arrival(count, first_ns, last_ns)
            for topic, version, count, first_ns, last_ns in answer["arrivals"]
        }
        return answer

    async def _ask(self, command: str) -> dict[str, Any]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{command}\n".encode())
        line = await process.stdout.readline()
        if not line:
            raise RuntimeError(f"the sink ended at `{command.split()[0]}`: {await process.wait()}")
        return json.loads(line)
