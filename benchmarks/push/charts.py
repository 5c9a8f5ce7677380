"""Draws what is kept, as small SVGs beside the results; without matplotlib there are no charts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import RESULTS

_OURS, _PEER, _LIMIT = "#1764ab", "#c2c9d1", "#2b2f33"


def draw(name: str, figures: dict[str, Any]) -> Path | None:
    """Draw the chart of a scenario, where it has one."""
    painter = _PAINTERS.get(name)
    if painter is None:
        return None
    try:
        import matplotlib
    except ImportError:
        print("   no chart: matplotlib is in the dependency group `bench`", flush=True)
        return None
    matplotlib.use("svg")
    from matplotlib import pyplot

    # The same figures make the same file, so that a chart changes only with its result.
    pyplot.rcParams.update({"svg.hashsalt": "scoreline", "font.size": 9, "axes.spines.top": False})
    pyplot.rcParams.update({"axes.spines.right": False, "figure.constrained_layout.use": True})
    figure = pyplot.figure(figsize=(8, 3.2))
    painter(figure, figures)
    path = RESULTS / f"push-{name}.svg"
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return path


def _football(figure: Any, figures: dict[str, Any]) -> None:
    published = figures["published_centrifugo"]
    bars = [
        ("Centrifugo as published, JSON", published["json_over_json"]["plain"], _PEER),
        ("Centrifugo as published, Protobuf", published["protobuf_over_protobuf"]["plain"], _PEER),
        (
            "Centrifugo as published, JSON, delta + deflate",
            published["json_over_json"]["delta_deflate"],
            _PEER,
        ),
        ("Centrifugo as published, its best", published["json_over_protobuf"]["delta_deflate"], _PEER),
        ("Scoreline, as stated sends it", figures["as_stated_would_send"]["total_56"], _OURS),
        ("Scoreline, the same facts", figures["published_facts_only"]["total_56"], _OURS),
    ]
    _bars(figure.subplots(), bars, "bytes of one match to one client, 56 a packet for TCP/IP included")


def _per_delivery(figure: Any, figures: dict[str, Any]) -> None:
    bars = []
    for size, measured in figures.items():
        label = f"{int(size.split('_')[0]):,} connections"
        bars.append((f"C send loop, {label}", measured["send_loop_us"]["median"], _LIMIT))
        bars.append((f"pushd, {label}", measured["gateway_us"]["median"], _OURS))
    _bars(figure.subplots(), bars, "CPU per delivery, µs")


def _peers(figure: Any, figures: dict[str, Any]) -> None:
    cost, late = figure.subplots(1, 2)
    sizes = [key for key in figures if key.endswith("_connections")]
    for panel, pick, title in (
        (cost, lambda one: one["goal"]["cpu_us_per_delivery"]["median"], "CPU per delivery, µs"),
        (late, lambda one: one["goal"]["to_last_client"]["p50_ms"], "to the last client, median, ms"),
    ):
        bars = []
        for size in sizes:
            label = f"{int(size.split('_')[0]):,}"
            bars.append((f"nats-server, {label}", pick(figures[size]["nats-server"]), _PEER))
            bars.append((f"pushd, {label}", pick(figures[size]["pushd"]), _OURS))
        _bars(panel, bars, title)


def _growth(figure: Any, figures: dict[str, Any]) -> None:
    panels = figure.subplots(1, 2)
    for panel, part, label in (
        (panels[0], "by_connections_of_one_game", "connections, one game"),
        (panels[1], "by_games", f"games, {figures['connections_by_games']:,} connections"),
    ):
        measured = figures[part]
        at = [int(key) for key in measured]
        panel.plot(at, [one["deliveries_per_s"]["median"] for one in measured.values()], "o-", color=_OURS)
        panel.set_xscale("log")
        panel.set_ylim(bottom=0)
        panel.set_xlabel(label)
        panel.set_title("deliveries a second (line), p99 to the last client in ms (dashes)", fontsize=7)
        beside = panel.twinx()
        late = [one["to_last_client_at_rate"]["p99_ms"] for one in measured.values()]
        beside.plot(at, late, "s--", color=_LIMIT)
        beside.set_ylim(bottom=0)


def _fairness(figure: Any, figures: dict[str, Any]) -> None:
    bars = []
    for label, part, color in (
        ("alone", "small_alone", _PEER),
        ("beside the flood", "small_beside_flood", _OURS),
    ):
        median = figures[part]["median_round"]
        bars.append((f"{label}, median", median["p50_ms"], color))
        bars.append((f"{label}, p99", median["p99_ms"], color))
    _bars(figure.subplots(), bars, "small games: ms to the last client")


def _machine(figure: Any, figures: dict[str, Any]) -> None:
    panel = figure.subplots()
    at = [step["offered_per_s"] for step in figures["steps"]]
    panel.plot(at, [step["to_last_client"].get("p99_ms") for step in figures["steps"]], "s--", color=_LIMIT)
    panel.plot(at, [step["to_last_client"].get("p50_ms") for step in figures["steps"]], "o-", color=_OURS)
    panel.set_yscale("log")
    panel.set_xlabel(f"deliveries offered a second to {figures['connections']:,} connections")
    panel.set_title("ms to the last client: median (line), p99 (dashes)")


def _bars(panel: Any, bars: list[tuple[str, float, str]], title: str) -> None:
    labels, values, colors = zip(*bars, strict=True)
    drawn = panel.barh(range(len(bars)), values, color=colors)
    panel.set_yticks(range(len(bars)), labels)
    panel.invert_yaxis()
    panel.bar_label(drawn, [f" {value:,.4g}" if value < 1000 else f" {value:,.0f}" for value in values])
    panel.margins(x=0.12)
    panel.set_title(title)


_PAINTERS: dict[str, Callable[[Any, dict[str, Any]], None]] = {
    "football": _football,
    "per-delivery": _per_delivery,
    "peers": _peers,
    "growth": _growth,
    "fairness": _fairness,
    "machine": _machine,
}
