from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.integration.client.gateway import Gateway


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """A gateway with two games on a free port."""
    gateway = Gateway("france-argentina", "bulls-heat")
    await gateway.start()
    yield gateway
    await gateway.stop()
