"""The buckets of every provider, so that a flood slows only who makes it [A7]."""

import asyncio
from collections.abc import Callable

from ingestd.core.admission import Admitted, Bucket, Rate, admit, full
from ingestd.core.outcomes import Refusal
from ingestd.metrics import metrics
from ingestd.providers import Provider
from scoreline.v1.error_reason_pb2 import ErrorReason

MALFORMED_BYTES = Rate(per_second=256 << 10, burst=32 << 20)
"""How much a provider may put among the dead letters: its nonsense must not push out the others'."""


class Throttle:
    """Who may send how much now."""

    def __init__(self, default: Rate, clock: Callable[[], float]) -> None:
        self._default, self._clock = default, clock
        self._events: dict[str, Bucket] = {}
        self._malformed: dict[str, Bucket] = {}

    async def admit(self, provider: Provider, count: int, *, patience_s: float) -> Refusal | None:
        """Let `count` events pass, after a delay of at most `patience_s`; nothing means: go on."""
        rate = provider.rate or self._default
        now_s = self._clock()
        bucket = self._events.get(provider.provider_id) or full(rate, now_s)
        verdict = admit(bucket, rate, count, now_s, patience_s=patience_s)
        self._events[provider.provider_id] = verdict.bucket
        if isinstance(verdict, Admitted):
            if verdict.delay_s > 0:
                metrics.throttled_seconds.labels(provider.provider_id).inc(verdict.delay_s)
                await asyncio.sleep(verdict.delay_s)
            return None
        return Refusal(
            ErrorReason.ERROR_REASON_RATE_LIMITED,
            "",
            f"more than {rate} events of this provider; slow down",
            {"limit": str(rate), "provider_id": provider.provider_id},
            retry_after_s=max(verdict.retry_after_s, 0.05),
        )

    def may_keep_malformed(self, provider_id: str, size: int) -> bool:
        """Whether a dead letter of `size` bytes may still be kept for the provider."""
        now_s = self._clock()
        bucket = self._malformed.get(provider_id) or full(MALFORMED_BYTES, now_s)
        # Small ones count too: each is a message in the stream.
        verdict = admit(bucket, MALFORMED_BYTES, max(size, 4096), now_s)
        self._malformed[provider_id] = verdict.bucket
        return isinstance(verdict, Admitted)
