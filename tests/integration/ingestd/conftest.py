"""One real ingestd for the tests of this folder."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.integration.ingestd.running import Ingestd, launch, register_games


@pytest.fixture(scope="session")
def ingestd(nats_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingestd]:
    """One ingestd for all tests that do not stop it or its server."""
    asyncio.run(register_games(nats_url))
    running = launch(nats_url, tmp_path_factory.mktemp("ingestd"))
    yield running
    assert running.stop() == 0
