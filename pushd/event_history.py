"""Events of a game for REST: the archive knows them all, so they come from stated."""

from __future__ import annotations

from typing import NamedTuple

import grpc

from pushd.ports import SourceUnavailable
from scoreline.v1.state_service_pb2 import ArchivedEvent, ListEventsRequest
from scoreline.v1.state_service_pb2_grpc import StateServiceStub

_TIMEOUT_S = 3.0


class EventPage(NamedTuple):
    """Some events, oldest first."""

    events: list[ArchivedEvent]
    has_more: bool


class EventHistory:
    """Where `GET /v1/games/{id}/events` reads."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = StateServiceStub(channel)

    async def since(self, game_id: str, sequence: int, limit: int) -> EventPage:
        """Return up to `limit` events with a greater log sequence; raises `SourceUnavailable`."""
        request = ListEventsRequest(game_id=game_id, since_log_sequence=sequence, page_size=limit)
        try:
            answer = await self._stub.ListEvents(request, timeout=_TIMEOUT_S)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return EventPage([], False)
            raise SourceUnavailable(f"stated: {error.code().name}") from error
        return EventPage(list(answer.events), answer.has_more)
