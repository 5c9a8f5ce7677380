"""Buckets and windows: who may send how much, as values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.core.admission import Admitted, Bucket, Rate, Throttled, admit, full, within_window

RATE = Rate(per_second=10, burst=20)


def test_a_burst_passes_at_once_and_the_next_event_waits() -> None:
    first = admit(full(RATE, 0.0), RATE, 20, 0.0)
    assert first == Admitted(Bucket(0.0, 0.0), 0.0)
    second = admit(first.bucket, RATE, 1, 0.0)
    assert second == Throttled(Bucket(0.0, 0.0), pytest.approx(0.1))


def test_a_bucket_fills_with_time_up_to_its_burst() -> None:
    empty = Bucket(0.0, 0.0)
    assert isinstance(admit(empty, RATE, 5, 0.5), Admitted)
    assert isinstance(admit(empty, RATE, 6, 0.5), Throttled)
    assert admit(empty, RATE, 20, 1000.0) == Admitted(Bucket(0.0, 1000.0), 0.0)


def test_patience_turns_a_refusal_into_a_delay() -> None:
    empty = Bucket(0.0, 0.0)
    assert admit(empty, RATE, 5, 0.0, patience_s=1.0) == Admitted(Bucket(-5.0, 0.0), 0.5)
    assert admit(empty, RATE, 20, 0.0, patience_s=1.0) == Throttled(Bucket(0.0, 0.0), 1.0)


def test_those_who_wait_are_a_debt_for_those_who_come_later() -> None:
    first = admit(Bucket(0.0, 0.0), RATE, 5, 0.0, patience_s=1.0)
    second = admit(first.bucket, RATE, 5, 0.0, patience_s=1.0)
    assert isinstance(second, Admitted)
    assert second.delay_s == pytest.approx(1.0)
    assert isinstance(admit(second.bucket, RATE, 5, 0.0, patience_s=1.0), Throttled)


def test_more_than_a_burst_is_admitted_when_full_and_paid_afterwards() -> None:
    taken = admit(full(RATE, 0.0), RATE, 100, 0.0)
    assert taken == Admitted(Bucket(-80.0, 0.0), 0.0)
    assert isinstance(admit(taken.bucket, RATE, 1, 8.0), Throttled)
    assert isinstance(admit(taken.bucket, RATE, 1, 8.2), Admitted)


def test_a_clock_that_steps_back_takes_nothing_away() -> None:
    bucket = Bucket(10.0, 100.0)
    assert admit(bucket, RATE, 10, 50.0) == Admitted(Bucket(0.0, 100.0), 0.0)


def test_a_rate_reads_as_people_write_it() -> None:
    assert str(Rate(2000, 1)) == "2000/s"


@given(
    st.lists(st.tuples(st.floats(0, 5), st.integers(1, 40)), max_size=60),
    st.floats(0, 2),
)
def test_over_any_time_no_more_passes_than_rate_and_burst_allow(
    steps: list[tuple[float, int]], patience_s: float
) -> None:
    now, bucket, passed = 0.0, full(RATE, 0.0), 0
    for pause, count in steps:
        now += pause
        verdict = admit(bucket, RATE, count, now, patience_s=patience_s)
        bucket = verdict.bucket
        if isinstance(verdict, Admitted):
            passed += count
            assert verdict.delay_s <= patience_s
            # One admission may be larger than the burst; all before it obeyed the bound.
            assert passed - count <= RATE.burst + RATE.per_second * (now + patience_s) + 1e-6
        else:
            assert verdict.retry_after_s > 0
            again = admit(bucket, RATE, count, now + verdict.retry_after_s + 1e-6, patience_s=patience_s)
            assert isinstance(again, Admitted)


@pytest.mark.parametrize(
    ("unanswered", "offered", "fitting"), [(0, 10, 10), (95, 10, 5), (100, 10, 0), (130, 10, 0)]
)
def test_only_what_fits_into_the_window_is_taken(unanswered: int, offered: int, fitting: int) -> None:
    assert within_window(unanswered, offered, 100) == fitting
