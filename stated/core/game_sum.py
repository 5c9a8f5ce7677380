"""What each event does to the sum of a game: create, amend, retract; carried on, or summed up anew [B5].

The state is always the sum of the facts that count, in feed order. An event that stands last and changes
nothing before it is carried on; any other goes into its place and the whole is summed up again.
"""

from __future__ import annotations

from scoreline.v1.event_pb2 import ClockAdjusted, EventAction, GameEvent, MatchTime
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import Score, ScoreState
from stated.core.arrival import Arrival
from stated.core.clock import contradicts
from stated.core.context import Context, context_of
from stated.core.ledger import CLOCK_KEY, POSSESSION_KEY, Entry, Ledger, content_of, encode, event_key
from stated.core.opening import opening_play
from stated.core.reducers import SPORTS, is_material
from stated.core.refold import Sum, fold_entry, line_of, refold, show
from stated.core.scoreboard import Scoreboard
from stated.core.steps import Applied, Note, Recorded, RecordReason
from stated.core.transitions import can_become

# Looking an enum's value up costs half a microsecond, and these are needed for every event.
_CREATE, _RETRACT = EventAction.EVENT_ACTION_CREATE, EventAction.EVENT_ACTION_RETRACT
#: The sports whose situation says who has the ball.
_HOLDS_A_BALL = ("basketball", "american_football")


class GameSum:
    """The state of one game as the sum of its ledger."""

    def __init__(
        self, game: Game, state: ScoreState | None, ledger: dict[str, bytes], disagreement: tuple[int, int]
    ) -> None:
        self._ledger = Ledger(ledger)
        self._sport = SPORTS[game.sport]
        self.board = Scoreboard(game, state, disagreement)
        """What readers have."""
        self.register(game)

    def register(self, game: Game) -> None:
        """Take note of a game registered anew."""
        self._opening = opening_play(game)
        reference_s = self.board.register(game)
        self._game = context_of(game)._replace(reference_us=reference_s * 1_000_000)

    def encoded_ledger(self) -> dict[str, bytes]:
        """Return the ledger as a store keeps it."""
        return self._ledger.encoded()

    def take(self, arrival: Arrival) -> Applied | Recorded:
        """Return what became of an event."""
        event = arrival.event
        entry = self._ledger.get(event_key(event))
        if event.action == _RETRACT:
            return self._retract(arrival, entry)
        if entry is not None:
            return self._restate(arrival, entry)
        if is_material(event):
            return self._insert(arrival)
        return self._pass(arrival)

    def _insert(self, arrival: Arrival) -> Applied | Recorded:
        event = arrival.event
        entry = arrival.entry(event_key(event))
        self._ledger.put(entry)
        late = () if arrival.in_order else (Note(RecordReason.LATE_APPLIED, arrival.name),)
        if not self._ledger.is_last(entry):
            return self._summed(arrival, entry, late, self._ledger.index(entry))
        return self._carried(arrival, entry, late)

    def _carried(self, arrival: Arrival, entry: Entry, notes: tuple[Note, ...]) -> Applied | Recorded:
        event = arrival.event
        last = len(self._ledger.ordered) - 1
        state = fold_entry(self.board.play, self._ledger, last, self._sport, self._game)
        if state is None:
            self._ledger.remember(last, self.board.play)
            return self._illegal(arrival, entry)
        self._ledger.remember(last, state)
        if event.status_changed.is_correction and not can_become(
            self.board.play.status, event.status_changed.status
        ):
            notes = (*notes, Note(RecordReason.STATUS_CORRECTED, event.status_changed.note))
        lowered = event.HasField("score_stated") and _is_lower(state.score, self.board.play.score)
        if lowered:
            notes = (*notes, Note(RecordReason.SCORE_CORRECTED, arrival.name))
        line = line_of(self.board.play, state, self._ledger, last, self._sport, self._game)
        lines = [entry] if show(entry, line, self._ledger) else []
        touched = [entry]
        state, clock = self._watch_clock(arrival, state)
        if clock is not None:
            touched.append(clock)
        return self._applied(arrival, state, touched, lines, notes, corrected=lowered)

    def _pass(self, arrival: Arrival) -> Applied | Recorded:
        detail = arrival.event.WhichOneof("detail")
        if detail == "clock_adjusted":
            return self._replace(arrival, CLOCK_KEY)
        if detail == "possession_gained" and self.board.play.WhichOneof("situation") in _HOLDS_A_BALL:
            return self._replace(arrival, POSSESSION_KEY)
        if not arrival.in_order:
            return Recorded(arrival.logged, RecordReason.STALE_LATE, arrival.name)
        state, clock = self._watch_clock(arrival, self.board.play)
        return self._applied(arrival, state, [clock] if clock else [], [], ())

    def _replace(self, arrival: Arrival, key: str) -> Applied | Recorded:
        """Take a fact of which only the last one counts."""
        before = self._ledger.get(key)
        entry = arrival.entry(key)
        if before is not None and entry.place < before.place:
            return Recorded(arrival.logged, RecordReason.STALE_LATE, arrival.name)
        start = None if before is None else self._ledger.index(before)
        self._ledger.put(entry)
        if not self._ledger.is_last(entry):
            return self._replace_late(arrival, entry, before, start)
        last = len(self._ledger.ordered) - 1
        state = fold_entry(self.board.play, self._ledger, last, self._sport, self._game)
        if state is None:
            self._put_back(entry, before)
            return Recorded(arrival.logged, RecordReason.ILLEGAL_TRANSITION, arrival.name)
        self._ledger.remember(last, state)
        touched = [entry]
        if key == CLOCK_KEY:
            # The anchor as it came out: those that it was reckoned from are not kept.
            entry.event = _clock_fact(state)
        else:
            state, clock = self._watch_clock(arrival, state)
            touched += [clock] if clock else []
        return self._applied(arrival, state, touched, [], ())

    def _replace_late(
        self, arrival: Arrival, entry: Entry, before: Entry | None, start: int | None
    ) -> Applied | Recorded:
        index = self._ledger.index(entry)
        start = index if start is None else min(start, index)
        summed = self._refold(start)
        if entry.key not in summed.illegal:
            return self._applied(arrival, summed.state, [entry], [], (), corrected=True)
        self._put_back(entry, before)
        # What is remembered was reckoned without the one that is back.
        self._refold(start)
        return Recorded(arrival.logged, RecordReason.ILLEGAL_TRANSITION, arrival.name)

    def _put_back(self, entry: Entry, before: Entry | None) -> None:
        if before is None:
            self._ledger.drop(entry.key)
        else:
            self._ledger.put(before)

    def _watch_clock(self, arrival: Arrival, state: ScoreState) -> tuple[ScoreState, Entry | None]:
        """Return the state with its clock set right, and the entry that did it, if it was wrong."""
        event = arrival.event
        # What is amended happened earlier, whenever it is told.
        if not arrival.in_order or event.action != _CREATE:
            return state, None
        context = Context(self._game, arrival.at_us, iter(()))
        if not contradicts(state, event.time, context):
            return state, None
        content = GameEvent(time=event.time, clock_adjusted=ClockAdjusted(running=state.clock.running))
        entry = Entry(CLOCK_KEY, arrival.place._replace(turn=1), 0, arrival.at_us, content)
        self._ledger.put(entry)
        last = len(self._ledger.ordered) - 1
        adjusted = fold_entry(state, self._ledger, last, self._sport, self._game)
        assert adjusted is not None, "a clock that can be contradicted can be set"
        self._ledger.remember(last, adjusted)
        return adjusted, entry

    def _retract(self, arrival: Arrival, entry: Entry | None) -> Applied | Recorded:
        event = arrival.event
        if entry is None:
            entry = arrival.entry(event_key(event))
            entry.event, entry.voided = None, True
            self._ledger.put(entry)
            return Recorded(
                arrival.logged,
                RecordReason.UNKNOWN_RETRACTION_HELD,
                event.event_id,
                {entry.key: encode(entry)},
            )
        # A stub that misses its revision takes back whatever was held when it was sent.
        if arrival.is_older(entry, event.revision or entry.revision):
            return self._stale_revision(arrival, entry)
        entry.revision = max(entry.revision, event.revision)
        entry.message = arrival.message
        if entry.voided:
            return self._applied(arrival, self.board.play, [entry], [], ())
        entry.voided = True
        return self._summed(arrival, entry, (), self._ledger.index(entry))

    def _restate(self, arrival: Arrival, entry: Entry) -> Applied | Recorded:
        event = arrival.event
        newer = event.revision > entry.revision
        if entry.voided and entry.event is None and not newer:
            # Its retraction came first: it is born taken back.
            self._set(entry, arrival)
            return self._applied(arrival, self.board.play, [entry], [], ())
        start = self._ledger.index(entry)
        older = arrival.is_older(entry, event.revision)
        if older and arrival.message and arrival.moves(entry):
            # What it says is out of date, but it tells where the fact was first stated.
            self._ledger.move(entry, arrival.place)
            return self._summed(arrival, entry, (), self._ledger.index(entry))
        if older or (entry.voided and not newer):
            return self._stale_revision(arrival, entry)
        same = content_of(event) == entry.event and not entry.voided
        moves = arrival.moves(entry)
        entry.revision = event.revision
        entry.message = arrival.message
        if same and not moves:
            return self._applied(arrival, self.board.play, [entry], [], ())
        entry.voided = False
        self._set(entry, arrival)
        return self._summed(arrival, entry, (), min(start, self._ledger.index(entry)))

    def _set(self, entry: Entry, arrival: Arrival) -> None:
        entry.event = content_of(arrival.event)
        entry.at_us = arrival.at_us
        if arrival.moves(entry):
            self._ledger.move(entry, arrival.place)

    def _stale_revision(self, arrival: Arrival, entry: Entry) -> Recorded:
        note = f"{arrival.name} revision {arrival.event.revision}, held {entry.revision}"
        return Recorded(arrival.logged, RecordReason.STALE_REVISION, note)

    def _illegal(self, arrival: Arrival, entry: Entry) -> Recorded:
        return Recorded(
            arrival.logged, RecordReason.ILLEGAL_TRANSITION, arrival.name, {entry.key: encode(entry)}
        )

    def _summed(
        self, arrival: Arrival, entry: Entry, notes: tuple[Note, ...], start: int
    ) -> Applied | Recorded:
        summed = self._refold(start)
        if entry.key in summed.illegal:
            if not summed.changed and summed.state == self.board.play:
                return self._illegal(arrival, entry)
            notes = (*notes, Note(RecordReason.ILLEGAL_TRANSITION, arrival.name))
        touched = [entry, *summed.changed]
        return self._applied(arrival, summed.state, touched, summed.changed, notes, corrected=True)

    def _applied(
        self,
        arrival: Arrival,
        state: ScoreState,
        touched: list[Entry],
        lines: list[Entry],
        notes: tuple[Note, ...],
        *,
        corrected: bool = False,
    ) -> Applied:
        patch, critical = self.board.bring(state, lines, self._ledger.newest_number)
        event = arrival.event
        # A correction states the score of its day.
        is_new = event.action == _CREATE and arrival.in_order and not corrected
        if is_new and event.HasField("reported_score") and (text := self.board.compare(event.reported_score)):
            notes = (*notes, Note(RecordReason.SCORE_DISAGREEMENT, text))
        ledger = {entry.key: encode(entry) for entry in touched}
        return Applied(arrival.logged, patch, ledger, corrected, critical, notes)

    def _refold(self, start: int = 0) -> Sum:
        summed = refold(self._opening, self._ledger, self._sport, self._game, start)
        return summed._replace(state=self.board.keep_presence(summed.state))


def _is_lower(score: Score, before: Score) -> bool:
    return score.home < before.home or score.away < before.away


def _clock_fact(state: ScoreState) -> GameEvent:
    return GameEvent(
        time=MatchTime(
            kind=state.period.kind, ordinal=state.period.ordinal, elapsed_ms=state.clock.elapsed_ds * 100
        ),
        clock_adjusted=ClockAdjusted(running=state.clock.running),
    )
