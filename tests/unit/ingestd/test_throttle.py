"""Buckets by provider: one provider's nonsense or flood never uses up another's allowance."""

import asyncio

from ingestd.core.admission import Rate
from ingestd.providers import Provider
from ingestd.throttle import MALFORMED_BYTES, Throttle
from scoreline.v1.error_reason_pb2 import ErrorReason

ACME, OTHER, OWN = Provider("acme"), Provider("other"), Provider("own", rate=Rate(1, 100))

GAME = Rate(2, 4)
GAMES = [f"g{number}" for number in range(100)]


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_spent_allowance_is_refused_with_a_hint_and_only_to_who_spent_it() -> None:
    async def main() -> None:
        clock = Clock()
        throttle = Throttle(Rate(10, 20), GAME, clock)
        assert await throttle.admit(ACME, GAMES[:20], patience_s=0) is None
        refusal = await throttle.admit(ACME, GAMES[:5], patience_s=0)
        assert refusal is not None
        assert refusal.reason == ErrorReason.ERROR_REASON_RATE_LIMITED
        assert refusal.metadata == {"limit": "10/s", "provider_id": "acme"}
        assert refusal.retry_after_s == 0.5
        assert await throttle.admit(OTHER, GAMES[:20], patience_s=0) is None
        assert await throttle.admit(OWN, GAMES, patience_s=0) is None
        clock.now_s = 0.5
        assert await throttle.admit(ACME, GAMES[:5], patience_s=0) is None

    asyncio.run(main())


def test_a_game_that_floods_is_refused_alone_and_takes_nothing_from_its_provider() -> None:
    async def main() -> None:
        clock = Clock()
        throttle = Throttle(Rate(10, 20), GAME, clock)
        assert await throttle.admit(ACME, ["g1"] * 4, patience_s=0) is None
        refusal = await throttle.admit(ACME, ["g1"], patience_s=0)
        assert refusal is not None
        assert refusal.metadata == {"limit": "2/s", "game_id": "g1"}
        assert refusal.retry_after_s == 0.5
        assert await throttle.admit(ACME, GAMES[2:18], patience_s=0) is None
        clock.now_s = 0.5
        assert await throttle.admit(ACME, ["g1"], patience_s=0) is None

    asyncio.run(main())


def test_a_game_that_is_a_little_too_fast_is_slowed_down_rather_than_refused() -> None:
    async def main() -> float:
        throttle = Throttle(Rate(1000, 1000), Rate(100, 1), Clock())
        loop = asyncio.get_running_loop()
        assert await throttle.admit(ACME, ["g1"], patience_s=1) is None
        began = loop.time()
        assert await throttle.admit(ACME, ["g1"], patience_s=1) is None
        return loop.time() - began

    assert asyncio.run(main()) >= 0.009


def test_nonsense_is_kept_up_to_an_allowance_of_bytes() -> None:
    clock = Clock()
    throttle = Throttle(Rate(10, 20), GAME, clock)
    eight_megabytes = 8 << 20
    assert [throttle.may_keep_malformed("acme", eight_megabytes) for _ in range(5)] == [True] * 4 + [False]
    assert throttle.may_keep_malformed("other", eight_megabytes)
    clock.now_s = eight_megabytes / MALFORMED_BYTES.per_second
    assert throttle.may_keep_malformed("acme", eight_megabytes)


def test_small_nonsense_counts_as_a_page_each() -> None:
    throttle = Throttle(Rate(10, 20), GAME, Clock())
    kept = sum(throttle.may_keep_malformed("acme", 1) for _ in range(10_000))
    assert kept == MALFORMED_BYTES.burst // 4096
