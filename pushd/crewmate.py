"""What a worker owes to its supervisor: to end with it, and to answer for all."""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path

import orjson
from prometheus_client import REGISTRY, CollectorRegistry, multiprocess

from scoreline.runtime.lifecycle import StartError

_PR_SET_PDEATHSIG = 1


def end_with_parent(crew_file: Path) -> None:
    """Drain and end when the supervisor dies, however it dies."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != _read(crew_file)["pid"]:
        raise StartError("the supervisor has gone already")


def whole_crew(crew_file: Path) -> str | None:
    """Return why the workers together are not ready, or nothing."""
    state = _read(crew_file)
    if state["ready"] < state["workers"]:
        return f"{state['ready']} of {state['workers']} workers are ready"
    return None


def registry(crew_file: Path | None) -> CollectorRegistry:
    """Return where metrics are read from: this process, or the files of all workers together."""
    if crew_file is None:
        return REGISTRY
    summed = CollectorRegistry()
    multiprocess.MultiProcessCollector(summed)  # type: ignore[no-untyped-call]
    return summed


def _read(crew_file: Path) -> dict[str, int]:
    state: dict[str, int] = orjson.loads(crew_file.read_bytes())
    return state
