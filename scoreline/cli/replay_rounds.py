"""Carry out a replay: register the games, send their events at their time, read the results back."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import grpc
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scoreline.cli import connection
from scoreline.cli.ingest_stream import IngestFailed, IngestStream
from scoreline.cli.registration import Registrar
from scoreline.cli.replay_report import NotCaughtUp, Result, Tally, print_table, read_back
from scoreline.cli.schedule import Disorder, Script, as_if_now, as_recorded, schedule
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Game
from scoreline.v1.ingest_service_pb2 import IngestAnswer
from scoreline.v1.state_pb2 import GameStatus
from scoreline.v1.state_service_pb2 import ListStatesRequest
from scoreline.v1.state_service_pb2_grpc import StateServiceStub

#: How long the page may show a result before the next round of a loop begins.
_PAUSE_BETWEEN_ROUNDS_S = 10.0
#: Where problems and progress go, so that results can be piped.
errors = Console(stderr=True, highlight=False, soft_wrap=True)


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


async def replay_games(
    plan: Plan, sender: connection.Sender, ingest_address: str, state_address: str, *, loop: bool
) -> bool:
    """Replay the plan once, or round after round for ever; return whether all went well."""
    async with (
        await connection.open_channel("state", state_address) as state_channel,
        await connection.open_channel("ingest", ingest_address) as ingest_channel,
    ):
        if not loop:
            return await _round(plan, sender, ingest_channel, state_channel)
        swept = False
        while True:
            try:
                if not swept:
                    await _close_leftovers(plan, sender, ingest_channel, state_channel)
                    swept = True
                await _round(_next_round(plan), sender, ingest_channel, state_channel)
            except (grpc.aio.AioRpcError, IngestFailed) as error:
                # A loop outlives the services that it plays to; the next round finds them again.
                errors.print(f"[red]round ended early:[/] {escape(say(error))}")
            await asyncio.sleep(_PAUSE_BETWEEN_ROUNDS_S)


async def _close_leftovers(
    plan: Plan, sender: connection.Sender, ingest_channel: grpc.aio.Channel, state_channel: grpc.aio.Channel
) -> None:
    """Abandon the rounds that an earlier loop was stopped in, or they stay live on the page for ever."""
    stub = StateServiceStub(state_channel)
    left: list[GameEvent] = []
    request = ListStatesRequest(statuses=[GameStatus.GAME_STATUS_LIVE], page_size=1_000)
    while True:
        page = await stub.ListStates(request, timeout=plan.patience_s)
        for game in page.games:
            left.extend(
                script.renamed(game.game_id, game.game_id).abandonment()
                for script in plan.scripts
                if script.events and game.game_id.startswith(_round_prefix(script))
            )
        request.page_token = page.next_page_token
        if not page.next_page_token:
            break
    async with IngestStream(
        ingest_channel, sender, lambda _event, _answer: None, patience_s=plan.patience_s
    ) as stream:
        for event in left:
            await stream.send(event)
        await stream.drain()


def _round_prefix(script: Script) -> str:
    return f"{script.game_id[:50]}-r"


def _next_round(plan: Plan) -> Plan:
    """Return the plan under new game ids; games that their files leave open are closed, or they pile up."""
    mark = f"{int(datetime.now(UTC).timestamp()):x}"
    scripts = tuple(
        script.renamed(_round_prefix(script) + mark, _round_prefix(script) + mark).abandoned_at_the_end()
        for script in plan.scripts
    )
    return Plan(scripts, plan.speed, plan.disorder, plan.as_json, plan.patience_s)


async def _round(
    plan: Plan, sender: connection.Sender, ingest_channel: grpc.aio.Channel, state_channel: grpc.aio.Channel
) -> bool:
    """Replay every game once; return whether all went well."""
    now = datetime.now(UTC)
    games = await Registrar(state_channel).register(plan.scripts, now=now, clock_rate=plan.clock_rate)
    tallies = await _send_all(plan, games, sender, ingest_channel)
    stub = StateServiceStub(state_channel)
    good = caught_up = True
    results: list[Result] = []
    for script in plan.scripts:
        tally = tallies[script.game_id]
        for problem in tally.problems(len(script.events)):
            _complain(script, problem)
            good = False
        if not script.events:
            # Silence would look like success.
            errors.print(
                f"{escape(script.source)} ({script.game_id}): holds no events; the game was registered"
            )
        if not tally.accepted:
            continue
        try:
            # Once stated has let one game wait for that long, the others need not wait as long again.
            patience_s = plan.patience_s if caught_up else 1.0
            game = await read_back(stub, script.game_id, tally.last_log_sequence, patience_s=patience_s)
        except NotCaughtUp as error:
            _complain(script, str(error))
            good = caught_up = False
            continue
        results.append(Result(script.source, script.game_id, tally, game))
        if plan.as_json:
            print(results[-1].as_line(), flush=True)
    if results and not plan.as_json:
        print_table(results, output_console())
    return good


def _complain(script: Script, problem: str) -> None:
    errors.print(f"[red]{escape(script.source)}[/] ({script.game_id}): {escape(problem)}")


async def _send_all(
    plan: Plan, games: Sequence[Game], sender: connection.Sender, channel: grpc.aio.Channel
) -> dict[str, Tally]:
    tallies = {script.game_id: Tally() for script in plan.scripts}
    total = sum(len(script.events) for script in plan.scripts)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        disable=not sys.stderr.isatty(),
        transient=True,
    )
    with progress:
        bar = progress.add_task("events", total=total)

        def on_answer(event: GameEvent, answer: IngestAnswer) -> None:
            tallies[event.game_id].count(event, answer)
            progress.advance(bar)

        clock = asyncio.get_running_loop()
        began = clock.time()
        began_us = int(datetime.now(UTC).timestamp() * 1_000_000)
        async with IngestStream(channel, sender, on_answer, patience_s=plan.patience_s) as stream:
            for due in schedule(plan.scripts, plan.speed, plan.disorder):
                game = games[due.game_index]
                if plan.speed is None:
                    await stream.send(as_recorded(due, game))
                    continue
                wait_s = began + due.due_s - clock.time()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                await stream.send(as_if_now(due, game, began_us, plan.speed))
            await stream.drain()
    return tallies


def output_console() -> Console:
    """Return where results go; a file or a pipe gets whole lines rather than eighty columns."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 160)


def say(error: grpc.aio.AioRpcError | IngestFailed) -> str:
    """Return a failure as a sentence."""
    return connection.read_failure(error) if isinstance(error, grpc.aio.AioRpcError) else str(error)
