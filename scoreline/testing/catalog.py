"""A catalog that holds what a test put into it; twin of the follower."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scoreline.runtime.catalog_index import CatalogIndex
from scoreline.v1.game_pb2 import Game


class MemoryCatalog:
    """Games in memory, always caught up unless a test says otherwise."""

    def __init__(self, games: Iterable[Game] = ()) -> None:
        self._index = CatalogIndex()
        self.is_caught_up = True
        self.is_certain = True
        for game in games:
            self.put(game)

    @property
    def caught_up(self) -> bool:
        """What `is_caught_up` was set to."""
        return self.is_caught_up

    def put(self, game: Game) -> None:
        """Register a game."""
        self._index.put(game)

    def get(self, game_id: str) -> Game | None:
        """Return a game."""
        return self._index.get(game_id)

    async def find(self, game_id: str) -> Game | None:
        """Return a game."""
        return self._index.get(game_id)

    def resolve(self, provider_id: str, external_game_id: str) -> Game | None:
        """Return the game that a provider calls so."""
        return self._index.resolve(provider_id, external_game_id)

    async def find_external(self, provider_id: str, external_game_id: str) -> Game | None:
        """Return the game that a provider calls so."""
        return self._index.resolve(provider_id, external_game_id)

    def games(self) -> Iterator[Game]:
        """Iterate over all games."""
        return self._index.games()
