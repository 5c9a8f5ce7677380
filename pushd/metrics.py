"""Every metric of pushd, by name."""

from __future__ import annotations

import time
from functools import cache
from typing import Literal

from prometheus_client import Counter, Gauge, Histogram

from pushd.core.burst import Burst

# Of several workers, gauges are summed over those that live, and counters over all that ever did.
_SUM: Literal["livesum"] = "livesum"
connections = Gauge(
    "scoreline_pushd_connections", "Open client connections.", ["transport"], multiprocess_mode=_SUM
)
subscriptions = Gauge(
    "scoreline_pushd_subscriptions", "Topics followed, summed over all connections.", multiprocess_mode=_SUM
)
rooms = Gauge(
    "scoreline_pushd_rooms", "Topics that somebody follows, summed over workers.", multiprocess_mode=_SUM
)
frames = Counter("scoreline_pushd_frames_total", "Patch and snapshot frames written by fan-out.")
frame_bytes = Counter("scoreline_pushd_frame_bytes_total", "Bytes of those frames before transport headers.")
broken_writes = Counter("scoreline_pushd_broken_writes_total", "Writes that a transport refused.")
paused = Counter("scoreline_pushd_paused_total", "Times that a client stopped taking bytes.")
caught_up = Counter("scoreline_pushd_caught_up_total", "Times that a slow client was brought up to date.")
patches = Counter("scoreline_pushd_patches_total", "Patches received, by what became of them.", ["outcome"])
state_loads = Counter("scoreline_pushd_state_loads_total", "States read from Redis, by cause.", ["cause"])
refused = Counter("scoreline_pushd_refused_total", "Connections refused before they began.", ["reason"])
closed = Counter("scoreline_pushd_closed_total", "Connections closed, by close code.", ["code"])
errors = Counter("scoreline_pushd_errors_total", "Error frames sent, by reason.", ["reason"])
latency = Histogram(
    "scoreline_pushd_latency_seconds",
    "From the provider's receipt at the ingest service to the last socket write of the fan-out.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30),
)
http_requests = Counter("scoreline_pushd_http_requests_total", "HTTP requests.", ["route", "status"])


@cache
def open_connections(transport: str) -> Gauge:
    """Return the gauge of one transport; looking it up by its label costs more than counting."""
    return connections.labels(transport)


def burst_written(burst: Burst) -> None:
    """Record a fan-out, once for all its sockets."""
    broken_writes.inc(burst.broken)
    if not burst.sent:
        return
    frames.inc(burst.sent)
    frame_bytes.inc(burst.sent * burst.frame_bytes)
    now = time.time()
    for received_us in burst.received_us:
        latency.observe(max(0.0, now - received_us / 1e6))
