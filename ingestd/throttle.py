"""The buckets of every provider and of each of its games, so that a flood slows only who makes it [A7].

A game has a limit of its own: stated folds its events one after the other, so one that floods within
its provider's limit would keep the games beside it in the partition waiting.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable

from ingestd.core.admission import Admitted, Bucket, Rate, Throttled, admit, full
from ingestd.core.outcomes import Refusal
from ingestd.metrics import metrics
from ingestd.providers import Provider
from scoreline.v1.error_reason_pb2 import ErrorReason

MALFORMED_BYTES = Rate(per_second=256 << 10, burst=32 << 20)
"""How much a provider may put among the dead letters: its nonsense must not push out the others'."""
_MOST_GAMES = 50_000
"""Games whose buckets are kept; a bucket that is forgotten is a full one, which is right for a quiet game."""


class Throttle:
    """Who may send how much now."""

    def __init__(self, provider: Rate, game: Rate, clock: Callable[[], float]) -> None:
        self._default, self._game, self._clock = provider, game, clock
        self._events: dict[str, Bucket] = {}
        self._games: dict[tuple[str, str], Bucket] = {}
        self._malformed: dict[str, Bucket] = {}

    async def admit(
        self, provider: Provider, game_ids: Iterable[str], *, patience_s: float
    ) -> Refusal | None:
        """Let events pass, one for each of `game_ids`, after a delay of at most `patience_s`.

        Nothing means: go on. All pass or none, so that a feed keeps its order.
        """
        rate = provider.rate or self._default
        now_s = self._clock()
        counts = Counter(game_ids)
        bucket = self._events.get(provider.provider_id) or full(rate, now_s)
        whole = admit(bucket, rate, counts.total(), now_s, patience_s=patience_s)
        games = {
            (provider.provider_id, game_id): admit(
                self._games.get((provider.provider_id, game_id)) or full(self._game, now_s),
                self._game,
                count,
                now_s,
                patience_s=patience_s,
            )
            for game_id, count in counts.items()
        }
        if isinstance(whole, Throttled):
            return _slow_down(rate, "this provider", {"provider_id": provider.provider_id}, whole)
        for (_, game_id), verdict in games.items():
            if isinstance(verdict, Throttled):
                return _slow_down(self._game, f"the game {game_id}", {"game_id": game_id}, verdict)
        self._events[provider.provider_id] = whole.bucket
        if len(self._games) + len(games) > _MOST_GAMES:
            self._games.clear()
        self._games |= {key: verdict.bucket for key, verdict in games.items()}
        delay_s = max(
            verdict.delay_s for verdict in (whole, *games.values()) if isinstance(verdict, Admitted)
        )
        if delay_s > 0:
            metrics.throttled_seconds.labels(provider.provider_id).inc(delay_s)
            await asyncio.sleep(delay_s)
        return None

    def may_keep_malformed(self, provider_id: str, size: int) -> bool:
        """Whether a dead letter of `size` bytes may still be kept for the provider."""
        now_s = self._clock()
        bucket = self._malformed.get(provider_id) or full(MALFORMED_BYTES, now_s)
        # Small ones count too: each is a message in the stream.
        verdict = admit(bucket, MALFORMED_BYTES, max(size, 4096), now_s)
        self._malformed[provider_id] = verdict.bucket
        return isinstance(verdict, Admitted)


def _slow_down(rate: Rate, whose: str, metadata: dict[str, str], verdict: Throttled) -> Refusal:
    return Refusal(
        ErrorReason.ERROR_REASON_RATE_LIMITED,
        "",
        f"more than {rate} events of {whose}; slow down",
        {"limit": str(rate), **metadata},
        retry_after_s=max(verdict.retry_after_s, 0.05),
    )
