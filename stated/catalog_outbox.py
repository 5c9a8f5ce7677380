"""Publish what was registered: the database says which games the stream CATALOG lacks.

A crash between the transaction and the publication, or a stream that was lost, is repaired
by whoever looks next; every replica looks at start and then periodically.
"""

from __future__ import annotations

import asyncio

from nats.errors import Error as NatsError

from scoreline.runtime import logs
from scoreline.runtime.jetstream import NatsLink
from scoreline.v1.game_pb2 import Game
from scoreline.wire import names
from scoreline.wire.names import Header
from scoreline.wire.reasons import ScorelineError
from stated.catalog import PostgresCatalog
from stated.migrate import Schema
from stated.publisher import Publication, Publisher

log = logs.get(__name__)

_BATCH = 200
#: While NATS is away the publication waits, but not for ever with rows locked.
_REPAIR_WAIT_S = 30.0
_OWED = """
    SELECT game_id, topic, revision, body FROM game
    WHERE published_revision < revision ORDER BY game_id LIMIT %s FOR UPDATE
"""
_PAID = """
    UPDATE game SET published_revision = paid.revision
    FROM unnest(%s::text[], %s::bigint[]) AS paid (game_id, revision)
    WHERE game.game_id = paid.game_id
"""


class CatalogOutbox:
    """Brings the stream up to the tables."""

    def __init__(
        self, catalog: PostgresCatalog, publisher: Publisher, link: NatsLink, schema: Schema
    ) -> None:
        self._catalog, self._publisher, self._link, self._schema = catalog, publisher, link, schema
        self._turn = asyncio.Lock()

    async def flush(self) -> int:
        """Publish everything that is owed and return how many games that were; returns after the acks."""
        total = 0
        async with self._turn:
            while count := await self._flush_batch():
                total += count
        return total

    async def run(self, every_s: float) -> None:
        """Repair at start and then every `every_s`, until cancelled."""
        await self._schema.wait()
        while True:
            try:
                async with asyncio.timeout(_REPAIR_WAIT_S):
                    await self._owe_all_if_stream_was_lost()
                    count = await self.flush()
                if count:
                    log.info("catalog.published_late", games=count)
            except (ScorelineError, NatsError, TimeoutError, OSError) as error:
                log.warning("catalog.repair_failed", reason=str(error) or type(error).__name__)
            await asyncio.sleep(every_s)

    async def _flush_batch(self) -> int:
        # The rows stay locked until the stream has them, so that no replica publishes an older entry
        # after a newer one.
        async with self._catalog.connection() as connection:
            rows = await (await connection.execute(_OWED, [_BATCH])).fetchall()
            if not rows:
                return 0
            await self._publisher.publish([_publication(*row) for row in rows])
            await connection.execute(_PAID, [[row[0] for row in rows], [row[2] for row in rows]])
            return len(rows)

    async def _owe_all_if_stream_was_lost(self) -> None:
        held = (await self._link.js.stream_info(names.CATALOG_STREAM)).state.messages
        async with self._catalog.connection() as connection:
            row = await (
                await connection.execute("SELECT count(*) FROM game WHERE published_revision > 0")
            ).fetchone()
            assert row is not None  # count(*) always gives a row
            if row[0] > held:
                log.warning("catalog.stream_lost", games=row[0], held=held)
                await connection.execute("UPDATE game SET revision = revision + 1")


def _publication(game_id: str, topic: int, revision: int, body: bytes) -> Publication:
    game = Game.FromString(bytes(body))
    game.topic = topic
    headers = {Header.MESSAGE_ID.value: f"catalog:{game_id}:{revision}"}
    return Publication(names.catalog_subject(game_id), game.SerializeToString(), headers)
