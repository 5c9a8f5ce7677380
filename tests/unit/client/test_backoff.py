from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scoreline_client.backoff import Backoff, jittered_s


def test_ceiling_doubles_with_every_failure_up_to_the_cap() -> None:
    ceilings = [Backoff().delay_s(failures, lambda: 1.0) for failures in range(1, 9)]
    assert ceilings == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_full_jitter_may_return_at_once() -> None:
    assert Backoff().delay_s(5, lambda: 0.0) == 0.0


def test_hint_of_the_server_is_a_floor_even_above_the_cap() -> None:
    assert Backoff().delay_s(1, lambda: 0.0, hint_s=45) == 45
    assert Backoff().delay_s(1, lambda: 1.0, hint_s=45) == 45.5


@given(st.integers(0, 10**9), st.floats(0, 1, exclude_max=True))
def test_any_number_of_failures_waits_no_longer_than_the_cap(failures: int, roll: float) -> None:
    assert 0 <= Backoff().delay_s(failures, lambda: roll) <= 30


@given(st.floats(0, 1, exclude_max=True))
def test_polls_are_spread_around_their_interval(roll: float) -> None:
    assert 4 <= jittered_s(5, lambda: roll) <= 6
