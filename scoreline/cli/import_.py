"""`scoreline import`: register recorded games in the catalog and load their events."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import grpc
import typer
from rich.markup import escape
from rich.table import Table

from scoreline.cli import connection
from scoreline.cli.documents import load_scripts
from scoreline.cli.ingest_stream import IngestFailed, IngestStream
from scoreline.cli.registration import Registrar
from scoreline.cli.replay import adapter_named
from scoreline.cli.replay_report import Tally
from scoreline.cli.replay_rounds import errors, output_console
from scoreline.cli.schedule import Disorder, Script, as_recorded, schedule
from scoreline.feeds.formats import format_names
from scoreline.v1.game_pb2 import Game


def command(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Recordings or match facts.")],
    format_name: Annotated[
        str, typer.Option("--format", help=f"Format of the files: {', '.join(format_names())}.")
    ],
    catalog_only: Annotated[
        bool, typer.Option("--catalog-only", help="Register the games and send no events.")
    ] = False,
    patience: Annotated[float, typer.Option(min=1, help="Seconds to wait for answers.")] = 60.0,
    provider: Annotated[str | None, typer.Option(help=connection.PROVIDER_HELP)] = None,
    token: Annotated[str | None, typer.Option(help=connection.TOKEN_HELP)] = None,
    ingest: Annotated[str | None, typer.Option(help=connection.INGEST_HELP)] = None,
    state: Annotated[str | None, typer.Option(help=connection.STATE_HELP)] = None,
) -> None:
    """Register the games of the files and load their events without pacing, then print what was registered.

    Importing the same files again changes nothing.
    """
    adapter = adapter_named(format_name)
    try:
        sender = connection.find_sender(provider, token)
        scripts, problems = load_scripts(files, adapter, sender.provider_id)
        for problem in problems:
            errors.print(f"[red]{escape(problem.source)}[/]: {escape(problem.message)}")
        if not scripts:
            raise typer.Exit(1)
        games, tallies = asyncio.run(
            _import(
                scripts,
                sender,
                None if catalog_only else connection.find_address("ingest", ingest),
                connection.find_address("state", state),
                patience,
            )
        )
    except (connection.NotFound, IngestFailed) as error:
        errors.print(f"[red]can't import:[/] {escape(str(error))}")
        raise typer.Exit(1) from None
    except grpc.aio.AioRpcError as error:
        errors.print(f"[red]can't import:[/] {escape(connection.read_failure(error))}")
        raise typer.Exit(1) from None
    _print(games, tallies)
    for script in scripts:
        for sentence in tallies[script.game_id].problems(0):
            errors.print(f"[red]{escape(script.source)}[/] ({script.game_id}): {escape(sentence)}")
    if problems or any(tally.rejected for tally in tallies.values()):
        raise typer.Exit(1)


async def _import(
    scripts: list[Script],
    sender: connection.Sender,
    ingest_address: str | None,
    state_address: str,
    patience_s: float,
) -> tuple[list[Game], dict[str, Tally]]:
    tallies = {script.game_id: Tally() for script in scripts}
    async with await connection.open_channel("state", state_address) as channel:
        games = await Registrar(channel).register(scripts, now=datetime.now(UTC), clock_rate=None)
    if ingest_address is not None:
        async with (
            await connection.open_channel("ingest", ingest_address) as channel,
            IngestStream(
                channel,
                sender,
                lambda event, answer: tallies[event.game_id].count(event, answer),
                patience_s=patience_s,
            ) as stream,
        ):
            for due in schedule(scripts, None, Disorder()):
                await stream.send(as_recorded(due, games[due.game_index]))
            await stream.drain()
    return games, tallies


def _print(games: list[Game], tallies: dict[str, Tally]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("game", "topic", "home", "away", "scheduled", "players"):
        table.add_column(heading)
    for heading in ("stored", "duplicate", "rejected"):
        table.add_column(heading, justify="right")
    for game in games:
        tally = tallies[game.game_id]
        table.add_row(
            game.game_id,
            str(game.topic),
            game.home.name,
            game.away.name,
            game.scheduled_time.ToDatetime(UTC).strftime("%Y-%m-%d %H:%M"),
            *map(str, (len(game.roster), tally.stored, tally.duplicate, tally.rejected)),
        )
    output_console().print(table)
