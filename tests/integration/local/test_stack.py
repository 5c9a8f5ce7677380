"""The stack with stand-ins for the services: what it does to processes, ports and folders."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from scoreline.local import folder
from scoreline.local.children import Child, ChildFailed
from scoreline.local.endpoints import Credentials, Endpoints
from scoreline.local.stack import SERVICES, PortUnavailable, Stack

STAND_IN = """
import json, os, pathlib, socket, threading
from aiohttp import web
from scoreline.runtime.health import Health, add_routes
if os.environ.get("BROKEN") == "{name}":
    raise SystemExit("this service is broken on purpose")
prefix = "{name}".upper()
app = web.Application()
add_routes(app, Health())
grpc = socket.create_server(("127.0.0.1", int(os.environ[prefix + "_GRPC_PORT"])))
http = socket.create_server(("127.0.0.1", int(os.environ[prefix + "_HTTP_PORT"])))
ports = {{"grpc": grpc.getsockname()[1], "http": http.getsockname()[1]}}
ready = pathlib.Path(os.environ[prefix + "_READY_FILE"])
async def tell(app):
    ready.with_suffix(".part").write_text(json.dumps({{"ports": ports}}))
    ready.with_suffix(".part").replace(ready)
app.on_startup.append(tell)
web.run_app(app, sock=http, print=None)
"""
PARENT = """
import pathlib, sys, time
from scoreline.local.stack import Stack
with Stack(pathlib.Path(sys.argv[1]), free_ports=True) as stack:
    names = ("nats", "redis", "postgres", "ingestd", "stated", "pushd")
    print(*map(stack.pid, names), flush=True)
    while True:
        time.sleep(0.05)
"""


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name in SERVICES:
        package = tmp_path / "stand_ins" / name
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(STAND_IN.format(name=name))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "stand_ins"))
    return dict(os.environ)


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def eventually(probe: Callable[[], bool], within_s: float = 10) -> bool:
    deadline = time.monotonic() + within_s
    while not probe() and time.monotonic() < deadline:
        time.sleep(0.02)
    return probe()


def test_two_stacks_run_side_by_side_and_leave_nothing(tmp_path: Path, environ: dict[str, str]) -> None:
    """Given two folders, when both start on free ports, then all answer, and a stop ends every process."""
    with Stack(tmp_path / "a", free_ports=True) as one, Stack(tmp_path / "b", free_ports=True) as two:
        pids = [stack.pid(name) for stack in (one, two) for name in ("nats", "redis", "postgres", *SERVICES)]
        assert len(set(pids)) == 12
        assert all(map(runs, pids))
        assert Endpoints.read(tmp_path / "a") == one.endpoints != two.endpoints
        for stack in (one, two):
            psycopg.connect(stack.endpoints.postgres).close()
            socket.create_connection(("127.0.0.1", int(stack.endpoints.ingest.rpartition(":")[2]))).close()
    assert not any(map(runs, pids))


def test_a_second_start_continues_with_data_and_credentials(tmp_path: Path, environ: dict[str, str]) -> None:
    with Stack(tmp_path / "a", free_ports=True) as stack:
        with psycopg.connect(stack.endpoints.postgres) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        before = Credentials.read(tmp_path / "a")
    with Stack(tmp_path / "a", free_ports=True) as stack:
        with psycopg.connect(stack.endpoints.postgres) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
        assert Credentials.read(tmp_path / "a") == before is not None
    assert (tmp_path / "a" / "credentials.json").stat().st_mode & 0o777 == 0o600
    assert before is not None
    assert before.token not in (tmp_path / "a" / "providers.toml").read_text()


def test_a_killed_parent_takes_all_its_children_along_and_can_start_again(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    """Given a stack whose parent gets kill -9, when seconds pass, then nothing runs and a start continues."""
    data = tmp_path / "a"
    argv = [sys.executable, "-c", PARENT, str(data)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 6
        parent.kill()
    with Stack(data, free_ports=True) as stack:
        psycopg.connect(stack.endpoints.postgres).close()
        assert not any(map(runs, pids))


def test_what_dies_is_started_again_on_the_same_ports(tmp_path: Path, environ: dict[str, str]) -> None:
    said: list[str] = []
    with Stack(tmp_path / "a", free_ports=True, say=said.append) as stack:
        before = stack.endpoints
        for name in ("nats", "redis", "postgres", *SERVICES):
            old = stack.pid(name)
            os.kill(old, signal.SIGKILL)

            def back(name: str = name, old: int = old) -> bool:
                stack.tend()
                return stack.pid(name) != old and f"{name} is back" in said

            assert eventually(back, 20), said
        assert stack.endpoints == before
        stack.kill("pushd")
        stack.tend()
        assert not runs(stack.pid("pushd"))
        stack.restart("pushd")
        assert runs(stack.pid("pushd"))
    assert "nats died (signal SIGKILL); starting it again in 0.2 s" in said


def test_a_service_that_can_not_start_shows_its_last_words_and_stops_the_rest(
    tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", "stated")
    stack = Stack(tmp_path / "a", free_ports=True)
    with pytest.raises(ChildFailed, match="broken on purpose"):
        stack.start()
    noted = tmp_path / "a" / "run" / "pids.json"
    assert not noted.exists()  # released: nobody is left


def test_a_folder_belongs_to_one_stack(tmp_path: Path) -> None:
    first = folder.DataFolder(tmp_path / "a")
    first.acquire()
    with pytest.raises(folder.FolderInUse, match=str(os.getpid())):
        folder.DataFolder(tmp_path / "a").acquire()
    first.release()
    folder.DataFolder(tmp_path / "a").acquire()


def test_a_taken_port_is_named_with_its_holder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr("scoreline.local.stack.DEFAULT_PORTS", {"pushd": {"http": port}})
        with pytest.raises(PortUnavailable, match=rf"port {port} of pushd is taken by .*pid {os.getpid()}"):
            Stack(tmp_path / "a", services=["pushd"]).start()


def test_a_second_start_hears_of_the_first_and_not_of_its_ports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = folder.DataFolder(tmp_path / "a")
    first.acquire()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(
            "scoreline.local.stack.DEFAULT_PORTS", {"pushd": {"http": taken.getsockname()[1]}}
        )
        with pytest.raises(folder.FolderInUse, match=str(os.getpid())):
            Stack(tmp_path / "a", services=["pushd"]).start()
    first.release()


def test_a_start_that_finds_its_port_taken_leaves_the_folder_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(
            "scoreline.local.stack.DEFAULT_PORTS", {"pushd": {"http": taken.getsockname()[1]}}
        )
        with pytest.raises(PortUnavailable):
            Stack(tmp_path / "a", services=["pushd"]).start()
    folder.DataFolder(tmp_path / "a").acquire()


def test_a_child_that_ignores_its_stop_signal_is_killed(tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    child = Child("deaf", [sys.executable, "-c", deaf], tmp_path / "deaf.log", stop_wait_s=0.2)
    child.start()
    assert eventually(lambda: "deaf" in (tmp_path / "deaf.log").read_text())
    assert child.stop() is False
    assert not child.alive


def test_notes_of_processes_that_are_gone_do_not_hurt(tmp_path: Path) -> None:
    """A pid that belongs to somebody else by now must never be killed."""
    held = folder.DataFolder(tmp_path / "a")
    held.run.mkdir(parents=True)
    (held.run / "pids.json").write_text(json.dumps({str(os.getpid()): "1", "999999": "5"}))
    held.acquire()
    held.release()
