"""A whole process: started, signalled and watched from outside, as an operator would."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import asyncio, sys
from pydantic_settings import SettingsConfigDict
from scoreline.runtime import lifecycle
from scoreline.runtime.settings import Port, ServiceSettings

class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="DEMO_")
    http_port: Port = 0
    mode: str = "fine"

async def start(settings, life):
    async def step(name):
        print("stopped", name, flush=True)
        if settings.mode == "hanging" and name == "second":
            await asyncio.Event().wait()
    if settings.mode == "slow":
        print("starting", flush=True)
        await asyncio.Event().wait()
    life.on_stop("first", lambda: step("first"))
    life.on_stop("second", lambda: step("second"))
    listener = lifecycle.listen("127.0.0.1", settings.http_port, "DEMO_HTTP_PORT")
    async def die():
        raise RuntimeError("task broke")
    if settings.mode == "dying":
        life.spawn("heart", die())
    await life.ready({"http": listener.getsockname()[1]})
    print("ready", flush=True)

sys.exit(lifecycle.run("demo", Settings, start))
"""


def launch(**environ: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout is not None
    while (got := process.stdout.readline()) and got.strip() != line:
        pass
    assert got, process.communicate()[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_in_reverse_order_with_exit_code_0(number: signal.Signals, tmp_path: Path) -> None:
    ready_file = tmp_path / "deep" / "ready.json"
    process = launch(DEMO_READY_FILE=str(ready_file))
    until(process, "ready")
    assert json.loads(ready_file.read_text())["ports"]["http"] > 0
    process.send_signal(number)
    rest, _ = process.communicate(timeout=10)
    assert [line for line in rest.splitlines() if line.startswith("stopped")] == [
        "stopped second",
        "stopped first",
    ]
    assert process.returncode == 0


def test_a_step_that_hangs_costs_its_deadline_and_no_more() -> None:
    process = launch(DEMO_MODE="hanging", DEMO_STOP_DEADLINE_S="0.2")
    until(process, "ready")
    process.terminate()
    rest, _ = process.communicate(timeout=10)
    assert "service.stop_step_late" in rest
    assert process.returncode == 0


def test_a_signal_during_a_slow_start_is_obeyed() -> None:
    process = launch(DEMO_MODE="slow")
    until(process, "starting")
    process.terminate()
    process.communicate(timeout=10)
    assert process.returncode == 0


def test_the_death_of_an_essential_task_ends_the_process_with_exit_code_1() -> None:
    process = launch(DEMO_MODE="dying")
    output, _ = process.communicate(timeout=10)
    assert "task.died" in output
    assert "task broke" in output
    assert process.returncode == 1


def test_bad_settings_are_listed_on_stderr_with_exit_code_2() -> None:
    process = launch(DEMO_HTTP_PORT="many", DEMO_NATS_URL="x", DEMO_TYPO="1")
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert len(errors.splitlines()) == 4
    assert "Traceback" not in errors


def test_a_taken_port_is_one_line_on_stderr_with_exit_code_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = launch(DEMO_HTTP_PORT=str(port))
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert len(errors.splitlines()) == 1
    assert f"port {port}" in errors
    assert "DEMO_HTTP_PORT" in errors
