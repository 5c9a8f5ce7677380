"""Whatever dies between the registration and its publication, the stream CATALOG ends with the catalog."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from nats.js.errors import NotFoundError

from scoreline.runtime.jetstream import NatsLink
from scoreline.runtime.postgres import PostgresPool
from scoreline.runtime.streams import configs, ensure_streams
from scoreline.v1.catalog_service_pb2 import ImportCatalogRequest
from scoreline.v1.game_pb2 import Game
from scoreline.wire import names
from stated.catalog import PostgresCatalog
from stated.catalog_outbox import CatalogOutbox
from stated.migrate import Schema
from stated.publisher import JetStreamPublisher
from tests.support import small_match


class Registry:
    def __init__(self, link: NatsLink, pool: PostgresPool, schema: Schema) -> None:
        async def ensure() -> None:
            await ensure_streams(link.js, configs())

        self.link, self.ensure = link, ensure
        self.catalog = PostgresCatalog(pool, schema)
        self.outbox = CatalogOutbox(self.catalog, JetStreamPublisher(link, ensure), link, schema)

    async def register(self, *game_ids: str, **other: str) -> None:
        games = [small_match.game(game_id, topic=0, **other) for game_id in game_ids]
        await self.catalog.import_catalog(ImportCatalogRequest(games=games))

    async def published(self, game_id: str) -> Game | None:
        try:
            found = await self.link.js.get_last_msg(names.CATALOG_STREAM, names.catalog_subject(game_id))
        except NotFoundError:
            return None
        return Game.FromString(found.data or b"")

    async def until_published(self, *game_ids: str) -> None:
        async with asyncio.timeout(10):
            while not all([await self.published(game_id) for game_id in game_ids]):
                await asyncio.sleep(0.02)


@pytest.fixture
async def registry(link: NatsLink, database: str) -> AsyncIterator[Registry]:
    pool, schema = PostgresPool(database), Schema(database)
    await pool.open()
    await schema.bring_up()
    yield Registry(link, pool, schema)
    await pool.close()


async def test_registration_that_died_before_its_publication_is_published_at_the_next_start(
    registry: Registry,
) -> None:
    """Given a game that was registered and not published, when a process starts, then it is published."""
    await registry.register("g1")
    assert await registry.published("g1") is None

    repair = asyncio.create_task(registry.outbox.run(60))
    await registry.until_published("g1")
    repair.cancel()

    assert (await registry.published("g1") or Game()).topic == 1
    assert await registry.outbox.flush() == 0, "nothing is owed any more"


async def test_stream_that_was_lost_is_filled_again(registry: Registry) -> None:
    """Given a stream that lost its games, when the outbox looks, then all of them are back."""
    await registry.register("g1", "g2", "g3")
    assert await registry.outbox.flush() == 3
    await registry.link.js.purge_stream(names.CATALOG_STREAM)

    repair = asyncio.create_task(registry.outbox.run(60))
    await registry.until_published("g1", "g2", "g3")
    repair.cancel()


async def test_changed_game_replaces_its_entry_and_unchanged_ones_are_left_alone(registry: Registry) -> None:
    await registry.register("g1", "g2")
    await registry.outbox.flush()

    await registry.register("g1", "g2")
    assert await registry.outbox.flush() == 0
    await registry.register("g1", venue="Kazan")
    assert await registry.outbox.flush() == 1

    assert (await registry.published("g1") or Game()).venue == "Kazan"
    assert (await registry.published("g1") or Game()).topic == 1


async def test_failed_import_leaves_nothing(registry: Registry, database: str) -> None:
    """Given a request whose last part the database refuses, when it fails, then no part of it is there."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER TABLE external_game ADD CHECK (external_game_id <> 'ext-g2')")

    with pytest.raises(psycopg.errors.CheckViolation):
        await registry.register("g1", "g2")

    with psycopg.connect(database) as connection:
        for table in ("game", "team", "player", "external_game"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


async def test_imports_at_the_same_time_agree_on_the_numbers(registry: Registry) -> None:
    """Given ten imports of the same new game at once, when all are done, then one number was allotted."""
    await asyncio.gather(*(registry.register("g1", f"own-{n}") for n in range(10)))

    games = [await registry.catalog.game(game_id) for game_id in ("g1", *(f"own-{n}" for n in range(10)))]
    topics = [game.topic for game in games if game is not None]
    assert len(set(topics)) == 11
