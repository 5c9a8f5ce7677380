"""The catalog in PostgreSQL: who plays whom, under which topic number, and what providers call it [B10].

Values go to the database as parameters only, never as text of a statement.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import psycopg

from scoreline.runtime.postgres import Connection, PostgresPool
from scoreline.v1.catalog_service_pb2 import GameFilter, ImportCatalogRequest
from scoreline.v1.game_pb2 import Competition, Game, Player, Team
from stated.catalog_rules import check_import, settle
from stated.migrate import Schema
from stated.refusals import contradiction, unavailable

#: Imports come one after another: they are rare, and two of them can't then contradict each other.
_IMPORT_LOCK = 0x5C0_7E11_4F

_UPSERT_COMPETITION = """
    INSERT INTO competition AS old VALUES (%s, %s, %s, %s)
    ON CONFLICT (competition_id) DO UPDATE
    SET name = excluded.name, sport = excluded.sport, country = excluded.country
    WHERE old IS DISTINCT FROM excluded
"""
_UPSERT_TEAM = """
    INSERT INTO team AS old VALUES (%s, %s, %s)
    ON CONFLICT (team_id) DO UPDATE SET name = excluded.name, short_name = excluded.short_name
    WHERE old IS DISTINCT FROM excluded
"""
# A roster knows the side for which a player plays a game, not the club that he belongs to.
_UPSERT_PLAYER = """
    INSERT INTO player AS old VALUES (%s, %s, %s)
    ON CONFLICT (player_id) DO UPDATE
    SET name = excluded.name,
        team_id = CASE WHEN excluded.team_id = '' THEN old.team_id ELSE excluded.team_id END
    WHERE old.name <> excluded.name OR (excluded.team_id <> '' AND old.team_id <> excluded.team_id)
"""
_KNOWN_GAMES = "SELECT topic, body FROM game WHERE game_id = ANY(%s)"
_UPSERT_GAME = """
    INSERT INTO game AS old (game_id, sport, competition_id, season, scheduled_us,
                             home_team_id, away_team_id, body)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (game_id) DO UPDATE
    SET competition_id = excluded.competition_id, season = excluded.season,
        scheduled_us = excluded.scheduled_us,
        home_team_id = excluded.home_team_id, away_team_id = excluded.away_team_id, body = excluded.body,
        revision = old.revision + 1
"""
_EXTERNAL_HOLDERS = """
    SELECT asked.provider_id, asked.external_game_id, held.game_id
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS asked (provider_id, external_game_id, game_id)
    JOIN external_game AS held USING (provider_id, external_game_id)
    WHERE held.game_id <> asked.game_id
"""
_LIST_GAMES = """
    SELECT topic, body FROM game
    WHERE (scheduled_us, game_id) > (%(time)s, %(id)s)
      AND (%(sport)s = 0 OR sport = %(sport)s)
      AND (%(competition)s = '' OR competition_id = %(competition)s)
      AND (%(season)s = '' OR season = %(season)s)
      AND (%(team)s = '' OR home_team_id = %(team)s OR away_team_id = %(team)s)
      AND (%(from)s::bigint IS NULL OR scheduled_us >= %(from)s)
      AND (%(until)s::bigint IS NULL OR scheduled_us < %(until)s)
    ORDER BY scheduled_us, game_id LIMIT %(limit)s
"""


class Imported(NamedTuple):
    """What an import left."""

    games: list[Game]
    changed: int
    """Games that are other than before."""


class PostgresCatalog:
    """The catalog's tables; raises `ScorelineError` UNAVAILABLE when the database is away."""

    def __init__(self, pool: PostgresPool, schema: Schema) -> None:
        self._pool, self._schema = pool, schema

    async def import_catalog(self, request: ImportCatalogRequest) -> Imported:
        """Register everything in one transaction; the same again changes nothing."""
        check_import(request)
        async with self.connection() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORT_LOCK])
            # Competitions first: the games that are settled next carry their names.
            await _many(connection, _UPSERT_COMPETITION, map(_competition_row, request.competitions))
            settled, changed = await self._settle_games(connection, request.games)
            await self._check_externals(connection, request.games)
            teams = [*request.teams, *(team for game in request.games for team in (game.home, game.away))]
            await _many(connection, _UPSERT_TEAM, map(_team_row, teams))
            players = [
                *((player.player_id, player.name, player.team_id) for player in request.players),
                *((entry.player_id, entry.name, "") for game in request.games for entry in game.roster),
            ]
            await _many(connection, _UPSERT_PLAYER, players)
            await _many(connection, _UPSERT_GAME, (_game_row(settled[game_id]) for game_id in changed))
            await self._replace_externals(connection, [settled[game_id] for game_id in changed])
            stored = await _games(connection, [game.game_id for game in request.games])
        return Imported([stored[game.game_id] for game in request.games], len(changed))

    async def game(self, game_id: str) -> Game | None:
        """Return a game."""
        async with self.connection() as connection:
            return (await _games(connection, [game_id])).get(game_id)

    async def resolve(self, provider_id: str, external_game_id: str) -> Game | None:
        """Return the game that a provider calls so."""
        async with self.connection() as connection:
            cursor = await connection.execute(
                "SELECT game_id FROM external_game WHERE provider_id = %s AND external_game_id = %s",
                [provider_id, external_game_id],
            )
            row = await cursor.fetchone()
            return (await _games(connection, [row[0]])).get(row[0]) if row else None

    async def games(self, wanted: GameFilter, behind: tuple[int, str], limit: int) -> list[Game]:
        """Return games by filter behind a (scheduled time, id), in that order."""
        values = {
            "time": behind[0],
            "id": behind[1],
            "limit": limit,
            "sport": wanted.sport,
            "competition": wanted.competition_id,
            "season": wanted.season,
            "team": wanted.team_id,
            "from": wanted.scheduled_from.ToMicroseconds() if wanted.HasField("scheduled_from") else None,
            "until": wanted.scheduled_until.ToMicroseconds() if wanted.HasField("scheduled_until") else None,
        }
        async with self.connection() as connection:
            cursor = await connection.execute(_LIST_GAMES, values)
            return [_game(topic, body) for topic, body in await cursor.fetchall()]

    async def competitions(self) -> list[Competition]:
        """Return all competitions by id."""
        async with self.connection() as connection:
            cursor = await connection.execute(
                "SELECT competition_id, name, sport, country FROM competition ORDER BY competition_id"
            )
            return [
                Competition(competition_id=row[0], name=row[1], sport=row[2], country=row[3])
                for row in await cursor.fetchall()
            ]

    async def teams(self, behind: str, limit: int) -> list[Team]:
        """Return teams behind an id, in its order."""
        async with self.connection() as connection:
            cursor = await connection.execute(
                "SELECT team_id, name, short_name FROM team WHERE team_id > %s ORDER BY team_id LIMIT %s",
                [behind, limit],
            )
            return [Team(team_id=row[0], name=row[1], short_name=row[2]) for row in await cursor.fetchall()]

    async def players(self, team_id: str, behind: str, limit: int) -> list[Player]:
        """Return players, of a team or of all, behind an id, in its order."""
        async with self.connection() as connection:
            cursor = await connection.execute(
                "SELECT player_id, name, team_id FROM player WHERE player_id > %s "
                "AND (%s = '' OR team_id = %s) ORDER BY player_id LIMIT %s",
                [behind, team_id, team_id, limit],
            )
            return [Player(player_id=row[0], name=row[1], team_id=row[2]) for row in await cursor.fetchall()]

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection inside a transaction, and say in our words that there is none."""
        if not self._schema.ready:
            raise unavailable("postgres")
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError, OSError) as error:
            raise unavailable("postgres") from error

    async def _settle_games(
        self, connection: Connection, asked: Sequence[Game]
    ) -> tuple[dict[str, Game], list[str]]:
        """Return the games as they are from now on and which of them that changes."""
        known = await _games(connection, [game.game_id for game in asked])
        settled = dict(known)
        for i, game in enumerate(asked):
            settled[game.game_id] = settle(settled.get(game.game_id), game, f"games[{i}]")
        competitions = await _competition_names(connection, [game.competition_id for game in asked])
        for game in settled.values():
            game.competition_name = competitions.get(game.competition_id, "")
        changed = []
        for game_id in dict.fromkeys(game.game_id for game in asked):
            before = known.get(game_id)
            if before is not None:
                settled[game_id].topic = before.topic
            if before != settled[game_id]:
                changed.append(game_id)
        return settled, changed

    async def _check_externals(self, connection: Connection, asked: Sequence[Game]) -> None:
        """Refuse a provider's name that is another game's, within the request or before it."""
        places: dict[tuple[str, str], tuple[str, str]] = {}
        for i, game in enumerate(asked):
            for j, provider in enumerate(game.providers):
                if not provider.external_game_id:
                    continue
                name = (provider.provider_id, provider.external_game_id)
                field = f"games[{i}].providers[{j}].external_game_id"
                holder, _field = places.setdefault(name, (game.game_id, field))
                if holder != game.game_id:
                    raise contradiction(field, f"names the game {holder} already")
        wanted = [(*name, game_id) for name, (game_id, _field) in places.items()]
        columns = [list(column) for column in zip(*wanted, strict=True)] or [[], [], []]
        row = await (await connection.execute(_EXTERNAL_HOLDERS, columns)).fetchone()
        if row is not None:
            raise contradiction(places[row[0], row[1]][1], f"names the game {row[2]} already")

    async def _replace_externals(self, connection: Connection, games: Sequence[Game]) -> None:
        await connection.execute(
            "DELETE FROM external_game WHERE game_id = ANY(%s)", [[game.game_id for game in games]]
        )
        rows = (
            (provider.provider_id, provider.external_game_id, game.game_id)
            for game in games
            for provider in game.providers
            if provider.external_game_id
        )
        await _many(connection, "INSERT INTO external_game VALUES (%s, %s, %s)", rows)


async def _many(connection: Connection, statement: str, rows: Iterable[Sequence[object]]) -> None:
    values = list(rows)
    if values:
        async with connection.cursor() as cursor:
            await cursor.executemany(statement, values)


async def _games(connection: Connection, game_ids: Sequence[str]) -> dict[str, Game]:
    cursor = await connection.execute(_KNOWN_GAMES, [list(game_ids)])
    found = [_game(topic, body) for topic, body in await cursor.fetchall()]
    return {game.game_id: game for game in found}


async def _competition_names(connection: Connection, competition_ids: Sequence[str]) -> dict[str, str]:
    cursor = await connection.execute(
        "SELECT competition_id, name FROM competition WHERE competition_id = ANY(%s)", [list(competition_ids)]
    )
    return dict(await cursor.fetchall())


def _game(topic: int, body: bytes) -> Game:
    game = Game.FromString(bytes(body))
    game.topic = topic
    return game


def _game_row(game: Game) -> tuple[object, ...]:
    stored = Game()
    stored.CopyFrom(game)
    stored.ClearField("topic")
    return (
        *(game.game_id, game.sport, game.competition_id, game.season, game.scheduled_time.ToMicroseconds()),
        *(game.home.team_id, game.away.team_id, stored.SerializeToString(deterministic=True)),
    )


def _competition_row(it: Competition) -> tuple[object, ...]:
    return it.competition_id, it.name, it.sport, it.country


def _team_row(it: Team) -> tuple[object, ...]:
    return it.team_id, it.name, it.short_name
