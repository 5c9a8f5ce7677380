"""The catalog as services see it: the port, and the games in memory that every implementation shares."""

from collections.abc import Iterator
from typing import Protocol

from scoreline.v1.game_pb2 import Game


class Catalog(Protocol):
    """Which games exist, as far as this process knows."""

    @property
    def caught_up(self) -> bool:
        """Whether everything that was registered before the start has been read."""

    @property
    def is_certain(self) -> bool:
        """Whether "no such game" can be believed; false while the stream can't be asked."""

    def get(self, game_id: str) -> Game | None:
        """Return a game from memory."""

    async def find(self, game_id: str) -> Game | None:
        """Return a game from memory or, once, from the stream; nothing for an id that can't be one."""

    def resolve(self, provider_id: str, external_game_id: str) -> Game | None:
        """Return the game that a provider calls so, from memory."""

    async def find_external(self, provider_id: str, external_game_id: str) -> Game | None:
        """Return the game that a provider calls so, after reading on to the end of the stream if need be."""

    def games(self) -> Iterator[Game]:
        """Iterate over all games known."""


class CatalogIndex:
    """Games by their id and by what their providers call them."""

    def __init__(self) -> None:
        self._games: dict[str, Game] = {}
        self._external: dict[tuple[str, str], str] = {}

    def put(self, game: Game) -> None:
        """Add or replace a game."""
        former = self._games.get(game.game_id)
        if former is not None:
            for provider in former.providers:
                name = (provider.provider_id, provider.external_game_id)
                # Another game may have been given the name already: entries come in any order.
                if self._external.get(name) == game.game_id:
                    del self._external[name]
        self._games[game.game_id] = game
        for provider in game.providers:
            if provider.external_game_id:
                self._external[provider.provider_id, provider.external_game_id] = game.game_id

    def get(self, game_id: str) -> Game | None:
        """Return a game."""
        return self._games.get(game_id)

    def resolve(self, provider_id: str, external_game_id: str) -> Game | None:
        """Return the game that a provider calls so."""
        game_id = self._external.get((provider_id, external_game_id))
        return None if game_id is None else self._games.get(game_id)

    def games(self) -> Iterator[Game]:
        """Iterate over a snapshot, so that the catalog may grow meanwhile."""
        return iter(list(self._games.values()))
