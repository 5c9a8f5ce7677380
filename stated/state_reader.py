"""States as internal teams see them: from the store, else from the log, else as the game will begin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

from scoreline.domain.match_time import period_label
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import ScoreState
from scoreline.v1.state_service_pb2 import GameState
from scoreline.wire.names import PARTITIONS, partition_of
from stated.consumer import PartitionConsumer
from stated.core.game_fold import GameFold
from stated.event_log import EventLog, LogUnavailable
from stated.loader import GameSource, Rebuilt, SourceUnavailable
from stated.ports import PatchStore, StoredState, StoreUnavailable
from stated.refusals import unavailable, unknown_game

_RESTORE_WAIT_S = 10.0
_JUST_BEGUN_US = 5_000_000
_REBUILD_WAIT_S = 60.0


class StateReader:
    """Reads states; restores and rebuilds through the partition that owns the game."""

    def __init__(
        self,
        store: PatchStore,
        event_log: EventLog,
        games: GameSource,
        partitions: Mapping[int, PartitionConsumer],
        *,
        now_us: Callable[[], int],
    ) -> None:
        self._now_us = now_us
        self._store, self._log, self._games, self._partitions = store, event_log, games, partitions

    async def game(self, game_id: str) -> Game:
        """Return the catalog's entry or refuse."""
        game = await self._game(game_id)
        if game is None:
            raise unknown_game(game_id)
        return game

    async def one(self, game_id: str) -> GameState:
        """Return a game's state; of a game that has not begun, the opening at version 0."""
        found = await self.known([game_id])
        if game_id not in found:
            raise unknown_game(game_id)
        return found[game_id]

    async def known(self, game_ids: Sequence[str]) -> dict[str, GameState]:
        """Return the states of all games that are registered."""
        stored = await self.stored(game_ids)
        missing = [game_id for game_id in dict.fromkeys(game_ids) if game_id not in stored]
        others = await asyncio.gather(*(self._not_stored(game_id) for game_id in missing))
        return stored | {state.game_id: state for state in others if state is not None}

    async def stored(self, game_ids: Iterable[str]) -> dict[str, GameState]:
        """Return the states that the store has."""
        wanted = list(dict.fromkeys(game_ids))
        if not wanted:
            return {}
        try:
            found = await self._store.states(wanted)
        except StoreUnavailable as error:
            raise unavailable("redis") from error
        return {game_id: _game_state(game_id, state) for game_id, state in found.items()}

    async def rebuild(self, game: Game) -> Rebuilt:
        """Fold a game again from the log."""
        partition = self._owner(game.game_id)
        try:
            async with asyncio.timeout(_REBUILD_WAIT_S):
                return await partition.rebuild(game)
        except TimeoutError:
            raise unavailable("redis or nats") from None

    async def _not_stored(self, game_id: str) -> GameState | None:
        game = await self._game(game_id)
        if game is None:
            return None
        try:
            first = await self._log.first(game_id)
            if first is None or first.received_us > self._now_us() - _JUST_BEGUN_US:
                # Not begun, or begun this moment: its events are about to be folded, and a rebuild now
                # would not wait for those that are out of order.
                return _opening(game)
            # Expired, or lost a moment ago: the log has it still.
            async with asyncio.timeout(_RESTORE_WAIT_S):
                await self._owner(game_id).restore(game)
        except (LogUnavailable, TimeoutError) as error:
            raise unavailable("nats") from error
        return (await self.stored([game_id])).get(game_id) or _opening(game)

    async def _game(self, game_id: str) -> Game | None:
        try:
            return await self._games.game(game_id)
        except SourceUnavailable as error:
            raise unavailable("postgres") from error

    def _owner(self, game_id: str) -> PartitionConsumer:
        partition = self._partitions.get(partition_of(game_id, PARTITIONS))
        if partition is None:
            raise unavailable("another replica")
        return partition


def _game_state(game_id: str, stored: StoredState) -> GameState:
    state = GameState(
        game_id=game_id,
        state=ScoreState.FromString(stored.body),
        last_log_sequence=stored.log_sequence,
        provider_lag_ms=stored.lag_ms,
    )
    state.position.epoch, state.position.version = stored.epoch, stored.version
    if stored.as_of_us:
        state.as_of_time.FromMicroseconds(stored.as_of_us)
    state.period_label = _label(state.state)
    return state


def _opening(game: Game) -> GameState:
    """Return the state before the first event, at a position that every other one is newer than."""
    state = GameState(game_id=game.game_id, state=GameFold(game, None).state)
    state.position.epoch = state.position.version = 0
    state.period_label = _label(state.state)
    return state


def _label(state: ScoreState) -> str:
    sheet = state.sheet
    return period_label(sheet.sport, state.status, state.period, sheet.regular_periods, state.baseball.half)
