"""`scoreline watch` as a person or a pipe starts it."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import sys
from asyncio.subprocess import PIPE, Process

import pytest

from scoreline.v1.state_pb2 import ScoreState
from tests.integration.client.gateway import Gateway

RUN = "import typer; from scoreline.cli.watch import command; typer.run(command)"
FINAL = "france-argentina"


async def watch(*arguments: str, stdout: int = PIPE, **environment: str) -> Process:
    environ = {**os.environ, "SCORELINE_DATA_DIR": "/nonexistent", **environment}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, *arguments, stdout=stdout, stderr=PIPE, env=environ
    )


async def line_of(process: Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(20):
        return (await process.stdout.readline()).decode()


async def test_once_prints_the_state_and_exits(gateway: Gateway) -> None:
    await gateway.publish(FINAL, ScoreState(score={"home": 4, "away": 3}))
    process = await watch(FINAL, "bulls-heat", "--once", "--json", SCORELINE_PUSH=gateway.url)
    printed, errors = await process.communicate()
    states = {state["game_id"]: state for state in map(json.loads, printed.splitlines())}
    assert (states[FINAL]["home_score"], states[FINAL]["away_score"], states[FINAL]["version"]) == (4, 3, 2)
    assert set(states) == {FINAL, "bulls-heat"}
    assert (process.returncode, errors) == (0, b"")


async def test_pipe_gets_one_line_per_update_until_interrupted(gateway: Gateway) -> None:
    process = await watch(FINAL, "--url", gateway.url)
    assert await line_of(process) == "france-argentina 0 - 0  scheduled\n"
    await gateway.publish(FINAL, ScoreState(status=2, score={"home": 1}, key_events={1: {"kind": 1}}))
    assert await line_of(process) == "france-argentina 1 - 0  live  goal\n"
    process.send_signal(signal.SIGINT)
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")


async def test_terminal_gets_a_picture_that_changes(gateway: Gateway) -> None:
    reader, writer = pty.openpty()
    process = await watch(FINAL, "--url", gateway.url, stdout=writer, TERM="xterm", COLUMNS="80")
    os.close(writer)
    seen = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    loop.add_reader(reader, lambda: seen.feed_data(os.read(reader, 65536)))
    try:
        async with asyncio.timeout(20):
            await seen.readuntil(b"live")
            await gateway.publish(FINAL, ScoreState(score={"home": 3, "away": 2}))
            await seen.readuntil(b"3 - 2")
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()
        loop.remove_reader(reader)
        os.close(reader)
    assert process.returncode == 0


async def test_unknown_game_is_told_and_exits_with_an_error(gateway: Gateway) -> None:
    process = await watch("no-such-game", "--url", gateway.url)
    printed, errors = await process.communicate()
    assert (process.returncode, printed) == (1, b"")
    assert errors.startswith(b"no-such-game: UNKNOWN_TOPIC")


async def test_nobody_at_the_address_is_told(gateway: Gateway) -> None:
    await gateway.stop()
    process = await watch(FINAL, "--url", gateway.url, "--once", "--wait", "0.5")
    _, errors = await process.communicate()
    await gateway.start()
    assert process.returncode == 1
    assert b"No Scoreline found at " + gateway.url.encode() in errors


async def test_following_says_once_that_nobody_is_at_the_address_and_goes_on_trying(gateway: Gateway) -> None:
    await gateway.publish(FINAL, ScoreState(score={"home": 4, "away": 3}))
    await gateway.stop()
    process = await watch(FINAL, "--url", gateway.url, "--json")
    assert process.stderr is not None
    async with asyncio.timeout(20):
        told = await process.stderr.readline()
    assert b"No Scoreline found at " + gateway.url.encode() in told
    await gateway.start()
    assert json.loads(await line_of(process))["home_score"] == 4
    process.send_signal(signal.SIGINT)
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")


async def test_without_a_game_and_without_a_server_the_command_ends_and_says_so() -> None:
    process = await watch("--url", "http://127.0.0.1:1")
    printed, errors = await process.communicate()
    assert (process.returncode, printed) == (1, b"")
    assert b"No Scoreline found at http://127.0.0.1:1" in errors


@pytest.mark.parametrize("url", ["ftp://example", "ws://"])
async def test_address_that_is_none_is_told(url: str) -> None:
    process = await watch(FINAL, "--url", url)
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert b"is no address such as" in errors
    assert b"Traceback" not in errors
