"""Who runs, who is replaced, and when: a list of calls with a clock in hand."""

from pushd.core.crew import BACKOFF_S, STEADY_S, Crew, Kill, Start, Stop


class Yard:
    """A crew whose orders are obeyed by the book."""

    def __init__(self, size: int) -> None:
        self.crew = Crew(size, start_deadline_s=60, stop_deadline_s=12)
        self.now = 0.0
        self.next_pid = 100
        self.slot_of: dict[int, int] = {}

    def step(self, after: float = 0.0) -> list:
        self.now += after
        orders = self.crew.orders(self.now)
        for order in orders:
            if isinstance(order, Start):
                self.next_pid += 1
                self.slot_of[self.next_pid] = order.slot
                self.crew.started(order.slot, self.next_pid, self.now)
        return orders

    def ready(self, *pids: int) -> None:
        for pid in pids:
            self.crew.became_ready(pid, self.now)

    def manned(self, size: int = 2) -> list[int]:
        self.step()
        self.ready(*self.crew.waiting)
        assert self.crew.ready == size
        return list(self.slot_of)


def test_every_slot_gets_a_worker_once():
    yard = Yard(3)
    assert yard.step() == [Start(0), Start(1), Start(2)]
    assert yard.step() == []
    assert yard.crew.waiting == [101, 102, 103]
    yard.ready(101)
    assert yard.crew.ready == 1


def test_an_order_that_is_being_carried_out_is_not_given_again():
    crew = Crew(1, start_deadline_s=1, stop_deadline_s=1)
    assert crew.orders(0) == [Start(0)]
    assert crew.orders(0) == []


def test_one_that_dies_is_started_again_later_and_later():
    yard = Yard(1)
    yard.step()
    for failures, pause in enumerate((*BACKOFF_S, BACKOFF_S[-1]), start=1):
        assert yard.crew.ended(yard.next_pid, yard.now) == failures
        assert yard.step(pause - 0.01) == []
        assert yard.step(0.02) == [Start(0)]


def test_one_that_served_for_long_is_started_again_at_once():
    yard = Yard(1)
    yard.step()
    for _ in range(3):
        yard.crew.ended(yard.next_pid, yard.now)
        yard.step(100)
    yard.ready(yard.next_pid)
    yard.now += STEADY_S
    assert yard.crew.ended(yard.next_pid, yard.now) == 1
    assert yard.step(BACKOFF_S[0]) == [Start(0)]


def test_one_that_never_becomes_ready_is_killed():
    yard = Yard(1)
    yard.step()
    assert yard.step(60) == [Kill(101)]
    assert yard.crew.ended(101, yard.now) == 1


def test_a_stop_reaches_everybody_once_and_kills_who_stays():
    yard = Yard(2)
    first, second = yard.manned()
    yard.crew.replace_all()
    yard.crew.stop()
    assert yard.step() == [Stop(first), Stop(second)]
    assert yard.step(1) == []
    assert yard.crew.ended(first, yard.now) == 0
    assert not yard.crew.over
    assert yard.step(12) == [Kill(second)]
    yard.crew.ended(second, yard.now)
    assert yard.crew.over
    assert yard.step() == []


def test_workers_are_replaced_one_at_a_time_and_each_slot_is_always_served():
    yard = Yard(2)
    first, second = yard.manned()
    yard.crew.replace_all()
    assert yard.step() == [Start(0)]
    assert yard.step() == []
    yard.ready(103)
    assert yard.step() == [Stop(first)]
    assert yard.crew.ready == 2
    assert yard.step(1) == []  # it drains
    yard.crew.ended(first, yard.now)
    assert yard.step() == [Start(1)]
    yard.ready(104)
    assert yard.step() == [Stop(second)]
    yard.crew.ended(second, yard.now)
    assert yard.step() == []
    assert yard.crew.ready == 2
    assert yard.slot_of == {101: 0, 102: 1, 103: 0, 104: 1}


def test_a_successor_that_fails_leaves_the_old_one_in_place():
    yard = Yard(1)
    (old,) = yard.manned(1)
    yard.crew.replace_all()
    assert yard.step() == [Start(0)]
    yard.crew.ended(102, yard.now)
    assert yard.crew.ready == 1
    assert yard.step() == []
    assert yard.step(BACKOFF_S[0]) == [Start(0)]
    yard.ready(103)
    assert yard.step() == [Stop(old)]


def test_one_that_dies_before_its_turn_needs_no_replacement():
    yard = Yard(2)
    first, second = yard.manned()
    yard.crew.replace_all()
    yard.crew.ended(first, yard.now)
    yard.crew.ended(second, yard.now)
    assert yard.step() == []
    assert yard.step(1) == [Start(0), Start(1)]
    yard.ready(103, 104)
    assert yard.step() == []
