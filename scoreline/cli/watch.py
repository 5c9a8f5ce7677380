"""`scoreline watch`: live scores in the terminal, over the same WebSocket that phones use."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console, RenderableType
from rich.live import Live

from scoreline.cli.connection import PUSH_HELP, find_address, nothing_listens
from scoreline.cli.live_games import live_games
from scoreline.cli.watch_view import as_line, as_object, as_panels, connection_line, printable
from scoreline_client import ClientError, ConnectionState, ScorelineClient, Update

_FRAME_S = 0.25
_SHORTEST_FRAME_S = 0.05


def command(
    games: Annotated[
        list[str] | None,
        typer.Argument(help="Ids of the games to watch; without any, those in play now.", metavar="GAME"),
    ] = None,
    url: Annotated[str | None, typer.Option(help=PUSH_HELP)] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per update, for programs.")
    ] = False,
    once: Annotated[
        bool, typer.Option("--once", help="Print the current state of each game and exit.")
    ] = False,
    wait_s: Annotated[
        float, typer.Option("--wait", min=0.1, help="With --once: seconds to wait for a state.")
    ] = 10.0,
) -> None:
    """Show live scores: teams, clock, period and the last key events; Ctrl-C ends it.

    Without a terminal it prints one line per update.
    """
    try:
        address = find_address("push", url)
        watch = Watch(list(dict.fromkeys(games or _in_play(address))), address, as_json=as_json)
        done = watch.once(wait_s) if once else watch.follow()
        raise typer.Exit(0 if asyncio.run(done) else 1)
    except ValueError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    except BrokenPipeError:
        # `scoreline watch ... | head` has read enough; Python would complain once more while it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


def _in_play(url: str) -> list[str]:
    """Return the games to watch when none was named, or end the command and say why there are none."""
    try:
        found = live_games(url)
    except OSError:
        print(_nobody(url), file=sys.stderr)
        raise typer.Exit(1) from None
    if not found:
        print(f"No game is in play at {url}; name one: scoreline watch GAME", file=sys.stderr)
        raise typer.Exit(1)
    return found


def _nobody(url: str) -> str:
    return nothing_listens("push", url).replace("--push", "--url")


class Watch:
    """One run of the command."""

    def __init__(self, games: list[str], url: str, *, as_json: bool) -> None:
        self._games = games
        self._url = url
        self._as_json = as_json
        self._updates: dict[str, Update] = {}
        self._failures: dict[str, str] = {}
        self._stirred = asyncio.Event()
        self._follows = self._was_there = False
        self._client = ScorelineClient(url, name="scoreline-watch", on_connection=self._on_connection)
        self._console = Console(highlight=False)
        self._draws = self._console.is_terminal and not as_json

    async def once(self, wait_s: float) -> bool:
        """Print the current state of every game; whether all had one."""
        self._draws = False
        async with self._client:
            watching = asyncio.gather(*(self._read(game, once=True) for game in self._games))
            try:
                async with asyncio.timeout(wait_s):
                    await watching
            except TimeoutError:
                self._explain_silence()
                return False
        return not self._failures

    async def follow(self) -> bool:
        """Show every update until all games have failed or the user has seen enough."""
        self._follows = True
        async with self._client:
            watching = asyncio.gather(*(self._read(game, once=False) for game in self._games))
            if self._draws:
                await self._draw_until(watching)
            else:
                await watching
        return not self._failures

    async def _read(self, game: str, *, once: bool) -> None:
        try:
            async for update in self._client.follow(game):
                self._updates[game] = update
                self._show(update)
                if once:
                    return
        except ClientError as failure:
            self._failures[game] = str(failure)
            if not self._draws:
                print(printable(str(failure)), file=sys.stderr)
            self._stirred.set()

    def _show(self, update: Update) -> None:
        now_s = self._client.server_now_s()
        if self._draws:
            self._stirred.set()
        elif self._as_json:
            print(
                json.dumps(as_object(update, self._client.connection, now_s), ensure_ascii=False), flush=True
            )
        else:
            print(as_line(update, now_s), flush=True)

    async def _draw_until(self, watching: asyncio.Future[list[None]]) -> None:
        with Live(console=self._console, auto_refresh=False) as live:
            while not watching.done():
                self._stirred.clear()
                live.update(self._picture(), refresh=True)
                # A burst of updates must not cost a burst of pictures.
                await asyncio.sleep(_SHORTEST_FRAME_S)
                # Clocks tick between updates; a goal is drawn at once.
                with suppress(TimeoutError):
                    async with asyncio.timeout(_FRAME_S):
                        await self._stirred.wait()
            live.update(self._picture(), refresh=True)
        await watching

    def _picture(self) -> RenderableType:
        footer = connection_line(self._client.connection, degraded=self._client.degraded, url=self._url)
        now_s = self._client.server_now_s()
        return as_panels(self._games, self._updates, self._failures, footer, now_s)

    def _on_connection(self, state: ConnectionState) -> None:
        if self._draws:
            self._stirred.set()
        elif state is ConnectionState.OFFLINE and not self._was_there and self._follows:
            # A typo in the address would look like a quiet match.
            print(f"{_nobody(self._url)} Still trying; Ctrl-C ends it.", file=sys.stderr, flush=True)
        elif not self._as_json and state is not ConnectionState.LIVE:
            print(f"({state.value})", file=sys.stderr)
        self._was_there |= state in (ConnectionState.LIVE, ConnectionState.POLLING)

    def _explain_silence(self) -> None:
        if self._client.connection is not ConnectionState.LIVE:
            print(_nobody(self._url), file=sys.stderr)
            return
        for game in self._games:
            if game not in self._updates and game not in self._failures:
                print(f"{game}: registered, but nothing has happened yet", file=sys.stderr)
