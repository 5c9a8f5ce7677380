"""How much a sender may send: a bucket of tokens, a window, and sizes [A7].

Values only: time is an argument, and taking from a bucket returns the next bucket.
"""

from __future__ import annotations

from typing import NamedTuple


class Rate(NamedTuple):
    """How fast a bucket fills and how much it holds."""

    per_second: float
    burst: float

    def __str__(self) -> str:
        return f"{self.per_second:g}/s"


class Bucket(NamedTuple):
    """A bucket at a moment; below zero it is in debt to those who wait."""

    level: float
    as_of_s: float


class Admitted(NamedTuple):
    """The sender may go on, after a delay that keeps it to its rate."""

    bucket: Bucket
    delay_s: float


class Throttled(NamedTuple):
    """The sender must come back later; nothing was taken."""

    bucket: Bucket
    retry_after_s: float


def full(rate: Rate, now_s: float) -> Bucket:
    """Return a bucket that was never used."""
    return Bucket(rate.burst, now_s)


def admit(
    bucket: Bucket, rate: Rate, count: float, now_s: float, *, patience_s: float = 0.0
) -> Admitted | Throttled:
    """Take `count` tokens whole, or none.

    Up to `patience_s` the answer is a delay instead of a refusal: a stream that is a little
    too fast is slowed down rather than refused. More than a whole burst is admitted once
    the bucket is full, and paid for afterwards; else it could never be.
    """
    # A clock that steps back must not take tokens away.
    elapsed_s = max(0.0, now_s - bucket.as_of_s)
    level = min(rate.burst, bucket.level + elapsed_s * rate.per_second)
    as_of_s = max(now_s, bucket.as_of_s)
    needed = min(count, rate.burst)
    delay_s = max(0.0, (needed - level) / rate.per_second)
    if delay_s <= patience_s:
        return Admitted(Bucket(level - count, as_of_s), delay_s)
    return Throttled(Bucket(level, as_of_s), delay_s - patience_s)


def within_window(unanswered: int, offered: int, window: int) -> int:
    """Return how many of the `offered` events still fit into a window with `unanswered` ones in it."""
    return max(0, min(offered, window - unanswered))
