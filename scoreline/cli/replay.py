"""`scoreline replay`: recorded matches through the public ingest API, at life's pace or any other."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import grpc
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scoreline.cli import connection
from scoreline.cli.documents import load_scripts
from scoreline.cli.ingest_stream import IngestFailed, IngestStream
from scoreline.cli.registration import Registrar
from scoreline.cli.replay_report import NotCaughtUp, Result, Tally, print_table, read_back
from scoreline.cli.schedule import Disorder, Script, rename, schedule
from scoreline.domain.ids import is_id
from scoreline.feeds.adapter import FeedAdapter
from scoreline.feeds.formats import find_adapter, format_names
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.ingest_service_pb2 import IngestAnswer
from scoreline.v1.state_service_pb2_grpc import StateServiceStub

#: How long the page may show a result before the next round of a loop begins.
_PAUSE_BETWEEN_ROUNDS_S = 10.0
_INTERRUPTED = 130
_errors = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a replay was asked to do."""

    scripts: tuple[Script, ...]
    speed: float | None
    """How many times faster than life; nothing means as fast as can be."""
    disorder: Disorder
    as_json: bool
    patience_s: float

    @property
    def clock_rate(self) -> int | None:
        """What viewers' clocks run at; nothing when the replay has no pace."""
        return None if self.speed is None else max(1, round(self.speed))


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
        _errors.print(f"[red]{escape(problem.source)}[/]: {escape(problem.message)}")
    scripts = _with_ids(scripts, game_id, copies)
    if not scripts:
        raise typer.Exit(1)
    disorder = Disorder(shuffle_window_ms, duplicate_share, seed)
    if disorder.shuffle_window_ms or disorder.duplicate_share:
        _errors.print(f"[dim]disorder on purpose, seed {seed}[/]")
    plan = Plan(tuple(scripts), pace, disorder, as_json, patience)
    try:
        good = asyncio.run(_replay(plan, sender, ingest_address, state_address, loop=loop))
    except (connection.NotFound, IngestFailed) as error:
        _errors.print(f"[red]can't replay:[/] {escape(str(error))}")
        raise typer.Exit(1) from None
    except grpc.aio.AioRpcError as error:
        _errors.print(f"[red]can't replay:[/] {escape(_say(error))}")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        _errors.print("stopped; sending the same files again continues")
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
        _errors.print(f"[red]can't replay:[/] {escape(str(error))}")
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


async def _replay(
    plan: Plan, sender: connection.Sender, ingest_address: str, state_address: str, *, loop: bool
) -> bool:
    async with (
        await connection.open_channel("state", state_address) as state_channel,
        await connection.open_channel("ingest", ingest_address) as ingest_channel,
    ):
        if not loop:
            return await _round(plan, sender, ingest_channel, state_channel)
        while True:
            try:
                await _round(_next_round(plan), sender, ingest_channel, state_channel)
            except (grpc.aio.AioRpcError, IngestFailed) as error:
                # A loop outlives the services that it plays to; the next round finds them again.
                _errors.print(f"[red]round ended early:[/] {escape(_say(error))}")
            await asyncio.sleep(_PAUSE_BETWEEN_ROUNDS_S)


def _say(error: grpc.aio.AioRpcError | IngestFailed) -> str:
    return connection.read_failure(error) if isinstance(error, grpc.aio.AioRpcError) else str(error)


def _next_round(plan: Plan) -> Plan:
    """Return the plan under new game ids; games that their files leave open are closed, or they pile up."""
    mark = f"{int(datetime.now(UTC).timestamp()):x}"
    scripts = tuple(
        script.renamed(f"{script.game_id[:50]}-r{mark}", f"{script.game_id[:50]}-r{mark}")
        for script in (script.abandoned_at_the_end() for script in plan.scripts)
    )
    return Plan(scripts, plan.speed, plan.disorder, plan.as_json, plan.patience_s)


async def _round(
    plan: Plan, sender: connection.Sender, ingest_channel: grpc.aio.Channel, state_channel: grpc.aio.Channel
) -> bool:
    """Replay every game once; return whether all went well."""
    now = datetime.now(UTC)
    await Registrar(state_channel).register(plan.scripts, now=now, clock_rate=plan.clock_rate)
    tallies = await _send_all(plan, sender, ingest_channel)
    stub = StateServiceStub(state_channel)
    good = True
    results: list[Result] = []
    for script in plan.scripts:
        tally = tallies[script.game_id]
        for rejection in tally.rejections:
            _errors.print(f"[red]{escape(script.source)}[/] ({script.game_id}): {escape(rejection)}")
        good = good and not tally.rejected
        if tally.stored + tally.duplicate == 0:
            good = good and not script.events
            if script.events:
                _errors.print(f"[red]{escape(script.source)}[/] ({script.game_id}): nothing was accepted")
            continue
        try:
            game = await read_back(stub, script.game_id, tally.last_log_sequence, patience_s=plan.patience_s)
        except NotCaughtUp as error:
            _errors.print(f"[red]{escape(script.source)}[/] ({script.game_id}): {escape(str(error))}")
            good = False
            continue
        results.append(Result(script.source, script.game_id, tally, game))
        if plan.as_json:
            print(results[-1].as_line(), flush=True)
    if results and not plan.as_json:
        print_table(results, Console())
    return good


async def _send_all(plan: Plan, sender: connection.Sender, channel: grpc.aio.Channel) -> dict[str, Tally]:
    tallies = {script.game_id: Tally() for script in plan.scripts}
    total = sum(len(script.events) for script in plan.scripts)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=_errors,
        disable=not sys.stderr.isatty(),
        transient=True,
    )
    with progress:
        bar = progress.add_task("events", total=total)
        answered: Counter[str] = Counter()

        def on_answer(event: GameEvent, answer: IngestAnswer) -> None:
            tallies[event.game_id].count(event, answer)
            answered["all"] += 1
            progress.update(bar, completed=answered["all"])

        clock = asyncio.get_running_loop()
        began = clock.time()
        async with IngestStream(channel, sender, on_answer, patience_s=plan.patience_s) as stream:
            for due in schedule(plan.scripts, plan.speed, plan.disorder):
                script = plan.scripts[due.game_index]
                event = rename(due.event, script.game_id)
                if plan.speed is not None:
                    wait_s = began + due.due_s - clock.time()
                    if wait_s > 0:
                        await asyncio.sleep(wait_s)
                    event.occurred_time.FromDatetime(datetime.now(UTC))
                await stream.send(event)
            await stream.drain()
    return tallies
