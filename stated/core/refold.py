"""Sum up a ledger from the beginning: what the state is by definition.

Carrying a state on from event to event gives the same, faster; whatever breaks the order comes here.
"""

from __future__ import annotations

from typing import NamedTuple

from scoreline.v1.state_pb2 import KeyEvent, ScoreState
from stated.core.context import Context, GameContext
from stated.core.ledger import Entry, Ledger, facts_before
from stated.core.reducers import SportReducer, reduce
from stated.core.timeline import key_event, voided


class Sum(NamedTuple):
    """What a ledger adds up to."""

    state: ScoreState
    changed: list[Entry]
    """Entries whose line in the timeline is another one than before; their line is already the new one."""
    illegal: frozenset[str]
    """Keys of entries that are not legal where they stand; they count for nothing."""


def refold(
    opening: ScoreState, ledger: Ledger, sport: SportReducer, game: GameContext, start: int = 0
) -> Sum:
    """Return what the ledger adds up to, and bring the lines of its entries up to date.

    Nothing before the index `start` has changed since the last time, so what is remembered from there serves.
    """
    start, known = ledger.last_known_before(start)
    state = opening if known is None else known
    changed: list[Entry] = []
    illegal: set[str] = set()
    for index in range(start, len(ledger.ordered)):
        entry = ledger.ordered[index]
        line: KeyEvent | None = None
        if entry.event is not None and not entry.voided:
            following = fold_entry(state, ledger, index, sport, game)
            if following is None:
                illegal.add(entry.key)
            else:
                line = line_of(state, following, ledger, index, sport, game)
                state = following
        if show(entry, line, ledger):
            changed.append(entry)
        ledger.remember(index, state)
    return Sum(state, changed, frozenset(illegal))


def fold_entry(
    state: ScoreState, ledger: Ledger, index: int, sport: SportReducer, game: GameContext
) -> ScoreState | None:
    """Return the state after the entry at an index, or nothing when the entry is not legal there."""
    entry = ledger.ordered[index]
    assert entry.event is not None
    return reduce(sport, state, entry.event, _context(ledger, index, game))


def line_of(
    before: ScoreState,
    state: ScoreState,
    ledger: Ledger,
    index: int,
    sport: SportReducer,
    game: GameContext,
) -> KeyEvent | None:
    """Return the line of the entry at an index, if such facts have one; `state` is the one after it."""
    entry = ledger.ordered[index]
    assert entry.event is not None
    context = _context(ledger, index, game)._replace(before=before, after=state)
    kind = sport.key_kind(entry.event, context)
    return None if kind is None else key_event(kind, entry.event, state, game)


def show(entry: Entry, line: KeyEvent | None, ledger: Ledger) -> bool:
    """Give the entry its line, struck when it has none any more; say whether that changes the timeline."""
    if line is None:
        if entry.line is None or entry.line.voided:
            return False
        entry.line = voided(entry.line)
        return True
    if entry.line == line:
        return False
    entry.line = line
    if not entry.number:
        entry.number = ledger.allot_number()
    return True


def _context(ledger: Ledger, index: int, game: GameContext) -> Context:
    return Context(game, ledger.ordered[index].at_us, facts_before(ledger.ordered, index))
