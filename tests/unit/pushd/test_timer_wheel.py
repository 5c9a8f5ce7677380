"""Deadlines without timers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushd.core.timer_wheel import TimerWheel


def test_an_item_is_due_after_its_ticks_and_once():
    wheel: TimerWheel[str] = TimerWheel(8)
    wheel.schedule("a", 2)
    assert wheel.advance() == []
    assert wheel.advance() == ["a"]
    assert all(wheel.advance() == [] for _ in range(20))
    assert len(wheel) == 0


def test_a_new_plan_replaces_the_old_one():
    wheel: TimerWheel[str] = TimerWheel(8)
    wheel.schedule("a", 1)
    wheel.schedule("a", 3)
    assert [wheel.advance() for _ in range(3)] == [[], [], ["a"]]


def test_a_cancelled_item_is_never_due():
    wheel: TimerWheel[str] = TimerWheel(8)
    wheel.schedule("a", 1)
    wheel.cancel("a")
    wheel.cancel("never known")
    assert wheel.advance() == []


@pytest.mark.parametrize("ticks", [0, 8, -1])
def test_a_wheel_refuses_what_it_cannot_hold(ticks):
    with pytest.raises(AssertionError, match="8 slots"):
        TimerWheel(8).schedule("a", ticks)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 15), st.booleans()), max_size=60))
def test_it_agrees_with_a_list_of_deadlines(steps):
    wheel: TimerWheel[int] = TimerWheel(16)
    plan: dict[int, int] = {}
    for now, (item, ticks, cancel) in enumerate(steps):
        if cancel:
            wheel.cancel(item)
            plan.pop(item, None)
        else:
            wheel.schedule(item, ticks)
            plan[item] = now + ticks
        due = {known for known, at in plan.items() if at == now + 1}
        assert set(wheel.advance()) == due
        for known in due:
            del plan[known]
    assert len(wheel) == len(plan)
