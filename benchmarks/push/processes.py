"""What a process has used and what the kernel holds for its sockets, read from /proc."""

from __future__ import annotations

import os
import re
from pathlib import Path

import psutil


def cpu_s(pid: int) -> float:
    """Return the CPU time of a process and its descendants, to the nanosecond where the kernel says it."""
    total = 0.0
    for member in _family(pid):
        for task in Path(f"/proc/{member}/task").glob("*"):
            try:
                total += int((task / "schedstat").read_text().split()[0]) / 1e9
            except FileNotFoundError:
                continue
    return total


def rss_kib(pid: int) -> int:
    """Return the resident memory of a process and its descendants; pages they share count in each."""
    return sum(_status(member, "VmRSS") for member in _family(pid))


def pss_kib(pid: int) -> int:
    """Return the resident memory with each shared page divided among those who share it."""
    total = 0
    for member in _family(pid):
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{member}/smaps_rollup").read_text(), re.MULTILINE)
        total += int(found[1]) if found else 0
    return total


def kernel_memory() -> dict[str, int]:
    """Return what the kernel holds for all sockets of the machine, both ends of each loopback pair."""
    sockstat = Path("/proc/net/sockstat").read_text()
    tcp = re.search(r"^TCP: inuse (\d+) orphan (\d+) tw (\d+) alloc (\d+) mem (\d+)", sockstat, re.MULTILINE)
    assert tcp is not None
    meminfo = dict(re.findall(r"^(\w+):\s+(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE))
    return {
        "tcp_in_use": int(tcp[1]),
        "tcp_buffers_kib": int(tcp[5]) * os.sysconf("SC_PAGE_SIZE") // 1024,
        "slab_kib": int(meminfo["Slab"]),
        "available_kib": int(meminfo["MemAvailable"]),
    }


def _family(pid: int) -> list[int]:
    process = psutil.Process(pid)
    return [pid, *(child.pid for child in process.children(recursive=True))]


def _status(pid: int, field: str) -> int:
    try:
        found = re.search(rf"^{field}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except FileNotFoundError:
        return 0
    return int(found[1]) if found else 0
