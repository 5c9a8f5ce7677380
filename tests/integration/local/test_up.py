"""`scoreline up` and `scoreline doctor` as a person runs them, with stand-ins for the services."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMANDS = """
import typer
from scoreline.cli import doctor, up
app = typer.Typer()
app.command("up")(up.command)
app.command("doctor")(doctor.command)
app()
"""
STAND_IN = """
import json, os, pathlib, socket, threading
from aiohttp import web
from scoreline.runtime.health import Health, add_routes
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


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    for name in ("ingestd", "stated", "pushd"):
        package = tmp_path / "stand_ins" / name
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(STAND_IN.format(name=name))
    return {**os.environ, "PYTHONPATH": str(tmp_path / "stand_ins")}


def run(environ: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", COMMANDS, *arguments]
    return subprocess.Popen(
        argv, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0
    )


def read_until(process: subprocess.Popen[str], pattern: str) -> str:
    assert process.stdout is not None
    output = ""
    while line := process.stdout.readline():
        output += line
        if re.search(pattern, line):
            return output
    raise AssertionError(output)


def alive(pids: list[int]) -> list[int]:
    def runs(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
        except OSError:
            return False

    return [pid for pid in pids if runs(pid)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_stops_everything_and_leaves_nothing(
    tmp_path: Path, environ: dict[str, str], number: signal.Signals
) -> None:
    """Given a running stack that the doctor finds healthy, when it is interrupted, then nothing is left."""
    data = tmp_path / "data"
    up = run(environ, "up", "--no-demo", "--ports", "free", "--data", str(data))
    assert "Scoreboard: http://127.0.0.1:" in read_until(up, "Ctrl-C stops everything")
    pids = [int(pid) for pid in json.loads((data / "run" / "pids.json").read_text())]
    assert len(alive(pids)) == 6
    doctor = run(environ, "doctor", "--json", "--data", str(data))
    told = json.loads(doctor.communicate(timeout=30)[0])
    assert told["ok"] is True, told
    assert {"nats", "redis", "postgres", "ingestd", "stated", "pushd"} <= {
        check["name"] for check in told["checks"]
    }
    up.send_signal(number)
    rest, _ = up.communicate(timeout=30)
    assert "everything stopped" in rest
    assert up.returncode == 0
    assert alive(pids) == []


def test_closing_the_terminal_stops_everything_in_order(tmp_path: Path, environ: dict[str, str]) -> None:
    """Given a stack in a terminal, when its window is closed, then it stops as after Ctrl-C."""
    data = tmp_path / "data"
    reader, writer = pty.openpty()
    up = subprocess.Popen(
        [sys.executable, "-c", COMMANDS, "up", "--no-demo", "--ports", "free", "--data", str(data)],
        env={**environ, "TERM": "xterm"},
        stdin=writer,
        stdout=writer,
        stderr=writer,
        process_group=0,
    )
    os.close(writer)
    seen = b""
    while b"Ctrl-C stops everything" not in seen:
        seen += os.read(reader, 65536)
    pids = [int(pid) for pid in json.loads((data / "run" / "pids.json").read_text())]
    os.close(reader)
    up.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 20
    while len(alive(pids)) == 6 and time.monotonic() < deadline:
        time.sleep(0.002)
    # The shell and the kernel both tell it; here the second time comes in the midst of the stopping.
    up.send_signal(signal.SIGHUP)
    assert up.wait(30) == 0
    assert alive(pids) == []
    assert "database system is shut down" in (data / "logs" / "postgres.log").read_text()
    assert not (data / "run" / "pids.json").exists()


def test_an_interrupt_during_the_start_leaves_nothing(tmp_path: Path, environ: dict[str, str]) -> None:
    data = tmp_path / "data"
    up = run(environ, "up", "--no-demo", "--ports", "free", "--data", str(data))
    read_until(up, "starting postgres")
    pids = [int(pid) for pid in json.loads((data / "run" / "pids.json").read_text())]
    up.send_signal(signal.SIGINT)
    up.communicate(timeout=30)
    deadline = time.monotonic() + 5
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert alive(pids) == []


def test_a_second_stack_on_the_folder_is_refused_in_one_sentence(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    data = tmp_path / "data"
    first = run(environ, "up", "--no-demo", "--ports", "free", "--data", str(data))
    read_until(first, "Ctrl-C stops everything")
    second = run(environ, "up", "--no-demo", "--ports", "free", "--data", str(data))
    output, _ = second.communicate(timeout=30)
    assert second.returncode == 2
    assert "another stack" in output
    assert "Traceback" not in output
    assert first.poll() is None
    first.terminate()
    first.communicate(timeout=30)


def test_the_doctor_names_what_is_broken_and_how_to_fix_it(tmp_path: Path, environ: dict[str, str]) -> None:
    closed = tmp_path / "file"
    closed.touch()
    doctor = run(environ, "doctor", "--json", "--data", str(closed / "data"))
    output, _ = doctor.communicate(timeout=30)
    assert doctor.returncode == 1
    wrong = [check for check in json.loads(output)["checks"] if not check["ok"]]
    assert any(check["name"] == "data folder" and check["fix"] for check in wrong)
