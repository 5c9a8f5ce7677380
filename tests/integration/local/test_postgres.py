import asyncio
from pathlib import Path

import pytest
from psycopg_pool import PoolTimeout

from scoreline.local import servers
from scoreline.runtime.postgres import PostgresPool


async def test_a_pool_serves_and_its_check_is_silent(postgres_url: str) -> None:
    pool = PostgresPool(postgres_url)
    await pool.open()
    async with pool.connection() as connection:
        row = await (await connection.execute("SELECT current_database()")).fetchone()
    assert row == ("scoreline",)
    assert await pool.check() is None
    await pool.close()


async def test_a_pool_opens_with_the_database_down_and_heals_when_it_comes(tmp_path: Path) -> None:
    """Given a database that is killed, when it is back, then the same pool serves again [E4]."""
    server = servers.start_postgres(tmp_path, tmp_path / "logs")
    server.child.kill()
    pool = PostgresPool(server.url, wait_s=0.2)
    await pool.open()
    with pytest.raises(PoolTimeout):
        async with pool.connection():
            pass
    assert await pool.check() is not None
    server.restart()
    async with asyncio.timeout(20):
        while await pool.check() is not None:
            await asyncio.sleep(0.05)
    await pool.close()
    server.child.stop()
