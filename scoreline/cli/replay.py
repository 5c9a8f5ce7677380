"""`scoreline replay`: recorded matches through the public ingest API, at life's pace or any other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import grpc
import typer
from rich.markup import escape

from scoreline.cli import connection
from scoreline.cli.documents import load_scripts
from scoreline.cli.ingest_stream import IngestFailed
from scoreline.cli.replay_rounds import Plan, errors, replay_games, say
from scoreline.cli.schedule import Disorder, Script
from scoreline.domain.ids import is_id
from scoreline.feeds.adapter import FeedAdapter
from scoreline.feeds.formats import find_adapter, format_names

_INTERRUPTED = 130


def command(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="Recordings, or the name of a bundled match.")
    ],
    format_name: Annotated[
        str, typer.Option("--format", help=f"Format of the files: {', '.join(format_names())}.")
    ],
    speed: Annotated[
        str, typer.Option(help="Times faster than life, such as 1 or 60, or `max` for no pacing.")
    ] = "max",
    loop: Annotated[
        bool, typer.Option("--loop", help="Start again for ever, each round as new games.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON for each game.")] = False,
    game_id: Annotated[
        str | None, typer.Option(help="Id of the game, where the files hold a single one.")
    ] = None,
    copies: Annotated[
        int, typer.Option(min=1, max=1000, help="For tests: replay each game so many times at once.")
    ] = 1,
    shuffle_window_ms: Annotated[
        int, typer.Option(min=0, max=60_000, help="For tests: disorder within this window.")
    ] = 0,
    duplicate_share: Annotated[
        float, typer.Option(min=0, max=1, help="For tests: share of the events that are sent twice.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="For tests: seed of the disorder.")] = 0,
    patience: Annotated[
        float, typer.Option(min=1, help="Seconds to wait for answers and for the final state.")
    ] = 60.0,
    provider: Annotated[str | None, typer.Option(help=connection.PROVIDER_HELP)] = None,
    token: Annotated[str | None, typer.Option(help=connection.TOKEN_HELP)] = None,
    ingest: Annotated[str | None, typer.Option(help=connection.INGEST_HELP)] = None,
    state: Annotated[str | None, typer.Option(help=connection.STATE_HELP)] = None,
) -> None:
    """Replay recorded matches through the public ingest API and print the result read back from stated.

    Sending the same files again changes nothing. The exit code is 1 when a file could not be read, an event
    was refused, or stated did not take in everything.
    """
    adapter = adapter_named(format_name)
    pace = read_speed(speed)
    sender, ingest_address, state_address = _find(provider, token, ingest, state)
    scripts, problems = load_scripts(files, adapter, sender.provider_id)
    for problem in problems:
        errors.print(f"[red]{escape(problem.source)}[/]: {escape(problem.message)}")
    scripts = _with_ids(scripts, game_id, copies)
    if not scripts:
        raise typer.Exit(1)
    disorder = Disorder(shuffle_window_ms, duplicate_share, seed)
    if disorder.shuffle_window_ms or disorder.duplicate_share:
        errors.print(f"[dim]disorder on purpose, seed {seed}[/]")
    plan = Plan(tuple(scripts), pace, disorder, as_json, patience)
    try:
        good = asyncio.run(replay_games(plan, sender, ingest_address, state_address, loop=loop))
    except (connection.NotFound, IngestFailed) as error:
        errors.print(f"[red]can't replay:[/] {escape(str(error))}")
        raise typer.Exit(1) from None
    except grpc.aio.AioRpcError as error:
        errors.print(f"[red]can't replay:[/] {escape(say(error))}")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        errors.print("stopped; sending the same files again continues")
        raise typer.Exit(_INTERRUPTED) from None
    if problems or not good:
        raise typer.Exit(1)


def adapter_named(name: str) -> FeedAdapter:
    """Return the adapter of that name, or end the command with the names that there are."""
    adapter = find_adapter(name)
    if adapter is None:
        raise typer.BadParameter(
            f"{name!r} is no format; choose one of {', '.join(format_names())}", param_hint="--format"
        )
    return adapter


def read_speed(text: str) -> float | None:
    """Return how many times faster than life, or nothing for `max`."""
    if text.lower() == "max":
        return None
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not 0.01 <= speed <= 100_000:
        raise typer.BadParameter(
            f"{text!r} should be `max` or a number such as 1 or 60, at least 0.01", param_hint="--speed"
        )
    return speed


def _find(
    provider: str | None, token: str | None, ingest: str | None, state: str | None
) -> tuple[connection.Sender, str, str]:
    try:
        sender = connection.find_sender(provider, token)
    except connection.NotFound as error:
        errors.print(f"[red]can't replay:[/] {escape(str(error))}")
        raise typer.Exit(1) from None
    return sender, connection.find_address("ingest", ingest), connection.find_address("state", state)


def _with_ids(scripts: Sequence[Script], game_id: str | None, copies: int) -> list[Script]:
    """Return the scripts under the ids asked for."""
    if game_id is not None:
        if not is_id(game_id):
            raise typer.BadParameter(
                "should have 1 to 64 letters, digits, `_` or `-`", param_hint="--game-id"
            )
        if len(scripts) > 1:
            raise typer.BadParameter("names one game, but the files hold several", param_hint="--game-id")
        # The provider's own name stays with the game that has it: a replay under another id is another game.
        scripts = [script.renamed(game_id, game_id) for script in scripts]
    if copies == 1:
        return list(scripts)
    return [
        script.renamed(copy_id, copy_id)
        for script in scripts
        for copy_id in (f"{script.game_id[:58]}-{number}" for number in range(1, copies + 1))
    ]
