"""What stated needs of the world to keep the state of games, as roles and values.

The order of effects rests on what `PatchStore` promises: a commit is applied whole or not
at all, once, and only on the very state that the fold started from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeAlias

from stated.core.steps import GameRecord


class KeptPatch(NamedTuple):
    """A frame as it was sent, and where it leads."""

    version: int
    frame: bytes


class Commit(NamedTuple):
    """What a fold made of some events of one game."""

    game_id: str
    epoch: int
    base: int
    """The version that the fold started from."""
    base_seen: int
    """How many events had been applied when the fold started: others may apply some without a new version."""
    version: int
    """The version that it leads to; equal to `base` when nothing visible changed."""
    creates: bool
    """Whether this is the first commit of the epoch."""
    topic: int
    body: bytes
    as_of_us: int
    log_sequence: int
    lag_ms: int
    cursors: bytes
    digests: Sequence[str]
    """Of the identities of the events, at least one."""
    ledger: dict[str, bytes]
    """Entries that changed; an empty value removes one."""
    events: Sequence[bytes]
    """The events themselves, oldest first."""
    patches: Sequence[KeptPatch]
    """Oldest first, one for each version after `base`."""
    expire_s: int
    """Seconds until the hot state expires, 0 while the game goes on."""


class Committed(NamedTuple):
    """The commit was applied."""

    version: int


class AlreadySeen(NamedTuple):
    """Every event of the commit had been applied before: an earlier attempt got through."""

    version: int


class Conflict(NamedTuple):
    """The state is not the one that the fold started from; (0, 0) when there is none."""

    epoch: int
    version: int


Outcome: TypeAlias = Committed | AlreadySeen | Conflict


class Standing(NamedTuple):
    """Where the hot state of a game stands; all zero when there is none."""

    epoch: int = 0
    version: int = 0
    seen: int = 0
    """How many events were applied."""


class Built(NamedTuple):
    """What a store says of itself."""

    life: str
    """Another one after each restart or failover, at which the last writes may have been lost."""
    partitions: set[int]


class StoredState(NamedTuple):
    """What readers see of a game's hot state."""

    epoch: int
    version: int
    topic: int
    body: bytes
    as_of_us: int
    log_sequence: int
    lag_ms: int


class PatchStore(Protocol):
    """The hot state of games.

    Every method raises `StoreUnavailable` when the store can't be reached; whether a
    commit was applied is then unknown, and the same commit may be offered again.
    """

    async def load(self, game_ids: Sequence[str]) -> dict[str, GameRecord]:
        """Return what a fold continues from; games without a state are left out."""

    async def commit_batch(self, commits: Sequence[Commit]) -> list[Outcome]:
        """Apply commits in one round trip, each for itself, in their order."""

    async def replace(self, commit: Commit, found: Standing) -> Outcome:
        """Put a rebuilt state, under its greater epoch, in place of the one that stands at `found`."""

    async def states(self, game_ids: Sequence[str]) -> dict[str, StoredState]:
        """Return what readers see; games without a state are left out."""

    async def patches(self, game_id: str) -> tuple[StoredState, list[KeptPatch]] | None:
        """Return the state and the patches that lead to it, oldest first, read at one moment."""

    async def built(self, partitions: Sequence[int]) -> Built:
        """Return the partitions whose games were put into the store in its present life."""

    async def mark_built(self, partition: int, life: str) -> None:
        """Remember that the games of a partition were all here in that life of the store."""

    async def check(self) -> str | None:
        """Answer the readiness question."""


class StoreUnavailable(Exception):
    """The store does not answer; trying again helps."""
