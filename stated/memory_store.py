"""The memory twin of the store, for tests: it keeps the same promises, proven by the same suite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from scoreline.v1.state_pb2 import ScoreState
from scoreline.wire.names import PATCHES_KEPT, RECENT_EVENTS_KEPT
from stated.core.steps import GameRecord
from stated.ports import (
    AlreadySeen,
    Built,
    Commit,
    Committed,
    Conflict,
    KeptPatch,
    Outcome,
    Standing,
    StoredState,
)


@dataclass
class _Kept:
    state: StoredState
    cursors: bytes
    ledger: dict[str, bytes] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    recent: list[bytes] = field(default_factory=list)
    patches: list[KeptPatch] = field(default_factory=list)


class MemoryPatchStore:
    """See `PatchStore`; nothing expires."""

    def __init__(self) -> None:
        self._games: dict[str, _Kept] = {}
        self._marks: dict[int, str] = {}
        self._lives = 1

    def flush(self) -> None:
        """Lose everything, as a server without its disk does."""
        self._games.clear()
        self._marks.clear()
        self._lives += 1

    async def load(self, game_ids: Sequence[str]) -> dict[str, GameRecord]:
        """Return what a fold continues from."""
        return {game_id: _record(self._games[game_id]) for game_id in game_ids if game_id in self._games}

    async def commit_batch(self, commits: Sequence[Commit]) -> list[Outcome]:
        """Apply commits, each for itself."""
        return [self._apply(commit) for commit in commits]

    async def replace(self, commit: Commit, found: Standing) -> Outcome:
        """Put a rebuilt state in place of the one at `found`."""
        kept = self._games.get(commit.game_id)
        stored = _standing(kept) if kept else Standing()
        if stored.epoch == commit.epoch:
            return AlreadySeen(stored.version)
        if stored != found or commit.epoch < stored.epoch:
            return Conflict(stored.epoch, stored.version)
        fresh = self._games[commit.game_id] = _Kept(_state(commit), commit.cursors)
        _add(fresh, commit)
        return Committed(commit.version)

    async def states(self, game_ids: Sequence[str]) -> dict[str, StoredState]:
        """Return what readers see."""
        return {game_id: self._games[game_id].state for game_id in game_ids if game_id in self._games}

    async def patches(self, game_id: str) -> tuple[StoredState, list[KeptPatch]] | None:
        """Return the state and the patches that lead to it."""
        kept = self._games.get(game_id)
        return (kept.state, list(kept.patches)) if kept else None

    async def built(self, partitions: Sequence[int]) -> Built:
        """Return the partitions whose games are here."""
        life = str(self._lives)
        return Built(life, {partition for partition in partitions if self._marks.get(partition) == life})

    async def mark_built(self, partition: int, life: str) -> None:
        """Remember that the games of a partition are here."""
        self._marks[partition] = life

    async def check(self) -> str | None:
        """Answer that memory is always there."""
        return None

    def _apply(self, commit: Commit) -> Outcome:
        kept = self._games.get(commit.game_id)
        seen = kept.seen if kept else set()
        already = sum(digest in seen for digest in commit.digests)
        if kept is not None and kept.state.epoch == commit.epoch and already == len(commit.digests):
            return AlreadySeen(kept.state.version)
        if kept is None:
            if not commit.creates:
                return Conflict(0, 0)
            kept = self._games[commit.game_id] = _Kept(_state(commit), commit.cursors)
        elif (
            commit.creates
            or already
            or _standing(kept) != Standing(commit.epoch, commit.base, commit.base_seen)
        ):
            return Conflict(kept.state.epoch, kept.state.version)
        kept.state, kept.cursors = _state(commit), commit.cursors
        _add(kept, commit)
        return Committed(commit.version)


def _standing(kept: _Kept) -> Standing:
    return Standing(kept.state.epoch, kept.state.version, len(kept.seen))


def _state(commit: Commit) -> StoredState:
    return StoredState(
        *(commit.epoch, commit.version, commit.topic, commit.body),
        *(commit.as_of_us, commit.log_sequence, commit.lag_ms),
    )


def _add(kept: _Kept, commit: Commit) -> None:
    kept.seen.update(commit.digests)
    kept.ledger.update(commit.ledger)
    kept.ledger = {key: value for key, value in kept.ledger.items() if value}
    kept.recent = [*kept.recent, *commit.events][-RECENT_EVENTS_KEPT:]
    kept.patches = [*kept.patches, *commit.patches][-PATCHES_KEPT:]


def _record(kept: _Kept) -> GameRecord:
    return GameRecord(
        epoch=kept.state.epoch,
        version=kept.state.version,
        state=ScoreState.FromString(kept.state.body),
        as_of_us=kept.state.as_of_us,
        last_log_sequence=kept.state.log_sequence,
        ledger=dict(kept.ledger),
        seen=set(kept.seen),
        cursors=kept.cursors,
    )
