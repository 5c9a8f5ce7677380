"""Register the games of a replay in the catalog, without disturbing what is registered already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import grpc

from scoreline.cli.schedule import Script
from scoreline.v1.catalog_service_pb2 import GetGameRequest, ImportCatalogRequest
from scoreline.v1.catalog_service_pb2_grpc import CatalogServiceStub
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_service_pb2 import GetStateRequest
from scoreline.v1.state_service_pb2_grpc import StateServiceStub

_GAMES_PER_CALL = 50


class Registrar:
    """Writes games to the catalog."""

    def __init__(self, channel: grpc.aio.Channel, *, timeout_s: float = 30.0) -> None:
        self._stub = CatalogServiceStub(channel)
        self._states = StateServiceStub(channel)
        self._timeout_s = timeout_s

    async def known(self, game_id: str) -> Game | None:
        """Return a game as it is registered."""
        try:
            answer = await self._stub.GetGame(GetGameRequest(game_id=game_id), timeout=self._timeout_s)
        except grpc.aio.AioRpcError as error:
            if error.code() == grpc.StatusCode.NOT_FOUND:
                return None
            raise
        return answer.game

    async def _has_begun(self, game_id: str) -> bool:
        try:
            answer = await self._states.GetState(GetStateRequest(game_id=game_id), timeout=self._timeout_s)
        except grpc.aio.AioRpcError as error:
            if error.code() == grpc.StatusCode.NOT_FOUND:
                return False
            raise
        return answer.game.position.version > 0

    async def register(
        self, scripts: Sequence[Script], *, now: datetime, clock_rate: int | None
    ) -> list[Game]:
        """Register games; with a clock rate they start now, without one when the document says."""
        proposals: list[Game] = []
        for script in scripts:
            known = await self.known(script.game_id)
            # Clocks count from the start that is registered: it must not move under a game that has begun.
            begun = clock_rate is not None and known is not None and await self._has_begun(script.game_id)
            proposals.append(propose(script, known, now=now, clock_rate=None if begun else clock_rate))
        registered: list[Game] = []
        for start in range(0, len(proposals), _GAMES_PER_CALL):
            request = ImportCatalogRequest(games=proposals[start : start + _GAMES_PER_CALL])
            competitions = {
                script.competition.competition_id: script.competition
                for script in scripts
                if script.competition is not None
            }
            request.competitions.extend(competitions.values())
            answer = await self._stub.ImportCatalog(request, timeout=self._timeout_s)
            registered.extend(answer.games)
        return registered


def propose(script: Script, known: Game | None, *, now: datetime, clock_rate: int | None) -> Game:
    """Return what to register: the document's game, with what the catalog knows better kept.

    A recording that tells no date is taken to have ended just now, once and for all.
    """
    proposal = Game()
    proposal.CopyFrom(script.game)
    if clock_rate is not None:
        proposal.clock_rate = clock_rate
        proposal.scheduled_time.FromDatetime(now.replace(microsecond=0))
    elif known is not None and known.clock_rate > 1 and known.HasField("scheduled_time"):
        # It was replayed at a pace once and has its start from then.
        proposal.scheduled_time.CopyFrom(known.scheduled_time)
    elif not proposal.HasField("scheduled_time"):
        if known is not None and known.HasField("scheduled_time"):
            proposal.scheduled_time.CopyFrom(known.scheduled_time)
        else:
            proposal.scheduled_time.FromDatetime(
                now.replace(microsecond=0) - timedelta(seconds=int(script.length_s) + 1)
            )
    if known is None:
        return proposal
    ours = proposal.providers[0]
    others = [provider for provider in known.providers if provider.provider_id != ours.provider_id]
    mine = [provider for provider in known.providers if provider.provider_id == ours.provider_id]
    if others:
        # The order is the order of trust, and not ours to change.
        del proposal.providers[:]
        proposal.providers.extend(known.providers)
        if not mine:
            proposal.providers.append(ours)
    if clock_rate is None:
        proposal.clock_rate = known.clock_rate
    return proposal
