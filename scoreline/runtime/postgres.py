"""A PostgreSQL pool that opens when it can: a service starts, and serves, with the database down."""

import asyncio
from contextlib import AbstractAsyncContextManager

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

Connection = AsyncConnection[TupleRow]


class PostgresPool:
    """Connections to one database."""

    def __init__(self, url: str, *, max_size: int = 8, wait_s: float = 3.0) -> None:
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=max_size,
            timeout=wait_s,
            open=False,
            # Reconnects for ever with backoff: the pool must survive a database that is away for an hour.
            reconnect_timeout=float("inf"),
            check=AsyncConnectionPool.check_connection,
            kwargs={
                "connect_timeout": 3,
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 3,
            },
        )

    async def open(self) -> None:
        """Begin to connect in the background; returns at once, also when the database is down."""
        await self._pool.open(wait=False)

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """Lend a connection inside a transaction; raises `psycopg_pool.PoolTimeout` when none can be had."""
        return self._pool.connection()

    async def check(self) -> str | None:
        """Answer the readiness question."""
        try:
            async with self._pool.connection(timeout=1.5) as connection:
                await connection.execute("SELECT 1")
        except PoolTimeout:
            return "PostgreSQL does not answer"
        except psycopg.Error as error:
            return f"PostgreSQL: {str(error).splitlines()[0]}"
        return None

    async def close(self) -> None:
        """Return all connections."""
        async with asyncio.timeout(3):
            await self._pool.close(timeout=2)
