"""Every event of the log, for ever, in PostgreSQL [B8].

Lags behind when the database is away and catches up from the log: acked only after the commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

import psycopg
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from scoreline.runtime import logs
from scoreline.runtime.postgres import PostgresPool
from stated import metrics
from stated.consumer import Deliveries
from stated.core.steps import LoggedEvent
from stated.event_log import NotAnEvent, logged_event
from stated.migrate import Schema

log = logs.get(__name__)

_BACKOFF_S = (0.1, 0.5, 1.0, 2.0)

# Binary (`%b`): as text, every value of an array is searched for what must be escaped, half of the time.
_INSERT = """
    INSERT INTO archived_event (game_id, identity, log_sequence, received_us, provider_id, event_id,
                                action, detail, player_id, season, body)
    SELECT * FROM unnest(%b::text[], %b::text[], %b::bigint[], %b::bigint[], %b::text[], %b::text[],
                         %b::smallint[], %b::text[], %b::text[], %b::text[], %b::bytea[])
    ON CONFLICT DO NOTHING
"""
_SELECT = """
    SELECT log_sequence, body FROM archived_event
    WHERE game_id = %s AND log_sequence > %s ORDER BY log_sequence LIMIT %s
"""

SeasonOf = Callable[[str], str]
"""Gives the season of a game, empty when it is not known."""


class ArchivedRow(NamedTuple):
    """An event as the archive holds it."""

    log_sequence: int
    body: bytes


class ArchiveUnavailable(Exception):
    """The database does not answer; trying again helps."""


class PostgresArchive:
    """The archive's table."""

    def __init__(self, pool: PostgresPool, schema: Schema) -> None:
        self._pool, self._schema = pool, schema

    async def add(self, events: Sequence[LoggedEvent], season_of: SeasonOf) -> None:
        """Store events in one transaction; those stored before stay as they are."""
        rows = [_row(logged, season_of(logged.event.game_id)) for logged in events]
        await self._schema.wait()
        try:
            async with self._pool.connection() as connection:
                await connection.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])
        except psycopg.DataError:
            raise  # one of the events is to blame
        except (psycopg.Error, OSError) as error:
            # Also a full disk or a standby that takes no writes: all of them pass, and the log waits.
            raise ArchiveUnavailable(_reason(error)) from error

    async def since(self, game_id: str, log_sequence: int, limit: int) -> list[ArchivedRow]:
        """Return a game's events behind a number of the log, oldest first."""
        if not self._schema.ready:
            raise ArchiveUnavailable("the schema is not there yet")
        try:
            async with self._pool.connection() as connection:
                # A number beyond 2^63 - 1 is behind every event.
                cursor = await connection.execute(_SELECT, [game_id, min(log_sequence, 2**63 - 1), limit])
                return [ArchivedRow(number, bytes(body)) for number, body in await cursor.fetchall()]
        except (psycopg.Error, OSError) as error:
            raise ArchiveUnavailable(_reason(error)) from error


class Archivist:
    """Moves the log into the archive."""

    def __init__(self, deliveries: Deliveries, archive: PostgresArchive, season_of: SeasonOf) -> None:
        self._deliveries, self._archive, self._season_of = deliveries, archive, season_of

    async def run(self) -> None:
        """Archive until cancelled."""
        async for messages in self._deliveries.batches():
            events = [logged for message in messages if (logged := await _read(message)) is not None]
            if events:
                await self._store(events)
            # Behind the commit: if we die before the ack, the events come again and conflict with themselves.
            for message in messages:
                if not message.is_acked:
                    await _ack(message)

    async def _store(self, events: list[LoggedEvent]) -> None:
        attempt = 0
        while True:
            try:
                await self._archive.add(events, self._season_of)
            except ArchiveUnavailable as error:
                if attempt == 0:
                    log.warning("archive.stalled", reason=str(error))
                metrics.retries.labels("postgres").inc()
                await asyncio.sleep(_BACKOFF_S[min(attempt, len(_BACKOFF_S) - 1)])
                attempt += 1
            except psycopg.DataError as error:
                await self._store_halves(events, error)
                return
            else:
                if attempt:
                    log.info("archive.resumed", attempts=attempt)
                metrics.events_archived.inc(len(events))
                return

    async def _store_halves(self, events: list[LoggedEvent], error: psycopg.DataError) -> None:
        """Find the one event that the table can't hold, so that it does not block the others."""
        if len(events) == 1:
            log.error(
                "event.not_archived",
                game_id=events[0].event.game_id,
                event_id=events[0].event.event_id,
                log_sequence=events[0].log_sequence,
                reason=_reason(error),
            )
            return
        middle = len(events) // 2
        await self._store(events[:middle])
        await self._store(events[middle:])


def _row(logged: LoggedEvent, season: str) -> tuple[object, ...]:
    event = logged.event
    return (
        *(event.game_id, logged.identity, logged.log_sequence, logged.received_us),
        *(event.provider_id, event.event_id, event.action, event.WhichOneof("detail") or ""),
        *(event.player_id, season, event.SerializeToString()),
    )


async def _read(message: Msg) -> LoggedEvent | None:
    sequence = message.metadata.sequence.stream
    try:
        return logged_event(sequence, message.subject, message.data)
    except NotAnEvent as error:
        log.error("event.unreadable", log_sequence=sequence, subject=message.subject, reason=str(error))
        await message.term()
        return None


async def _ack(message: Msg) -> None:
    try:
        await message.ack()
    except NatsError as error:
        # A lost ack only means that the event comes again.
        log.info("ack.lost", reason=_reason(error))


def _reason(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
