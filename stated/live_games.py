"""The games of a partition whose folds are in memory: loaded when an event comes, let go when long quiet."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

from scoreline.runtime import logs
from scoreline.v1.game_pb2 import Game
from stated import metrics
from stated.effects import LiveGame
from stated.loader import GameLoader, GameSource, SourceUnavailable
from stated.open_events import OpenEvents
from stated.persistence import Persistence

log = logs.get(__name__)


class LiveGames:
    """Folds by game, the ones asked for last at the end; for one task at a time."""

    def __init__(
        self, source: GameSource, loader: GameLoader, persistence: Persistence, open_events: OpenEvents
    ) -> None:
        self._source, self._loader = source, loader
        self._persistence, self._open = persistence, open_events
        self._games: OrderedDict[str, LiveGame] = OrderedDict()
        self._loading: set[str] = set()

    def __len__(self) -> int:
        return len(self._games)

    def __getitem__(self, game_id: str) -> LiveGame:
        return self._games[game_id]

    def get(self, game_id: str) -> LiveGame | None:
        """Return a game that is in memory."""
        return self._games.get(game_id)

    def put(self, live: LiveGame) -> None:
        """Take a game in, in place of what was known of it."""
        self._games[live.game.game_id] = live

    def forget(self, game_id: str) -> None:
        """Let a game go: it is loaded anew when it is asked for."""
        self._games.pop(game_id, None)

    def has_entry_of(self, game_id: str) -> bool:
        """Whether a catalog entry of the game is held here, of a game that is being loaded too."""
        return game_id in self._games or game_id in self._loading

    async def ensure(self, game_ids: Sequence[str]) -> None:
        """Load the games that are not in memory; the events of those that can't be are put off."""
        missing = {game_id for game_id in game_ids if game_id not in self._games}
        self._loading |= missing
        try:
            await self._load(game_ids)
        finally:
            self._loading -= missing

    def trim(self, most: int) -> list[str]:
        """Let the games go that were quiet longest, those that hold events excepted; return which."""
        surplus = len(self._games) - most
        if surplus <= 0:
            return []
        quiet = [game_id for game_id in self._games if game_id not in self._open][:surplus]
        for game_id in quiet:
            self.forget(game_id)
        return quiet

    async def _load(self, game_ids: Sequence[str]) -> None:
        wanted: list[Game] = []
        for game_id in dict.fromkeys(game_ids):
            if game_id in self._games:
                self._games.move_to_end(game_id)
                continue
            try:
                game = await self._source.game(game_id)
            except SourceUnavailable as error:
                await self._open.put_off_all(game_id, f"catalog unavailable: {error}", give_up=False)
                continue
            if game is None:
                await self._open.put_off_all(game_id, "no such game is registered", give_up=True)
            else:
                wanted.append(game)
        if wanted:
            oldest = self._open.oldest()
            try:
                self._games |= await self._persistence.until_done(
                    "load", lambda: self._loader.load(wanted, oldest)
                )
            except Exception:
                await self._load_singly(wanted, oldest)

    async def _load_singly(self, games: list[Game], oldest: dict[str, int]) -> None:
        """Find out which game can't be loaded, so that the others go on."""
        for game in games:
            load = partial(self._loader.load, [game], oldest)
            try:
                self._games |= await self._persistence.until_done("load", load)
            except Exception as error:
                metrics.engine_failures.inc()
                log.error("game.load_failed", game_id=game.game_id, exc_info=error)
                await self._open.put_off_all(game.game_id, f"can't be loaded: {error!r}", give_up=True)
