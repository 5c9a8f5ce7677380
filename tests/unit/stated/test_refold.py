from scoreline.v1.state_pb2 import ScoreState
from stated.core.context import context_of
from stated.core.ledger import Entry, Ledger, Place, content_of, event_key
from stated.core.opening import opening_play
from stated.core.reducers import SPORTS
from stated.core.refold import Sum, refold
from tests.unit.stated.match import AWAY, HOME, KICK_OFF_S, OVERTIME, Feed, game

GAME = game()


def ledger_of(*events) -> Ledger:  # type: ignore[no-untyped-def]
    ledger = Ledger({})
    for event in events:
        place = Place(event.sequence, event.sequence)
        ledger.put(Entry(event_key(event), place, 0, KICK_OFF_S * 1_000_000, content_of(event)))
    return ledger


def summed(ledger: Ledger, start: int = 0) -> Sum:
    return refold(opening_play(GAME), ledger, SPORTS[GAME.sport], context_of(GAME), start)


def test_a_sum_counts_what_is_legal_and_names_what_is_not() -> None:
    feed = Feed()
    ledger = ledger_of(feed.start(), feed.goal(HOME), feed.start(OVERTIME, 2), feed.goal(AWAY, period=(1, 1)))
    total = summed(ledger)
    assert (total.state.score.home, total.state.score.away) == (1, 1)
    assert total.illegal == {"acme:e3"}
    assert [(entry.key, entry.number) for entry in total.changed] == [("acme:e2", 1), ("acme:e4", 2)]


def test_summing_up_again_changes_no_line() -> None:
    feed = Feed()
    ledger = ledger_of(feed.start(), feed.goal(HOME))
    first, second = summed(ledger), summed(ledger)
    assert second.changed == []
    assert second.state == first.state


def test_a_voided_entry_keeps_its_number_and_has_its_line_struck_once() -> None:
    feed = Feed()
    ledger = ledger_of(feed.start(), feed.goal(HOME))
    summed(ledger)
    entry = ledger.ordered[1]
    entry.voided = True
    assert [one.key for one in summed(ledger).changed] == ["acme:e2"]
    assert entry.number == 1
    assert entry.line is not None
    assert entry.line.voided
    assert summed(ledger).changed == []


def test_what_stands_before_the_change_is_not_summed_up_again() -> None:
    feed = Feed()
    ledger = ledger_of(feed.start(), feed.goal(HOME), feed.goal(AWAY, 700))
    before = summed(ledger).state
    remembered = ScoreState()
    remembered.CopyFrom(before)
    remembered.score.home, remembered.score.away = 7, 0
    ledger.ordered[1].after = remembered
    again = summed(ledger, start=2)
    assert (again.state.score.home, again.state.score.away) == (7, 1)
