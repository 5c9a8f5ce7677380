"""Bring the database to the schema that this release expects, by itself, once among all replicas."""

from __future__ import annotations

import asyncio
from importlib.resources import files

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from scoreline.runtime import logs

log = logs.get(__name__)

#: Any number, the same in all replicas: who holds it migrates, the others wait and find nothing to do.
_LOCK = 0x5C0_7E11_4E
_RETRY_S = (0.5, 1.0, 2.0, 5.0)


class Schema:
    """Whether the database has the schema yet."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ready = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether the tables are there."""
        return self._ready.is_set()

    async def wait(self) -> None:
        """Return once the tables are there."""
        await self._ready.wait()

    async def bring_up(self) -> None:
        """Migrate, trying until the database answers; everything that is live goes on meanwhile."""
        attempt = 0
        while True:
            try:
                # In a thread: alembic is synchronous, and the advisory lock may take a while.
                await asyncio.to_thread(upgrade, self._url)
            except (SQLAlchemyError, psycopg.Error, OSError) as error:
                if attempt == 0:
                    log.warning("schema.awaited", reason=str(error).splitlines()[0])
                await asyncio.sleep(_RETRY_S[min(attempt, len(_RETRY_S) - 1)])
                attempt += 1
            else:
                self._ready.set()
                log.info("schema.ready")
                return


def upgrade(url: str) -> None:
    """Apply the steps that the database lacks."""
    # Connected by psycopg itself, which understands every URL that PostgreSQL does.
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url, connect_timeout=3), poolclass=NullPool
    )
    config = Config()
    config.set_main_option("script_location", str(files("stated").joinpath("migrations")))
    with engine.connect() as connection:
        # For the transaction: it is given back however the transaction ends.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
