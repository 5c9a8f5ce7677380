"""Free ports, and who holds a taken one."""

import random
import socket
from contextlib import suppress
from pathlib import Path

HOST = "127.0.0.1"


# Below the range that systems take for outgoing connections (from 32768 on Linux, 49152 elsewhere):
# a port of that range can be taken by a neighbour's connection while its owner restarts.
_OURS = range(15_000, 32_000)
_handed_out: set[int] = set()


def free_port() -> int:
    """Return a port that nobody listened on a moment ago, and that stays free while its owner restarts."""
    for port in random.sample(_OURS, 50):
        if port not in _handed_out and is_free(port):
            _handed_out.add(port)
            return port
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether we could listen on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            # A port bound by somebody with SO_REUSEADDR gives way to bind, not to listen.
            probe.listen(1)
        except OSError:
            return False
    return True


def answers(port: int, host: str = HOST) -> bool:
    """Whether somebody accepts connections on `port`."""
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False


def holder(port: int) -> str:
    """Return who listens on `port`, as far as the system tells us: "python (pid 4711)"."""
    inodes = _listening_inodes(port)
    for process in Path("/proc").glob("[0-9]*"):
        if _open_sockets(process) & inodes:
            return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return "another process"


def _open_sockets(process: Path) -> set[str]:
    found = set()
    # Another user's process can't be looked into, nor can one that has just ended.
    with suppress(OSError):
        for name in (process / "fd").iterdir():
            # A descriptor may be closed meanwhile; the listing's own is one of those.
            with suppress(OSError):
                target = str(name.readlink())
                if target.startswith("socket:["):
                    found.add(target[len("socket:[") : -1])
    return found


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            columns = row.split()
            if columns[3] == "0A" and int(columns[1].rpartition(":")[2], 16) == port:
                found.add(columns[9])
    return found
