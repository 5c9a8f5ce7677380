"""`scoreline rebuild`: fold games again from the event log and say what that changed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass
from typing import Annotated

import grpc
import typer
from rich.console import Console
from rich.markup import escape

from scoreline.cli.connection import STATE_HELP, NotFound, find_address, open_channel, read_failure
from scoreline.v1 import state_service_pb2, state_service_pb2_grpc
from scoreline.v1.state_pb2 import GameStatus
from scoreline.v1.state_service_pb2 import GameState

_WAIT_S = 90.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one game."""

    game_id: str
    before: str = ""
    after: str = ""
    events_folded: int = 0
    changed: bool = False
    error: str = ""


def command(
    games: Annotated[list[str], typer.Argument(help="Ids of the games.")],
    state: Annotated[str | None, typer.Option(help=STATE_HELP)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per game, for programs.")] = False,
) -> None:
    """Fold games again from the event log, under a new epoch: every viewer receives a fresh snapshot.

    Use it when a state is in doubt. Nothing is lost by it: the log is the truth.
    Exit code 1 if a game failed.
    """
    console = Console(stderr=True)
    address = find_address("state", state)
    try:
        outcomes = asyncio.run(_rebuild(address, games, console))
    except NotFound as error:
        console.print(f"[red]{escape(str(error))}[/red]")
        raise typer.Exit(2) from None
    for outcome in outcomes:
        print(json.dumps(asdict(outcome)) if as_json else _sentence(outcome))
    if any(outcome.error for outcome in outcomes):
        raise typer.Exit(1)


async def _rebuild(address: str, games: list[str], console: Console) -> list[Outcome]:
    channel = await open_channel("state", address)
    try:
        stub = state_service_pb2_grpc.StateServiceStub(channel)
        outcomes = []
        with console.status("rebuilding") as status:
            for number, game_id in enumerate(games, 1):
                status.update(f"rebuilding {escape(game_id)} ({number} of {len(games)})")
                outcomes.append(await _rebuild_one(stub, game_id))
        return outcomes
    finally:
        await channel.close(None)


async def _rebuild_one(stub: state_service_pb2_grpc.StateServiceAsyncStub, game_id: str) -> Outcome:
    try:
        asked = state_service_pb2.GetStateRequest(game_id=game_id)
        before = (await stub.GetState(asked, timeout=_WAIT_S)).game
        request = state_service_pb2.RebuildGameRequest(game_id=game_id)
        answer = await stub.RebuildGame(request, timeout=_WAIT_S)
    except grpc.aio.AioRpcError as error:
        return Outcome(game_id, error=read_failure(error))
    return Outcome(
        game_id, describe(before), describe(answer.game), int(answer.events_folded), bool(answer.changed)
    )


def describe(game: GameState) -> str:
    """Return a state on one line: score, shoot-out, status, period, position."""
    score = game.state.score
    shootout = (
        f" ({score.home_shootout}-{score.away_shootout} on penalties)"
        if score.HasField("home_shootout")
        else ""
    )
    status = GameStatus.Name(game.state.status).removeprefix("GAME_STATUS_").lower()
    period = f" {game.period_label}" if game.period_label else ""
    at = f"{game.position.epoch}-{game.position.version}"
    return f"{score.home}-{score.away}{shootout}, {status}{period}, at {at}"


def _sentence(outcome: Outcome) -> str:
    if outcome.error:
        return f"{outcome.game_id}: failed: {outcome.error}"
    verdict = "the state has changed" if outcome.changed else "the state is the same"
    return (
        f"{outcome.game_id}: {outcome.events_folded} events folded; {verdict}\n"
        f"  before  {outcome.before}\n"
        f"  after   {outcome.after}"
    )
