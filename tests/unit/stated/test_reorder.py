from hypothesis import given
from hypothesis import strategies as st

from stated.core.reorder import ReorderBuffer


def buffer(next_sequence: int = 1, max_held: int = 2_000) -> ReorderBuffer[str]:
    return ReorderBuffer(next_sequence, window_us=500, max_held=max_held)


def test_what_comes_in_order_goes_on_at_once() -> None:
    held = buffer()
    assert held.offer(1, "a", 0) == ["a"]
    assert held.offer(2, "b", 1) == ["b"]
    assert held.deadline_us is None
    assert len(held) == 0


def test_an_early_one_waits_for_the_one_before_it() -> None:
    held = buffer()
    assert held.offer(2, "b", 10) == []
    assert len(held) == 1
    assert held.offer(1, "a", 20) == ["a", "b"]
    assert held.next_sequence == 3


def test_a_gap_is_given_up_once_the_deadline_passes() -> None:
    held = buffer()
    held.offer(3, "c", 10)
    held.offer(2, "b", 400)
    assert held.deadline_us == 510
    assert held.release(509) == []
    assert held.release(510) == ["b", "c"]
    assert held.next_sequence == 4


def test_what_was_given_up_goes_on_at_once_when_it_still_comes() -> None:
    held = buffer()
    held.offer(2, "b", 0)
    held.release(500)
    assert held.offer(1, "a", 600) == ["a"]
    assert held.next_sequence == 3


def test_those_behind_a_second_gap_keep_their_own_patience() -> None:
    held = buffer()
    held.offer(2, "b", 0)
    held.offer(5, "e", 300)
    assert held.release(500) == ["b"]
    assert held.deadline_us == 800
    assert held.release(800) == ["e"]


def test_the_oldest_one_takes_those_before_it_along() -> None:
    held = buffer()
    held.offer(9, "i", 0)
    held.offer(4, "d", 300)
    assert held.release(500) == ["d", "i"]


def test_equal_sequences_stand_side_by_side_as_they_came() -> None:
    held = buffer()
    held.offer(2, "b", 0)
    held.offer(2, "b again", 0)
    assert held.offer(1, "a", 0) == ["a", "b", "b again"]
    assert held.offer(2, "b once more", 0) == ["b once more"]


def test_one_too_many_ends_the_patience_with_the_first_gap() -> None:
    held = buffer(max_held=2)
    assert held.offer(3, "c", 0) == []
    assert held.offer(7, "g", 0) == []
    assert held.offer(5, "e", 0) == ["c"]
    assert len(held) == 2


def test_it_goes_on_where_another_one_stopped() -> None:
    held = buffer(next_sequence=42)
    assert held.offer(42, "x", 0) == ["x"]


@given(st.permutations(range(1, 30)))
def test_any_order_within_the_window_comes_out_in_order(arrival: list[int]) -> None:
    held: ReorderBuffer[int] = ReorderBuffer()
    out = [item for now, sequence in enumerate(arrival) for item in held.offer(sequence, sequence, now)]
    assert out == sorted(arrival)
    assert held.deadline_us is None


@given(st.lists(st.integers(1, 60)), st.integers(1, 8))
def test_everything_comes_out_once_and_no_more_than_the_bound_waits(arrival: list[int], bound: int) -> None:
    held: ReorderBuffer[int] = ReorderBuffer(max_held=bound)
    out = []
    for ticket, sequence in enumerate(arrival):
        out += held.offer(sequence, ticket, ticket)
        assert len(held) <= bound
    out += held.release(10**9)
    assert sorted(out) == list(range(len(arrival)))
    assert len(held) == 0
