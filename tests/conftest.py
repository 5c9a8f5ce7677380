"""Real servers for the tests: NATS, Redis and PostgreSQL on free ports, one of each for the whole run.

A machine without them skips what needs them; with CI set, their absence is a failure.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scoreline.local import servers
from scoreline.local.children import ChildFailed
from scoreline.local.identity import CannotReach
from scoreline.local.stack import Stack
from tests.support.running import Running


def _serve(start: Callable[[Path, Path], servers.Server], data: Path) -> Iterator[str]:
    try:
        server = start(data, data / "logs")
    except (servers.MissingBinary, ChildFailed, CannotReach, OSError) as error:
        if os.environ.get("CI"):
            pytest.fail(f"a server that CI requires is missing: {error}")
        pytest.skip(f"no server: {error}")
    yield server.url
    server.child.stop()


@pytest.fixture
def start_stack(tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """A factory of whole stacks on free ports, each stopped at the end of the test.

    `start_stack()` starts one on the test's folder; keyword arguments are those of `Stack`.
    """
    started: list[Stack] = []

    def start(name: str = "stack", **options: Any) -> Stack:
        stack = Stack(tmp_path / name, free_ports=True, **options)
        try:
            stack.start()
        except (servers.MissingBinary, CannotReach) as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no stack: {error}")
        started.append(stack)
        return stack

    yield start
    for stack in reversed(started):
        stack.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One whole stack on free ports for all tests of a module, with its command line."""
    stack = Stack(tmp_path_factory.mktemp("stack"), free_ports=True)
    try:
        stack.start()
    except (servers.MissingBinary, CannotReach) as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no stack: {error}")
    yield Running(stack)
    stack.stop()


@pytest.fixture(scope="session")
def server_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the data of this run's servers."""
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def nats_url(server_data: Path) -> Iterator[str]:
    """A real NATS server with JetStream."""
    yield from _serve(servers.start_nats, server_data)


@pytest.fixture(scope="session")
def redis_url(server_data: Path) -> Iterator[str]:
    """A real Redis server."""
    yield from _serve(servers.start_redis, server_data)


@pytest.fixture(scope="session")
def postgres_url(server_data: Path) -> Iterator[str]:
    """A real PostgreSQL server with an empty database called `scoreline`."""
    yield from _serve(servers.start_postgres, server_data)
