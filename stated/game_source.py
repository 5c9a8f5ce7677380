"""Which game an id names: from the catalog in memory, and only in doubt from the database."""

from __future__ import annotations

from scoreline.runtime.catalog_follower import Catalog
from scoreline.v1.game_pb2 import Game
from scoreline.wire.reasons import ScorelineError
from stated.catalog import PostgresCatalog
from stated.loader import SourceUnavailable


class CatalogGames:
    """See `GameSource`."""

    def __init__(self, follower: Catalog, catalog: PostgresCatalog) -> None:
        self._follower, self._catalog = follower, catalog

    async def game(self, game_id: str) -> Game | None:
        """Return the game, or nothing when the database, which would know, has none."""
        game = await self._follower.find(game_id)
        if game is not None:
            return game
        try:
            return await self._catalog.game(game_id)
        except ScorelineError as error:
            raise SourceUnavailable(error.message) from error
