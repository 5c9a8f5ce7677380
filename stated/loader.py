"""Bring a game into memory: from the store, or from the log when the store has lost it.

Also closes the hole that a crash between commit and publication leaves: what the store has
and the stream PATCHES has not is published here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from scoreline.runtime import logs
from scoreline.v1.game_pb2 import Game
from scoreline.wire.names import PATCHES_KEPT
from stated import metrics
from stated.core.game_fold import GameFold
from stated.core.steps import GameRecord
from stated.effects import LiveGame, announcement
from stated.event_log import EventLog, LastPatch
from stated.ports import Committed, KeptPatch, PatchStore, Standing
from stated.publisher import Publisher
from stated.rebuild import refold

log = logs.get(__name__)

_MISSING = "state_missing"


class GameSource(Protocol):
    """Which game an id names."""

    async def game(self, game_id: str) -> Game | None:
        """Return the game, or nothing when it is certain that there is none.

        Raises:
            SourceUnavailable: it can't be told now.
        """


class SourceUnavailable(Exception):
    """The catalog can't be asked; trying again helps."""


class Rebuilt(NamedTuple):
    """What a rebuild found and left."""

    live: LiveGame
    events_folded: int


class GameLoader:
    """Loads and rebuilds games; the caller sees to it that a game is loaded by one task at a time."""

    def __init__(
        self,
        store: PatchStore,
        event_log: EventLog,
        publisher: Publisher,
        *,
        now_us: Callable[[], int],
        hot_after_end_s: int,
    ) -> None:
        self._store, self._log, self._publisher = store, event_log, publisher
        self._now_us, self._hot_after_end_s = now_us, hot_after_end_s

    async def load(self, games: Sequence[Game], oldest_open: dict[str, int]) -> dict[str, LiveGame]:
        """Return the games, ready to fold; `oldest_open` is the first unacked event of each, if any."""
        # The stream before the store: whoever else writes commits first and publishes then, so that a
        # stream that is ahead of the store means that the store has lost something.
        lasts = await asyncio.gather(*(self._log.last_patch(game.game_id) for game in games))
        records = await self._store.load([game.game_id for game in games])
        loaded = await asyncio.gather(
            *(
                self._one(game, records.get(game.game_id), last, oldest_open.get(game.game_id))
                for game, last in zip(games, lasts, strict=True)
            )
        )
        return {live.game.game_id: live for live in loaded}

    async def rebuild(self, game: Game, cause: str) -> Rebuilt:
        """Fold a game again from the log and put it in the place of what is stored."""
        while True:
            stored = (await self._store.load([game.game_id])).get(game.game_id)
            found = Standing(stored.epoch, stored.version, len(stored.seen)) if stored else Standing()
            if stored and cause == _MISSING:
                # Another process was quicker.
                return Rebuilt((await self.load([game], {}))[game.game_id], 0)
            last = await self._log.last_patch(game.game_id)
            # Read after the state: an event that is folded meanwhile moves where the state stands, and the
            # replacement is refused rather than made without that event.
            events = await self._log.read(game.game_id)
            epoch = self._new_epoch(last, found.epoch)
            live, commit = await refold(game, events, epoch, self._hot_after_end_s)
            if commit is None:
                return Rebuilt(live, len(events))
            # Also after `AlreadySeen`: the epoch may be another process's of the same second, and what
            # we folded must not pass for stored.
            if isinstance(await self._store.replace(commit, found), Committed):
                break
            log.info("rebuild.repeated", game_id=game.game_id)
        metrics.games_rebuilt.labels(cause).inc()
        log.info(
            "game.rebuilt",
            game_id=game.game_id,
            cause=cause,
            events=len(events),
            epoch=commit.epoch,
            version=commit.version,
        )
        # After an earlier epoch one patch is enough: it tells every gateway to load the state again.
        missing = missing_patches(commit.epoch, last, commit.patches[-PATCHES_KEPT:])
        await self._publisher.publish(
            [announcement(game.game_id, commit.epoch, patch, commit.as_of_us) for patch in missing]
        )
        return Rebuilt(live, len(events))

    async def _one(
        self, game: Game, record: GameRecord | None, last: LastPatch | None, oldest_open: int | None
    ) -> LiveGame:
        if record is None:
            first = await self._log.first(game.game_id)
            if first is None or (oldest_open is not None and first.log_sequence >= oldest_open):
                # Nothing of the game was ever acked: it begins now.
                epoch = self._new_epoch(last, 0)
                return LiveGame(game, GameFold(game, None), epoch, version=0, seen=0, created=False)
            return (await self.rebuild(game, _MISSING)).live
        if last is not None and last > (record.epoch, record.version):
            # The store came back older than what viewers have seen (a backup, a lost second of its file).
            return (await self.rebuild(game, "state_older_than_patches")).live
        if last != (record.epoch, record.version) and record.version > 0:
            await self._publish_missing(game.game_id, last)
        fold, seen = GameFold(game, record), len(record.seen)
        return LiveGame(game, fold, record.epoch, record.version, seen, created=True)

    async def _publish_missing(self, game_id: str, last: LastPatch | None) -> None:
        found = await self._store.patches(game_id)
        if found is None:
            return
        state, kept = found
        missing = missing_patches(state.epoch, last, kept)
        log.info("patches.published_late", game_id=game_id, missing=len(missing), version=state.version)
        await self._publisher.publish(
            [announcement(game_id, state.epoch, patch, state.as_of_us) for patch in missing]
        )

    def _new_epoch(self, last: LastPatch | None, stored: int) -> int:
        return max(self._now_us() // 1_000_000, (last.epoch if last else 0) + 1, stored + 1)


def missing_patches(epoch: int, last: LastPatch | None, kept: Sequence[KeptPatch]) -> list[KeptPatch]:
    """Return what the stream lacks: the patches behind its last one.

    When its last one is of an earlier epoch, the newest alone is enough: it makes every reader
    load the state again.
    """
    if last is None:
        return list(kept)
    if last.epoch != epoch:
        return list(kept[-1:])
    return [patch for patch in kept if patch.version > last.version]
