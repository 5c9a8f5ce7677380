"""What stands before a room: those who wait until it is open, and the patches that wait for its state."""

from __future__ import annotations

import asyncio
from collections import deque

from pushd.core.room import Room
from pushd.core.session import Session
from pushd.ports import Published, Unsubscribe
from scoreline.domain.position import Position

#: Patches held while a state is being read; it is read again if more come.
HELD_PATCHES = 512


class Doorway:
    """A room with what it needs to be opened, kept current and closed."""

    __slots__ = (
        *("empty_since", "held", "loading", "reloads", "room"),
        *("task", "topic", "unsubscribe", "waiting"),
    )

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.room: Room | None = None
        self.waiting: dict[Session, Position | None] = {}
        self.held: deque[Published] = deque(maxlen=HELD_PATCHES)
        self.loading = True
        self.unsubscribe: Unsubscribe | None = None
        self.task: asyncio.Task[None] | None = None
        self.empty_since: float | None = None
        self.reloads = 0
        """Loads since the last patch that followed; a circle of them is slowed down."""
