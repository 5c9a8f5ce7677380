"""Events of a game for REST: what is archived comes from stated, the latest also without it."""

from __future__ import annotations

from typing import NamedTuple

import grpc
from google.protobuf.message import DecodeError

from pushd.ports import SourceUnavailable, StateReader
from scoreline.v1.state_service_pb2 import ArchivedEvent, ListEventsRequest
from scoreline.v1.state_service_pb2_grpc import StateServiceStub

_TIMEOUT_S = 3.0
_NUMBER_TAG = b"\x08"


class EventPage(NamedTuple):
    """Some events, oldest first."""

    events: list[ArchivedEvent]
    has_more: bool


class EventHistory:
    """Where `GET /v1/games/{id}/events` reads."""

    def __init__(self, reader: StateReader, channel: grpc.aio.Channel) -> None:
        self._reader = reader
        self._stub = StateServiceStub(channel)

    async def since(self, game_id: str, sequence: int, limit: int) -> EventPage:
        """Return up to `limit` events with a greater log sequence; raises `SourceUnavailable`."""
        recent = await self._recent(game_id)
        # The recent ones are enough when they reach back to where the reader stands. Numbers count the whole
        # log, not the game, so only an event that the reader has proves that nothing lies between.
        if recent and 0 < recent[0].log_sequence <= sequence:
            newer = [event for event in recent if event.log_sequence > sequence]
            return EventPage(newer[:limit], len(newer) > limit)
        request = ListEventsRequest(game_id=game_id, since_log_sequence=sequence, page_size=limit)
        try:
            answer = await self._stub.ListEvents(request, timeout=_TIMEOUT_S)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return EventPage([], False)
            raise SourceUnavailable(f"stated: {error.code().name}") from error
        return EventPage(list(answer.events), answer.has_more)

    async def _recent(self, game_id: str) -> list[ArchivedEvent]:
        """Return the kept events, oldest first; none when one of them has no number to continue from."""
        try:
            entries = await self._reader.recent_events(game_id)
        except SourceUnavailable:
            return []
        events = [_numbered(entry) for entry in reversed(entries)]
        return [event for event in events if event is not None] if None not in events else []


def _numbered(entry: bytes) -> ArchivedEvent | None:
    # An entry is a GameEvent or, with its number in front, an ArchivedEvent: their first bytes differ.
    if entry[:1] != _NUMBER_TAG:
        return None
    try:
        return ArchivedEvent.FromString(entry)
    except DecodeError:
        return None
