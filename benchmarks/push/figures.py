"""Sums up measurements the same way everywhere."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import Any


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` of all values don't exceed; not a number without values."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def latencies(values_ms: Iterable[float]) -> dict[str, Any]:
    """Return what is told of a set of latencies in milliseconds."""
    values = list(values_ms)
    if not values:
        return {"count": 0}
    return {
        "count": len(values),
        "p50_ms": round(quantile(values, 0.5), 3),
        "p99_ms": round(quantile(values, 0.99), 3),
        "max_ms": round(max(values), 3),
    }


def spread(values: Sequence[float], digits: int = 3) -> dict[str, Any]:
    """Return median, extremes and all values of repeated rounds."""
    return {
        "median": round(statistics.median(values), digits),
        "min": round(min(values), digits),
        "max": round(max(values), digits),
        "rounds": [round(value, digits) for value in values],
    }
