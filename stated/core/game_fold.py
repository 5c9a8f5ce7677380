"""The aggregate of one game: what was seen, what is held back, what it adds up to.

This file decides in which order events are taken and keeps the books; what an event does to the sum is
decided in game_sum.py.
"""

from __future__ import annotations

from scoreline.v1.event_pb2 import FeedOrdering, GameEvent
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import ScoreState
from stated.core.arrival import Arrival
from stated.core.cursors import Cursors, decode_cursors, encode_cursors
from stated.core.game_sum import GameSum
from stated.core.ledger import Place
from stated.core.reorder import ReorderBuffer
from stated.core.steps import (
    Applied,
    Duplicate,
    GameRecord,
    LoggedEvent,
    Recorded,
    RecordReason,
    Step,
    digest,
)


class GameFold:
    """The state of one game, carried from event to event.

    It runs ahead of the commit: when a commit is refused, throw it away, load the record and offer again.
    """

    def __init__(self, game: Game, record: GameRecord | None = None) -> None:
        cursors = decode_cursors(record.cursors) if record else Cursors()
        self.epoch = record.epoch if record else 0
        self.version = record.version if record else 0
        self.as_of_us = record.as_of_us if record else 0
        self.last_log_sequence = record.last_log_sequence if record else 0
        self._seen = set(record.seen) if record else set()
        # Digests of the events held back, with their numbers in the log.
        self._held: dict[str, int] = {}
        self._furthest = cursors.furthest
        # Nothing stands for a duplicate: it fills its place in a contiguous feed all the same.
        self._buffer: ReorderBuffer[LoggedEvent | None] = ReorderBuffer(cursors.next_sequence)
        self._sum = GameSum(
            game, record.state if record else None, record.ledger if record else {}, cursors.disagreement
        )
        self._primary = _primary(game)

    @property
    def state(self) -> ScoreState:
        """The state as every reader has it; it is changed in place, so copy what must stay."""
        return self._sum.board.state

    def register(self, game: Game) -> None:
        """Take note of a game registered anew, with more players; they are shown with the next patch."""
        self._primary = _primary(game)
        self._sum.register(game)

    def offer(self, logged: LoggedEvent, now_us: int) -> list[Step]:
        """Return what became of the event and of those that waited for it; nothing while it is held.

        Events whose patience has ended come first. An event held back that is delivered again is still held:
        acking it would lose it.
        """
        steps = self.release(now_us)
        mark, event = digest(logged.identity), logged.event
        if self._held.get(mark) == logged.log_sequence:
            return steps
        is_duplicate = mark in self._seen or mark in self._held
        if is_duplicate:
            steps.append(Duplicate(logged))
        if self._primary and event.provider_id != self._primary:
            return steps if is_duplicate else [*steps, self._stand_by(logged, mark)]
        if event.ordering == _CONTIGUOUS and event.sequence:
            if not is_duplicate:
                self._held[mark] = logged.log_sequence
            ready = self._buffer.offer(event.sequence, None if is_duplicate else logged, now_us)
            return steps + self._take_all(ready)
        return steps if is_duplicate else [*steps, self._take(logged)]

    def release(self, now_us: int) -> list[Step]:
        """Return what becomes of the events whose patience has ended; call it at `deadline_us`."""
        return self._take_all(self._buffer.release(now_us))

    @property
    def deadline_us(self) -> int | None:
        """When the patience of the oldest event held back ends, or nothing when none is."""
        return self._buffer.deadline_us

    @property
    def held(self) -> int:
        """How many events are held back."""
        return len(self._buffer)

    def cursors(self) -> bytes:
        """Return where the fold stands, to be stored with each step; opaque."""
        return encode_cursors(
            Cursors(self._buffer.next_sequence, self._furthest, self._sum.board.disagreement)
        )

    def record(self) -> GameRecord:
        """Return all that another fold needs to go on; events held back are to be offered to it."""
        state = ScoreState()
        state.CopyFrom(self.state)
        return GameRecord(
            epoch=self.epoch,
            version=self.version,
            state=state,
            as_of_us=self.as_of_us,
            last_log_sequence=self.last_log_sequence,
            ledger=self._sum.encoded_ledger(),
            seen=set(self._seen),
            cursors=self.cursors(),
        )

    def _stand_by(self, logged: LoggedEvent, mark: str) -> Recorded:
        self._seen.add(mark)
        self.last_log_sequence = max(self.last_log_sequence, logged.log_sequence)
        return Recorded(logged, RecordReason.STANDBY_PROVIDER, logged.event.provider_id)

    def _take_all(self, ready: list[LoggedEvent | None]) -> list[Step]:
        return [self._take(logged) for logged in ready if logged is not None]

    def _take(self, logged: LoggedEvent) -> Applied | Recorded:
        mark = digest(logged.identity)
        self._held.pop(mark, None)
        self._seen.add(mark)
        self.last_log_sequence = max(self.last_log_sequence, logged.log_sequence)
        place = self._place(logged)
        in_order = place >= self._furthest
        self._furthest = max(place, self._furthest)
        step = self._sum.take(Arrival(logged, place, in_order, _instant_us(logged)))
        if isinstance(step, Applied):
            self.as_of_us = max(self.as_of_us, logged.received_us)
            self.version += step.patch is not None
        return step

    def _place(self, logged: LoggedEvent) -> Place:
        event = logged.event
        if event.sequence and event.ordering in _ORDERED:
            return Place(event.sequence, logged.log_sequence)
        # An event that the feed gives no place stands after whatever came before it.
        return Place(self._furthest.sequence, logged.log_sequence)


# Looking an enum's value up costs half a microsecond, and these are needed for every event.
_CONTIGUOUS = FeedOrdering.FEED_ORDERING_CONTIGUOUS
_ORDERED = (_CONTIGUOUS, FeedOrdering.FEED_ORDERING_MONOTONIC)


#: The end of the year 9999, the last instant of a valid Timestamp; whatever lies outside is no time.
_LATEST_S = 253_402_300_799


def _primary(game: Game) -> str:
    return game.providers[0].provider_id if game.providers else ""


def _instant_us(logged: LoggedEvent) -> int:
    event: GameEvent = logged.event
    occurred = event.occurred_time
    if event.HasField("occurred_time") and 0 <= occurred.seconds <= _LATEST_S:
        return occurred.seconds * 1_000_000 + occurred.nanos // 1000
    return logged.received_us
