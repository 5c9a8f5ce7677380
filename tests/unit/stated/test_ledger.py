import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoreline.v1.event_pb2 import GameEvent, GoalScored
from scoreline.v1.state_pb2 import KeyEvent, ScoreState
from stated.core.ledger import (
    STATES_KEPT,
    Entry,
    Ledger,
    Place,
    content_of,
    decode,
    encode,
    event_key,
    facts_before,
)
from tests.unit.stated.match import HOME, Feed

COUNT = st.integers(0, 2**64 - 1)


def entry(key: str, sequence: int, **fields: object) -> Entry:
    return Entry(key, Place(sequence, sequence), 0, 0, GameEvent(player_id=key), **fields)  # type: ignore[arg-type]


def same(one: Entry, other: Entry) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in Entry.__slots__)


@given(
    st.builds(Place, COUNT, COUNT, st.integers(0, 1)),
    COUNT,
    st.integers(-(2**63), 2**63 - 1),
    st.none()
    | st.builds(lambda p: GameEvent(player_id=p, goal_scored=GoalScored()), st.sampled_from(["", "h1"])),
    st.booleans(),
    st.integers(0, 2**32 - 1),
    st.none() | st.builds(lambda n: KeyEvent(kind=1, elapsed_s=n), st.integers(0, 9_000)),
    COUNT,
)
def test_an_entry_is_read_back_from_its_bytes(
    place, revision, at_us, event, voided, number, line, message
) -> None:  # type: ignore[no-untyped-def]
    one = Entry("acme:e1", place, revision, at_us, event, voided, number, line, message)
    assert same(decode("acme:e1", encode(one)), one)


def test_content_without_a_field_is_still_content() -> None:
    assert decode("k", encode(Entry("k", Place(1, 1), 0, 0, GameEvent()))).event == GameEvent()
    assert decode("k", encode(Entry("k", Place(1, 1), 0, 0, None))).event is None


def test_bytes_of_another_format_are_refused() -> None:
    with pytest.raises(ValueError, match="ledger entry k has format 2, expected 1"):
        decode("k", b"\x02" + encode(entry("k", 1))[1:])


def test_entries_stand_in_feed_order_however_they_were_put() -> None:
    ledger = Ledger({})
    for sequence in (3, 1, 2):
        ledger.put(entry(f"k{sequence}", sequence))
    assert [e.key for e in ledger.ordered] == ["k1", "k2", "k3"]
    assert [e.key for e in Ledger(ledger.encoded()).ordered] == ["k1", "k2", "k3"]


def test_an_entry_put_again_takes_the_place_of_the_one_before() -> None:
    ledger = Ledger({})
    ledger.put(entry("~clock", 1))
    ledger.put(entry("k2", 2))
    ledger.put(entry("~clock", 3))
    assert [(e.key, e.place.sequence) for e in ledger.ordered] == [("k2", 2), ("~clock", 3)]


def test_an_entry_can_move_and_be_dropped() -> None:
    ledger = Ledger({})
    first, second = entry("k1", 1), entry("k2", 2)
    ledger.put(first)
    ledger.put(second)
    assert ledger.is_last(second)
    ledger.move(first, Place(9, 9))
    assert ledger.is_last(first)
    ledger.drop("k1")
    assert ledger.get("k1") is None
    assert ledger.get("k2") is second


def test_keys_of_the_timeline_rise_and_go_on_rising_after_a_restart() -> None:
    ledger = Ledger({})
    one = entry("k1", 1, number=ledger.allot_number(), line=KeyEvent())
    ledger.put(one)
    assert (one.number, ledger.newest_number) == (1, 1)
    assert Ledger(ledger.encoded()).allot_number() == 2


def test_facts_before_are_those_that_count_the_nearest_first() -> None:
    entries = [
        entry("k1", 1),
        entry("k2", 2, voided=True),
        Entry("k3", Place(3, 3), 0, 0, None),
        entry("k4", 4),
    ]
    assert [fact.player_id for fact in facts_before(entries, 4)] == ["k4", "k1"]
    assert list(facts_before(entries, 0)) == []


def test_content_leaves_out_what_identifies_and_orders() -> None:
    feed = Feed()
    one = feed.goal(HOME, player="h1", score=(1, 0))
    again = feed.goal(HOME, player="h1", event_id="other", revision=4)
    again.received_time.seconds = 3
    assert content_of(one) == content_of(again)
    assert event_key(one) == "acme:e1"


def test_the_last_states_are_remembered_and_earlier_ones_are_not() -> None:
    ledger, states = Ledger({}), [ScoreState() for _ in range(STATES_KEPT + 10)]
    for sequence, state in enumerate(states):
        one = entry(f"k{sequence}", sequence)
        ledger.put(one)
        assert ledger.index(one) == sequence
        ledger.remember(sequence, state)
    assert sum(one.after is not None for one in ledger.ordered) == STATES_KEPT
    assert ledger.last_known_before(len(states)) == (len(states), states[-1])
    assert ledger.last_known_before(10) == (0, None)
    ledger.ordered[-1].after = None
    assert ledger.last_known_before(len(states)) == (len(states) - 1, states[-2])


def test_states_are_forgotten_even_when_entries_go_in_between() -> None:
    ledger = Ledger({})
    for sequence in range(0, 4 * STATES_KEPT, 2):
        ledger.put(entry(f"k{sequence}", sequence))
        ledger.remember(len(ledger.ordered) - 1, ScoreState())
        late = entry(f"k{sequence - 3}", sequence - 3) if sequence > 2 else None
        if late is not None:
            ledger.put(late)
            for index in range(ledger.index(late), len(ledger.ordered)):
                ledger.remember(index, ScoreState())
    assert sum(one.after is not None for one in ledger.ordered) <= STATES_KEPT + 1
