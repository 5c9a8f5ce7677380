"""The state of a game for those who poll: from the open room, else one short-lived read for all [C5]."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cached_property

import orjson

from pushd.core.json_frames import plain
from pushd.ports import StateReader, StoredState
from pushd.rooms import Rooms
from scoreline.domain.ids import game_topic
from scoreline.domain.position import Position
from scoreline.v1.state_pb2 import ScoreState

#: How long a state read for a poller is good for others.
FRESH_S = 0.5
#: States kept at most; beyond it the oldest are forgotten.
KEPT = 20_000


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
        self._known: dict[str, tuple[float, View | None]] = {}
        self._live: dict[str, View] = {}
        self._reading: dict[str, asyncio.Task[View | None]] = {}

    async def get(self, game_id: str) -> View | None:
        """Return a game's state, or nothing before its first; raises `SourceUnavailable`."""
        live = self._from_room(game_id)
        if live is not None:
            return live
        known = self._known.get(game_id)
        if known is not None and known[0] > asyncio.get_running_loop().time():
            return known[1]
        reading = self._reading.get(game_id)
        if reading is None:
            reading = asyncio.create_task(self._read(game_id), name=f"view {game_id}")
            self._reading[game_id] = reading
            reading.add_done_callback(lambda _: self._reading.pop(game_id, None))
        # One poller that hangs up must not take the read away from the others.
        return await asyncio.shield(reading)

    async def get_many(self, game_ids: Sequence[str]) -> dict[str, View]:
        """Return the states of those games that have one, in one round trip."""
        now = asyncio.get_running_loop().time()
        found: dict[str, View] = {}
        unknown: list[str] = []
        for game_id in game_ids:
            live = self._from_room(game_id)
            known = self._known.get(game_id)
            if live is not None:
                found[game_id] = live
            elif known is None or known[0] <= now:
                unknown.append(game_id)
            elif known[1] is not None:
                found[game_id] = known[1]
        stored = await self._reader.states(unknown) if unknown else {}
        for game_id in unknown:
            view = self._keep(game_id, stored.get(game_id))
            if view is not None:
                found[game_id] = view
        return found

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
            view = self._live[game_id] = View(room.position, state, room.log.as_of_us)
        return view

    async def _read(self, game_id: str) -> View | None:
        stored = await self._reader.states([game_id])
        return self._keep(game_id, stored.get(game_id))

    def _keep(self, game_id: str, stored: StoredState | None) -> View | None:
        view = None if stored is None else View(stored.position, stored.body, stored.as_of_us)
        former = self._known.pop(game_id, None)
        if view is not None and former is not None and former[1] is not None:
            view = former[1] if former[1].position == view.position else view
        self._known[game_id] = (asyncio.get_running_loop().time() + FRESH_S, view)
        while len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
        return view
