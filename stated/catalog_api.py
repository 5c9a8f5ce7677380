"""CatalogService for internal teams [B10]."""

from __future__ import annotations

import asyncio
from typing import Any, TypeAlias

import grpc

from scoreline.domain.ids import is_id
from scoreline.runtime import logs
from scoreline.v1 import catalog_service_pb2 as pb
from scoreline.v1 import catalog_service_pb2_grpc
from scoreline.v1.game_pb2 import Game
from stated import page_tokens
from stated.catalog import PostgresCatalog
from stated.catalog_outbox import CatalogOutbox
from stated.refusals import invalid, unavailable, unknown_game

log = logs.get(__name__)

#: How long an import waits for the stream to have it.
_PUBLISH_WAIT_S = 10.0
SERVICE_NAME = pb.DESCRIPTOR.services_by_name["CatalogService"].full_name

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class CatalogApi(catalog_service_pb2_grpc.CatalogServiceServicer):
    """See catalog_service.proto."""

    def __init__(self, catalog: PostgresCatalog, outbox: CatalogOutbox) -> None:
        self._catalog, self._outbox = catalog, outbox

    async def ImportCatalog(
        self, request: pb.ImportCatalogRequest, context: Context
    ) -> pb.ImportCatalogResponse:
        """Register, publish, then answer: who has the answer may send events at once."""
        imported = await self._catalog.import_catalog(request)
        try:
            async with asyncio.timeout(_PUBLISH_WAIT_S):
                await self._outbox.flush()
        except TimeoutError:
            # What was registered stays so, and the outbox publishes it later; asking again is harmless.
            raise unavailable("nats") from None
        log.info("catalog.imported", games=len(imported.games), changed=imported.changed)
        return pb.ImportCatalogResponse(games=imported.games)

    async def GetGame(self, request: pb.GetGameRequest, context: Context) -> pb.GetGameResponse:
        """Return one game."""
        require_id(request.game_id, "game_id")
        return pb.GetGameResponse(game=_found(await self._catalog.game(request.game_id), request.game_id))

    async def ListGames(self, request: pb.ListGamesRequest, context: Context) -> pb.ListGamesResponse:
        """Return games by filter."""
        check_filter(request.filter)
        size = page_tokens.page_size(request.page_size)
        behind = page_tokens.decode_timed(request.page_token)
        games = await self._catalog.games(request.filter, behind, size + 1)
        response = pb.ListGamesResponse(games=games[:size])
        if len(games) > size:
            last = games[size - 1]
            response.next_page_token = page_tokens.encode(
                (last.scheduled_time.ToMicroseconds(), last.game_id)
            )
        return response

    async def ResolveGame(self, request: pb.ResolveGameRequest, context: Context) -> pb.ResolveGameResponse:
        """Return the game that a provider calls so."""
        require_id(request.provider_id, "provider_id")
        name = request.external_game_id
        if not name or len(name) > 128 or "\0" in name:
            raise invalid("external_game_id", "1 to 128 characters")
        return pb.ResolveGameResponse(
            game=_found(await self._catalog.resolve(request.provider_id, name), name)
        )

    async def ListCompetitions(
        self, request: pb.ListCompetitionsRequest, context: Context
    ) -> pb.ListCompetitionsResponse:
        """Return all competitions."""
        return pb.ListCompetitionsResponse(competitions=await self._catalog.competitions())

    async def ListTeams(self, request: pb.ListTeamsRequest, context: Context) -> pb.ListTeamsResponse:
        """Return teams by id."""
        size = page_tokens.page_size(request.page_size)
        teams = await self._catalog.teams(page_tokens.decode_id(request.page_token), size + 1)
        response = pb.ListTeamsResponse(teams=teams[:size])
        if len(teams) > size:
            response.next_page_token = page_tokens.encode((teams[size - 1].team_id,))
        return response

    async def ListPlayers(self, request: pb.ListPlayersRequest, context: Context) -> pb.ListPlayersResponse:
        """Return players by id."""
        if request.team_id:
            require_id(request.team_id, "team_id")
        size = page_tokens.page_size(request.page_size)
        behind = page_tokens.decode_id(request.page_token)
        players = await self._catalog.players(request.team_id, behind, size + 1)
        response = pb.ListPlayersResponse(players=players[:size])
        if len(players) > size:
            response.next_page_token = page_tokens.encode((players[size - 1].player_id,))
        return response


def require_id(text: str, field: str) -> None:
    """Refuse what can't be an id: it would become part of a subject or a key."""
    if not is_id(text):
        raise invalid(field, "1 to 64 letters, digits, `_` or `-`")


def check_filter(wanted: pb.GameFilter) -> None:
    """Refuse a filter that nothing can fit."""
    if wanted.competition_id:
        require_id(wanted.competition_id, "filter.competition_id")
    if wanted.team_id:
        require_id(wanted.team_id, "filter.team_id")
    if len(wanted.season) > 64 or "\0" in wanted.season:
        raise invalid("filter.season", "at most 64 characters")
    if not -(2**15) <= wanted.sport < 2**15:
        raise invalid("filter.sport", "not a sport")
    for name in ("scheduled_from", "scheduled_until"):
        if abs(getattr(wanted, name).seconds) > 2**37:
            raise invalid(f"filter.{name}", "not a time")


def _found(game: Game | None, name: str) -> Game:
    if game is None:
        raise unknown_game(name)
    return game
