import pytest

from stated.core.arrival import Arrival
from stated.core.ledger import Entry, Place
from stated.core.steps import LoggedEvent
from tests.unit.stated.match import CONTIGUOUS, HOME, MONOTONIC, UNORDERED, Feed


def arrival(ordering, sequence: int = 5, revision: int = 0) -> Arrival:  # type: ignore[no-untyped-def]
    event = Feed(ordering).goal(HOME, sequence=sequence, revision=revision)
    return Arrival(LoggedEvent(9, "x", event, 7), Place(sequence, 9), True, 7)


def held(sequence: int, revision: int = 0, message: int = 0) -> Entry:
    return Entry("acme:e1", Place(sequence, 1), revision, 0, None, message=message)


def test_a_new_entry_stands_where_its_event_does() -> None:
    entry = arrival(CONTIGUOUS, revision=2).entry("acme:e1")
    assert (entry.place, entry.revision, entry.message, entry.at_us) == (Place(5, 9), 2, 5, 7)
    assert arrival(MONOTONIC).entry("acme:e1").message == 0


def test_operators_read_what_it_is_and_its_id() -> None:
    assert arrival(MONOTONIC).name == "goal_scored e1"


@pytest.mark.parametrize(
    ("ordering", "sequence", "stands_at", "moves"),
    [
        (CONTIGUOUS, 5, 7, True),
        (CONTIGUOUS, 7, 5, False),
        (CONTIGUOUS, 0, 5, False),
        (MONOTONIC, 5, 7, True),
        (MONOTONIC, 7, 5, True),
        (MONOTONIC, 5, 5, False),
        (MONOTONIC, 0, 5, False),
        (UNORDERED, 5, 7, False),
    ],
)
def test_a_fact_moves_as_its_feed_numbers_it(ordering, sequence, stands_at, moves) -> None:  # type: ignore[no-untyped-def]
    assert arrival(ordering, sequence).moves(held(stands_at)) is moves


def test_revisions_tell_what_is_older_and_messages_where_they_do_not() -> None:
    assert arrival(CONTIGUOUS, 9, revision=1).is_older(held(1, revision=2, message=3), 1)
    assert not arrival(CONTIGUOUS, 2, revision=2).is_older(held(1, revision=1, message=3), 2)
    assert arrival(CONTIGUOUS, 2).is_older(held(1, message=3), 0)
    assert not arrival(CONTIGUOUS, 4).is_older(held(1, message=3), 0)
    assert not arrival(MONOTONIC, 2).is_older(held(1), 0)
