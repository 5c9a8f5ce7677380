"""One follower's view of a game: an async iterator that always yields the latest state, never a queue.

However slowly it is read, it holds one state; what came in between is merged [C7].
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from scoreline.domain.position import Position
from scoreline.v1.state_pb2 import ScoreState
from scoreline_client.errors import ClientError
from scoreline_client.follower import Topic
from scoreline_client.timeline import TimelineEntry, changed_entries


@dataclass(frozen=True, slots=True)
class Update:
    """A newer state of a game than the one before."""

    game_id: str
    state: ScoreState
    """A copy: it never changes after it was given out."""
    position: Position
    """Where the state stands; its version rises with every update within an epoch."""
    new_events: tuple[TimelineEntry, ...]
    """Key events that are new or changed since the previous update; none in the first one."""


class Following:
    """The updates of one game; leave the loop, or call `close`, to stop."""

    def __init__(self, game_id: str) -> None:
        self.game_id = game_id
        self._topic: Topic | None = None
        self._shown: Update | None = None
        self._changed = asyncio.Event()
        self._failure: ClientError | None = None
        self._closed = False

    def __aiter__(self) -> Following:
        return self

    async def __anext__(self) -> Update:
        while not self._closed:
            await self._changed.wait()
            self._changed.clear()
            update = self._take()
            if update is not None:
                return update
            if self._failure is not None:
                self._closed = True
                raise self._failure
        raise StopAsyncIteration

    @property
    def latest(self) -> Update | None:
        """The update that was given out last."""
        return self._shown

    @property
    def closed(self) -> bool:
        """Whether no further update comes."""
        return self._closed

    def close(self) -> None:
        """Stop following; an iteration under way ends."""
        self._closed = True
        self._changed.set()

    def offer(self, topic: Topic) -> None:
        """Tell that the topic has something newer; the client calls it."""
        self._topic = topic
        self._changed.set()

    def fail(self, failure: ClientError) -> None:
        """Raise `failure` in the iteration once what came before it was read; the client calls it."""
        self._failure = failure
        self._changed.set()

    def _take(self) -> Update | None:
        topic, shown = self._topic, self._shown
        if self._closed or topic is None or topic.position is None:
            return None
        if shown is not None and shown.position == topic.position:
            return None
        state = ScoreState()
        state.CopyFrom(topic.state)
        events = () if shown is None else tuple(changed_entries(shown.state, state))
        self._shown = Update(self.game_id, state, topic.position, events)
        if self._failure is not None:
            self._changed.set()
        return self._shown
