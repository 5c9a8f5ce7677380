"""The state of a game for those who poll: from the open room, else one short-lived read for all [C5]."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import orjson

from pushd.core.json_frames import plain
from pushd.ports import StateReader, StoredState
from pushd.rooms import Rooms
from pushd.short_memory import ShortMemory
from scoreline.domain.ids import game_topic
from scoreline.domain.position import Position
from scoreline.v1.state_pb2 import ScoreState

#: How long a state read for a poller is good for others.
FRESH_S = 0.5
#: States kept at most; beyond it the oldest are forgotten.
KEPT = 2_000


class View:
    """A state in the representations that people ask for, each made once."""

    def __init__(self, position: Position, state: ScoreState, as_of_us: int) -> None:
        self.position = position
        self.state = state
        self.as_of_us = as_of_us

    @cached_property
    def json(self) -> bytes:
        """The state as JSON; sorted, because the order of map entries is nobody's promise."""
        return orjson.dumps(plain(self.state), option=orjson.OPT_SORT_KEYS)

    @cached_property
    def protobuf(self) -> bytes:
        """The state as protobuf; deterministic, because the ETag promises equal bytes."""
        return self.state.SerializeToString(deterministic=True)


class Views:
    """The newest known state of any game."""

    def __init__(self, rooms: Rooms, reader: StateReader) -> None:
        self._rooms, self._reader = rooms, reader
        self._stored: ShortMemory[str, View | None] = ShortMemory(FRESH_S, KEPT)
        self._live: dict[str, View] = {}

    async def get(self, game_id: str) -> View | None:
        """Return a game's state, or nothing before its first; raises `SourceUnavailable`."""
        live = self._from_room(game_id)
        if live is not None:
            return live
        return await self._stored.get(game_id, lambda: self._read(game_id))

    async def get_many(self, game_ids: Sequence[str]) -> dict[str, View]:
        """Return the states of those games that have one, in one round trip."""
        found: dict[str, View | None] = {}
        unknown: list[str] = []
        for game_id in game_ids:
            live = self._from_room(game_id)
            good, known = self._stored.peek(game_id)
            if live is None and not good:
                unknown.append(game_id)
            else:
                found[game_id] = live or known
        stored = await self._reader.states(unknown) if unknown else {}
        for game_id in unknown:
            found[game_id] = self._view(game_id, stored.get(game_id))
            self._stored.put(game_id, found[game_id])
        return {game_id: view for game_id, view in found.items() if view is not None}

    def _from_room(self, game_id: str) -> View | None:
        room = self._rooms.room(game_topic(game_id))
        if room is None:
            self._live.pop(game_id, None)
            return None
        view = self._live.get(game_id)
        if view is None or view.position != room.position:
            body = room.log.body
            assert isinstance(body, ScoreState), "a topic of a game holds a game's state"
            state = ScoreState()
            state.CopyFrom(body)
            view = View(room.position, state, room.log.as_of_us)
            if len(self._live) >= KEPT and game_id not in self._live:
                del self._live[next(iter(self._live))]
            self._live[game_id] = view
        return view

    async def _read(self, game_id: str) -> View | None:
        stored = await self._reader.states([game_id])
        return self._view(game_id, stored.get(game_id))

    def _view(self, game_id: str, stored: StoredState | None) -> View | None:
        if stored is None:
            return None
        _, former = self._stored.peek(game_id)
        if former is not None and former.position == stored.position:
            return former  # with what was rendered of it
        return View(stored.position, stored.body, stored.as_of_us)
