"""`scoreline up`: everything on one machine, with a real match on the page."""

import signal
import sys
import time
from contextlib import suppress
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from scoreline.local.children import ChildFailed
from scoreline.local.endpoints import data_folder
from scoreline.local.folder import FolderInUse
from scoreline.local.identity import CannotReach
from scoreline.local.servers import MissingBinary
from scoreline.local.stack import PortUnavailable, Stack

DEMO_MATCH = "matches/france-argentina-2018.json"
_TEND_EVERY_S = 0.2


class Ports(StrEnum):
    """Where the services listen."""

    DEFAULT = "default"
    FREE = "free"


def command(
    data: Annotated[
        Path | None, typer.Option(help="Folder of all data; a second start on it continues. [default: data]")
    ] = None,
    ports: Annotated[
        Ports, typer.Option(help="The documented ports, or any free ones (several stacks side by side).")
    ] = Ports.DEFAULT,
    demo: Annotated[bool, typer.Option(help="Replay France 4-3 Argentina in a loop.")] = True,
    speed: Annotated[
        float, typer.Option(min=0.1, help="How many times faster than life the demo runs.")
    ] = 60.0,
) -> None:
    """Start NATS, Redis, PostgreSQL, ingestd, stated and pushd here, and play a real match."""
    console = Console(stderr=False, highlight=False)
    status = console.status("starting")
    live = console.is_terminal

    def say(line: str) -> None:
        if live:
            status.update(escape(line))
        _print(console, f"[dim]{time.strftime('%H:%M:%S')}[/] {escape(line)}")

    stack = Stack(data or data_folder(), free_ports=ports is Ports.FREE, say=say)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    began = time.monotonic()
    try:
        with status if live else _Plain():
            stack.start()
        if demo:
            stack.add("demo", _demo_argv(speed))
        _introduce(console, stack, demo, time.monotonic() - began)
        while True:
            stack.tend()
            time.sleep(_TEND_EVERY_S)
    except KeyboardInterrupt:
        _print(console, "\nstopping; press Ctrl-C again to kill everything at once")
    except (ChildFailed, CannotReach, FolderInUse, MissingBinary, PortUnavailable, OSError) as error:
        console.print(f"[bold red]can't run:[/] {escape(str(error))}")
        raise typer.Exit(2) from None
    finally:
        _stop(stack)
    _print(console, "everything stopped")


def _print(console: Console, line: str) -> None:
    # A terminal that was closed takes no more lines; that must not keep anything from being stopped in order.
    with suppress(OSError):
        console.print(line)


class _Plain:
    """No live status where there is no terminal."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def _interrupt(number: int, _frame: object) -> NoReturn:
    if number == signal.SIGHUP:
        # A terminal that closes says so twice, by its shell and by the kernel; a second interrupt would kill.
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _stop(stack: Stack) -> None:
    try:
        stack.stop()
    except KeyboardInterrupt:
        stack.kill_all()
        stack.stop()


def _demo_argv(speed: float) -> list[str]:
    match = str(files("scoreline.feeds.scoreline_facts").joinpath(DEMO_MATCH))
    replay = [sys.executable, "-m", "scoreline.cli", "replay"]
    return [*replay, "--format", "scoreline", "--speed", f"{speed:g}", "--loop", match]


def _introduce(console: Console, stack: Stack, demo: bool, took_s: float) -> None:
    where = stack.endpoints
    console.print(
        f"\n[bold]Scoreline runs[/] (ready in {took_s:.1f} s). Scoreboard: [bold]{where.push}/[/]\n"
    )
    for name, address in (
        ("ingest (gRPC)", where.ingest),
        ("webhooks", where.webhook),
        ("state (gRPC)", where.state),
        ("push (HTTP, WebSocket)", where.push),
        ("push (gRPC)", where.push_grpc),
        ("NATS", where.nats),
        ("Redis", where.redis),
        ("PostgreSQL", where.postgres),
    ):
        console.print(f"  {name:<24}{address}")
    console.print(f"\n  logs                    {stack.data / 'logs'}")
    console.print(f"  provider's token        {stack.data / 'credentials.json'}")
    if demo:
        console.print("\nFrance 4-3 Argentina (World Cup 2018) plays in a loop. Ctrl-C stops everything.")
    else:
        console.print("\nCtrl-C stops everything.")
