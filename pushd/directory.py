"""The games that exist, as the catalog's stream tells them; knows when it can't know."""

from __future__ import annotations

from collections.abc import Iterator

from pushd.ports import SourceUnavailable
from scoreline.runtime.catalog_follower import CatalogFollower
from scoreline.runtime.jetstream import NatsLink
from scoreline.v1.game_pb2 import Game


class CatalogDirectory:
    """See `Directory` and `GameCatalog`."""

    def __init__(self, follower: CatalogFollower, link: NatsLink) -> None:
        self._follower, self._link = follower, link

    async def find(self, game_id: str) -> Game | None:
        """Return a game, or nothing when there is none."""
        game = await self._follower.find(game_id)
        if game is None and not (self._follower.caught_up and self._link.client.is_connected):
            # "No such game" would send a client away for good.
            raise SourceUnavailable("the catalog can't be asked now")
        return game

    def games(self) -> Iterator[Game]:
        """Iterate over all games known."""
        return self._follower.games()
