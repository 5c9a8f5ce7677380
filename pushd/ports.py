"""What pushd needs from outside, by role: where states are read, where patches come from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

from scoreline.domain.position import Position
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import ScoreState


class StoredState(NamedTuple):
    """A game's state as it was committed last."""

    position: Position
    body: ScoreState
    as_of_us: int
    """When the last event in it was received, in unix microseconds; 0 before the first."""


class StoredTopic(NamedTuple):
    """A state and the frames that led there, read at one moment."""

    state: StoredState
    frames: Sequence[bytes]
    """Oldest first."""


class Published(NamedTuple):
    """A patch as it came by."""

    frame: bytes
    epoch: int
    received_us: int
    """When the provider's fact was received, in unix microseconds; 0 when nobody said."""
    critical: bool
    trace_parent: str


class SourceUnavailable(Exception):
    """A source does not answer now; asking again later helps."""


class Directory(Protocol):
    """Knows which games exist and the numbers of their topics."""

    async def find(self, game_id: str) -> Game | None:
        """Return a game, or nothing when there is none; raises `SourceUnavailable` when that is not known."""


class StateReader(Protocol):
    """Reads what was committed; raises `SourceUnavailable` while it can't."""

    async def read(self, game_id: str) -> StoredTopic | None:
        """Return a game's state and recent frames, or nothing before its first commit."""

    async def states(self, game_ids: Sequence[str]) -> dict[str, StoredState]:
        """Return the states of those games that have one."""

    async def positions(self, game_ids: Sequence[str]) -> dict[str, Position]:
        """Return where those games stand that have a state."""


Unsubscribe = Callable[[], Awaitable[None]]


class PatchFeed(Protocol):
    """Delivers patches as they are published, in order but perhaps not all: gaps are the reader's to find."""

    async def subscribe(self, topic: str, receive: Callable[[Published], None]) -> Unsubscribe:
        """Deliver a topic's patches from now on; returns once none published later can be missed."""
