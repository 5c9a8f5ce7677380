"""StateService for internal teams [B10]."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import grpc

from scoreline.domain.position import Position
from scoreline.runtime.catalog_follower import Catalog
from scoreline.v1 import state_service_pb2 as pb
from scoreline.v1 import state_service_pb2_grpc
from scoreline.v1.catalog_service_pb2 import GameFilter
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Game
from stated import page_tokens
from stated.archive import ArchiveUnavailable, PostgresArchive
from stated.catalog_api import check_filter, require_id
from stated.ports import StoreUnavailable
from stated.refusals import invalid, unavailable
from stated.state_reader import StateReader
from stated.watch import Wanted, WatchHub

SERVICE_NAME = pb.DESCRIPTOR.services_by_name["StateService"].full_name
MAX_GAMES = 1000

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class StateApi(state_service_pb2_grpc.StateServiceServicer):
    """See state_service.proto."""

    def __init__(
        self, reader: StateReader, catalog: Catalog, archive: PostgresArchive, hub: WatchHub
    ) -> None:
        self._reader, self._catalog, self._archive, self._hub = reader, catalog, archive, hub

    async def GetState(self, request: pb.GetStateRequest, context: Context) -> pb.GetStateResponse:
        """Return the state of one game."""
        require_id(request.game_id, "game_id")
        return pb.GetStateResponse(game=await self._reader.one(request.game_id))

    async def BatchGetStates(
        self, request: pb.BatchGetStatesRequest, context: Context
    ) -> pb.BatchGetStatesResponse:
        """Return the states of several games."""
        _limit("game_ids", len(request.game_ids))
        for i, game_id in enumerate(request.game_ids):
            require_id(game_id, f"game_ids[{i}]")
        found = await self._reader.known(request.game_ids)
        return pb.BatchGetStatesResponse(
            games=[found[game_id] for game_id in request.game_ids if game_id in found],
            unknown_game_ids=[game_id for game_id in request.game_ids if game_id not in found],
        )

    async def ListStates(self, request: pb.ListStatesRequest, context: Context) -> pb.ListStatesResponse:
        """Return states by filter; works without the database."""
        check_filter(request.filter)
        size = page_tokens.page_size(request.page_size)
        behind = page_tokens.decode_timed(request.page_token)
        places = sorted(
            place
            for game in self._catalog.games()
            if (place := _place(game)) > behind and _fits(game, request.filter)
        )
        response = pb.ListStatesResponse()
        last = behind
        # By pages: states are read only until the answer is full.
        for start in range(0, len(places), page_tokens.MAX_PAGE_SIZE):
            page = places[start : start + page_tokens.MAX_PAGE_SIZE]
            stored = await self._reader.stored(game_id for _time, game_id in page)
            for place in page:
                state = stored.get(place[1])
                if state is None or (request.statuses and state.state.status not in request.statuses):
                    continue
                if len(response.games) == size:
                    response.next_page_token = page_tokens.encode(last)
                    return response
                response.games.append(state)
                last = place
        return response

    async def WatchStates(
        self, request: pb.WatchStatesRequest, context: Context
    ) -> AsyncIterator[pb.WatchStatesResponse]:
        """Stream games until the caller cancels; a cancellation passes through (grpc/grpc#43360)."""
        _limit("games", len(request.games))
        positions: dict[str, Position | None] = {}
        for i, watched in enumerate(request.games):
            require_id(watched.game_id, f"games[{i}].game_id")
            known = Position(watched.position.epoch, watched.position.version)
            positions[watched.game_id] = known if watched.HasField("position") else None
        if not positions:
            raise invalid("games", "name at least one game")
        games = await asyncio.gather(*(self._reader.game(game_id) for game_id in positions))
        wanted = [Wanted(game, positions[game.game_id]) for game in games]
        try:
            async with self._hub.reading(wanted) as steps:
                async for step in steps:
                    yield step
        except StoreUnavailable as error:
            raise unavailable("redis") from error

    async def ListEvents(self, request: pb.ListEventsRequest, context: Context) -> pb.ListEventsResponse:
        """Return archived events of a game."""
        require_id(request.game_id, "game_id")
        size = page_tokens.page_size(request.page_size)
        await self._reader.game(request.game_id)
        try:
            rows = await self._archive.since(request.game_id, request.since_log_sequence, size + 1)
        except ArchiveUnavailable as error:
            raise unavailable("postgres") from error
        events = [
            pb.ArchivedEvent(log_sequence=row.log_sequence, event=GameEvent.FromString(row.body))
            for row in rows[:size]
        ]
        return pb.ListEventsResponse(events=events, has_more=len(rows) > size)

    async def RebuildGame(self, request: pb.RebuildGameRequest, context: Context) -> pb.RebuildGameResponse:
        """Fold a game again from the log."""
        require_id(request.game_id, "game_id")
        game = await self._reader.game(request.game_id)
        before = (await self._reader.stored([game.game_id])).get(game.game_id)
        rebuilt = await self._reader.rebuild(game)
        after = await self._reader.one(game.game_id)
        return pb.RebuildGameResponse(
            game=after,
            events_folded=rebuilt.events_folded,
            changed=before is None or before.state != after.state,
        )


def _place(game: Game) -> tuple[int, str]:
    return game.scheduled_time.ToMicroseconds(), game.game_id


def _fits(game: Game, wanted: GameFilter) -> bool:
    at = game.scheduled_time.ToMicroseconds()
    return (
        (not wanted.sport or game.sport == wanted.sport)
        and (not wanted.competition_id or game.competition_id == wanted.competition_id)
        and (not wanted.season or game.season == wanted.season)
        and (not wanted.team_id or wanted.team_id in (game.home.team_id, game.away.team_id))
        and (not wanted.HasField("scheduled_from") or at >= wanted.scheduled_from.ToMicroseconds())
        and (not wanted.HasField("scheduled_until") or at < wanted.scheduled_until.ToMicroseconds())
    )


def _limit(field: str, count: int) -> None:
    if count > MAX_GAMES:
        raise invalid(field, f"{count} games; at most {MAX_GAMES}", limit=str(MAX_GAMES))
