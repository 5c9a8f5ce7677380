"""What a watched game looks like: panels for a terminal, lines for a pipe, objects for a program.

Pure: the present is an argument, and nothing is printed here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from scoreline.v1.game_pb2 import Side
from scoreline.v1.state_pb2 import ScoreState
from scoreline_client import ConnectionState, TimelineEntry, Update, display_clock, period_label, timeline
from scoreline_client.clock import status_label

#: How many key events a panel shows.
SHOWN_EVENTS = 8
_STYLES = {
    ConnectionState.LIVE: "green",
    ConnectionState.POLLING: "yellow",
    ConnectionState.CONNECTING: "yellow",
    ConnectionState.OFFLINE: "red",
}


def as_object(update: Update, connection: ConnectionState, now_s: float) -> dict[str, Any]:
    """Return an update as one JSON object."""
    state = update.state
    score = state.score
    return {
        "game_id": update.game_id,
        "home": printable(state.sheet.home.name),
        "away": printable(state.sheet.away.name),
        "home_score": score.home,
        "away_score": score.away,
        "home_shootout": score.home_shootout if score.HasField("home_shootout") else None,
        "away_shootout": score.away_shootout if score.HasField("away_shootout") else None,
        "status": status_label(state),
        "period": period_label(state),
        "clock": display_clock(state, now_s),
        "uncertain": state.uncertain,
        "version": update.position.version,
        "epoch": update.position.epoch,
        "connection": connection.value,
        "new_events": [_event_object(entry) for entry in update.new_events],
    }


def as_line(update: Update, now_s: float) -> str:
    """Return an update as one line: the score, the time, and what is new."""
    state = update.state
    when = " ".join(part for part in (period_label(state), display_clock(state, now_s)) if part)
    news = "; ".join(_in_words(entry) for entry in update.new_events if entry.what)
    parts = [
        _score_line(update),
        when,
        status_label(state) + (" (under review)" if state.uncertain else ""),
        news,
    ]
    return "  ".join(part for part in parts if part)


def as_panels(
    game_ids: Iterable[str], updates: dict[str, Update], failures: dict[str, str], footer: Text, now_s: float
) -> RenderableType:
    """Return every game as a panel, in the order asked for, and the state of the connection below."""
    panels: list[RenderableType] = []
    for game_id in game_ids:
        if game_id in failures:
            panels.append(
                Panel(Text(printable(failures[game_id]), style="red"), title=Text(printable(game_id)))
            )
        elif game_id in updates:
            panels.append(_panel(updates[game_id], now_s))
        else:
            panels.append(
                Panel(Text("waiting for its first state", style="dim"), title=Text(printable(game_id)))
            )
    return Group(*panels, footer)


def connection_line(connection: ConnectionState, *, degraded: bool, url: str) -> Text:
    """Return how updates arrive, for people."""
    line = Text(" ● ", style=_STYLES[connection])
    line.append(connection.value, style=_STYLES[connection])
    line.append(f"  {printable(url)}", style="dim")
    if degraded:
        line.append("  the server has lost its source: scores may be old", style="yellow")
    return line


def printable(text: str) -> str:
    """Return `text` without what a terminal would obey: names come from outside."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _panel(update: Update, now_s: float) -> Panel:
    state = update.state
    head = Table.grid(expand=True, padding=(0, 1))
    head.add_column(justify="right", ratio=1)
    head.add_column(justify="center", min_width=13, no_wrap=True)
    head.add_column(ratio=1)
    head.add_row(
        Text(_team(state, Side.SIDE_HOME), style="bold"),
        Text(_score(state), style="bold reverse"),
        Text(_team(state, Side.SIDE_AWAY), style="bold"),
    )
    when = Text(justify="center")
    when.append(
        " ".join(part for part in (period_label(state), display_clock(state, now_s)) if part), style="cyan"
    )
    when.append(f"  {status_label(state)}", style="dim")
    if state.uncertain:
        when.append("  under review", style="yellow")
    body: list[RenderableType] = [head, when]
    entries = [entry for entry in timeline(state) if entry.what][-SHOWN_EVENTS:]
    if entries:
        body.append(_events(entries, {entry.key for entry in update.new_events}))
    title = Text(printable(state.sheet.competition or update.game_id))
    return Panel(
        Group(*body), title=title, subtitle=Text(f"v{update.position.version}", style="dim"), box=box.ROUNDED
    )


def _events(entries: list[TimelineEntry], fresh: set[int]) -> Table:
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(justify="right", ratio=1)
    table.add_column(justify="center", width=9)
    table.add_column(ratio=1)
    for entry in entries:
        style = "dim strike" if entry.voided else "bold" if entry.key in fresh else ""
        what = Text(_what(entry), style=style)
        when = Text(entry.when, style="dim")
        table.add_row(Text(), when, what) if entry.side == Side.SIDE_AWAY else table.add_row(
            what, when, Text()
        )
    return table


def _time(state: ScoreState, now_s: float) -> str:
    return " ".join(part for part in (period_label(state), display_clock(state, now_s)) if part)


def _what(entry: TimelineEntry) -> str:
    people = " / ".join(printable(name) for name in (entry.player, entry.other_player) if name)
    return f"{entry.what} {people}".rstrip()


def _in_words(entry: TimelineEntry) -> str:
    return f"{entry.when} {_what(entry)}{' (taken back)' if entry.voided else ''}".strip()


def _event_object(entry: TimelineEntry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "when": entry.when,
        "what": entry.what,
        "side": {Side.SIDE_HOME: "home", Side.SIDE_AWAY: "away"}.get(entry.side, ""),
        "player": printable(entry.player),
        "other_player": printable(entry.other_player),
        "voided": entry.voided,
    }


def _score_line(update: Update) -> str:
    state = update.state
    home, away = _team(state, Side.SIDE_HOME), _team(state, Side.SIDE_AWAY)
    if not (home and away):
        return f"{update.game_id} {_score(state)}"
    return f"{home} {_score(state)} {away}"


def _team(state: ScoreState, side: Side.ValueType) -> str:
    sheet = state.sheet.home if side == Side.SIDE_HOME else state.sheet.away
    return printable(sheet.name or sheet.short_name)


def _score(state: ScoreState) -> str:
    score = state.score
    if score.HasField("home_shootout") or score.HasField("away_shootout"):
        return f"{score.home} ({score.home_shootout}) - ({score.away_shootout}) {score.away}"
    return f"{score.home} - {score.away}"
