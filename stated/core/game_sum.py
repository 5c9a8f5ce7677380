"""What each event does to the sum of a game: create, amend, retract; carried on, or summed up anew [B5].

The state is always the sum of the facts that count, in feed order. An event that stands last and changes
nothing before it is carried on; any other goes into its place and the whole is summed up again.
"""

from __future__ import annotations

from typing import NamedTuple

from scoreline.domain.patch import KEY_EVENTS_KEPT, diff, is_empty, merge, merge_into
from scoreline.v1.event_pb2 import ClockAdjusted, EventAction, FeedOrdering, GameEvent, MatchTime
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import GameSheet, Reporting, ScoreState
from stated.core.clock import contradicts
from stated.core.context import Context, context_of
from stated.core.ledger import CLOCK_KEY, POSSESSION_KEY, Entry, Ledger, Place, content_of, encode, event_key
from stated.core.opening import opening_play, sheet_of
from stated.core.reducers import SPORTS, is_material
from stated.core.refold import fold_entry, line_of, refold, show
from stated.core.steps import Applied, LoggedEvent, Note, Recorded, RecordReason
from stated.core.transitions import can_become


class Arrival(NamedTuple):
    """An event whose turn has come."""

    logged: LoggedEvent
    place: Place
    in_order: bool
    """Whether nothing that stands after it was taken before."""
    at_us: int
    """When it happened, or was received where the feed does not say."""


class GameSum:
    """The state of one game as the sum of its ledger."""

    def __init__(
        self,
        game: Game,
        state: ScoreState | None,
        ledger: dict[str, bytes],
        disagreement: tuple[int, int],
    ) -> None:
        self._ledger = Ledger(ledger)
        self.disagreement = disagreement
        """By how much the feed's own score last differed from ours."""
        self._sport = SPORTS[game.sport]
        # What facts move, apart from what they don't: reducers copy it with every fact, so it is kept small.
        self._play = opening_play(game)
        self.state = ScoreState()
        """The whole state as every reader has it."""
        if state is None:
            self.state.CopyFrom(self._play)
            self.state.sheet.CopyFrom(sheet_of(game))
        else:
            self.state.CopyFrom(state)
            self._play.CopyFrom(state)
            for name in ("sheet", "key_events", "reporting"):
                self._play.ClearField(name)
        self._sheet_patch: GameSheet | None = None
        self.register(game)

    def register(self, game: Game) -> None:
        """Take note of a game registered anew."""
        sheet = sheet_of(game)
        if self._play.period.kind:
            # The anchors already sent count from the start that was planned then.
            sheet.reference_time_s = self.state.sheet.reference_time_s
        changes = diff(self.state.sheet, merge(self.state.sheet, sheet))
        self._sheet_patch = None if is_empty(changes) else changes
        self._opening = opening_play(game)
        self._game = context_of(game)._replace(reference_us=sheet.reference_time_s * 1_000_000)

    def encoded_ledger(self) -> dict[str, bytes]:
        """Return the ledger as a store keeps it."""
        return self._ledger.encoded()

    def take(self, arrival: Arrival) -> Applied | Recorded:
        """Return what became of an event."""
        event = arrival.logged.event
        entry = self._ledger.get(event_key(event))
        if event.action == EventAction.EVENT_ACTION_RETRACT:
            return self._retract(arrival, entry)
        if entry is not None:
            return self._restate(arrival, entry)
        if is_material(event):
            return self._insert(arrival)
        return self._pass(arrival)

    # Facts seen for the first time

    def _insert(self, arrival: Arrival) -> Applied | Recorded:
        event = arrival.logged.event
        entry = Entry(event_key(event), arrival.place, event.revision, arrival.at_us, content_of(event))
        self._ledger.put(entry)
        late = () if arrival.in_order else (Note(RecordReason.LATE_APPLIED, _name(event)),)
        if not self._ledger.is_last(entry):
            return self._summed(arrival, entry, late)
        return self._carried(arrival, entry, late)

    def _carried(self, arrival: Arrival, entry: Entry, notes: tuple[Note, ...]) -> Applied | Recorded:
        event = arrival.logged.event
        last = len(self._ledger.ordered) - 1
        state = fold_entry(self._play, self._ledger, last, self._sport, self._game)
        if state is None:
            return self._illegal(arrival, entry)
        if event.status_changed.is_correction and not can_become(
            self._play.status, event.status_changed.status
        ):
            notes = (*notes, Note(RecordReason.STATUS_CORRECTED, event.status_changed.note))
        line = line_of(state, self._ledger, last, self._sport, self._game)
        lines = [entry] if show(entry, line, self._ledger) else []
        touched = [entry]
        state, clock = self._watch_clock(arrival, state)
        if clock is not None:
            touched.append(clock)
        return self._applied(arrival, state, touched, lines, notes)

    def _pass(self, arrival: Arrival) -> Applied | Recorded:
        detail = arrival.logged.event.WhichOneof("detail")
        if detail == "clock_adjusted":
            return self._replace(arrival, CLOCK_KEY)
        if detail == "possession_gained" and self._play.HasField("basketball"):
            return self._replace(arrival, POSSESSION_KEY)
        if not arrival.in_order:
            return Recorded(arrival.logged, RecordReason.STALE_LATE, _name(arrival.logged.event))
        state, clock = self._watch_clock(arrival, self._play)
        return self._applied(arrival, state, [clock] if clock else [], [], ())

    def _replace(self, arrival: Arrival, key: str) -> Applied | Recorded:
        """Take a fact of which only the last one counts."""
        event = arrival.logged.event
        before = self._ledger.get(key)
        entry = Entry(key, arrival.place, event.revision, arrival.at_us, content_of(event))
        if before is not None and entry.place < before.place:
            return Recorded(arrival.logged, RecordReason.STALE_LATE, _name(event))
        self._ledger.put(entry)
        corrected = not self._ledger.is_last(entry)
        if corrected:
            summed = refold(self._opening_now(), self._ledger, self._sport, self._game)
            state = None if key in summed.illegal else summed.state
        else:
            last = len(self._ledger.ordered) - 1
            state = fold_entry(self._play, self._ledger, last, self._sport, self._game)
        if state is None:
            if before is None:
                self._ledger.drop(key)
            else:
                self._ledger.put(before)
            return Recorded(arrival.logged, RecordReason.ILLEGAL_TRANSITION, _name(event))
        touched = [entry]
        if key == CLOCK_KEY:
            # The anchor as it came out: those that it was reckoned from are not kept.
            entry.event = _clock_fact(state)
        elif not corrected:
            state, clock = self._watch_clock(arrival, state)
            touched += [clock] if clock else []
        return self._applied(arrival, state, touched, [], (), corrected=corrected)

    def _watch_clock(self, arrival: Arrival, state: ScoreState) -> tuple[ScoreState, Entry | None]:
        """Return the state with its clock set right, and the entry that did it, if it was wrong."""
        event = arrival.logged.event
        # What is amended happened earlier, whenever it is told.
        if not arrival.in_order or event.action != EventAction.EVENT_ACTION_CREATE:
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
        return adjusted, entry

    # Facts seen before

    def _retract(self, arrival: Arrival, entry: Entry | None) -> Applied | Recorded:
        event = arrival.logged.event
        if entry is None:
            entry = Entry(event_key(event), arrival.place, event.revision, arrival.at_us, None, voided=True)
            self._ledger.put(entry)
            return Recorded(
                arrival.logged,
                RecordReason.UNKNOWN_RETRACTION_HELD,
                event.event_id,
                {entry.key: encode(entry)},
            )
        # A stub that misses its revision takes back whatever is held.
        if event.revision and event.revision < entry.revision:
            return self._stale_revision(arrival, entry)
        entry.revision = max(entry.revision, event.revision)
        if entry.voided:
            return self._applied(arrival, self._play, [entry], [], ())
        entry.voided = True
        return self._summed(arrival, entry, ())

    def _restate(self, arrival: Arrival, entry: Entry) -> Applied | Recorded:
        event = arrival.logged.event
        newer = event.revision > entry.revision
        if entry.voided and not newer:
            if entry.event is not None:
                return self._stale_revision(arrival, entry)
            # Its retraction came first: it is born taken back.
            self._set(entry, arrival)
            return self._applied(arrival, self._play, [entry], [], ())
        if event.revision < entry.revision:
            return self._stale_revision(arrival, entry)
        if not entry.voided and content_of(event) == entry.event and not self._moves(arrival, entry):
            entry.revision = event.revision
            return self._applied(arrival, self._play, [entry], [], ())
        entry.revision = event.revision
        entry.voided = False
        self._set(entry, arrival)
        return self._summed(arrival, entry, ())

    def _set(self, entry: Entry, arrival: Arrival) -> None:
        entry.event = content_of(arrival.logged.event)
        entry.at_us = arrival.at_us
        if self._moves(arrival, entry):
            self._ledger.move(entry, arrival.place)

    @staticmethod
    def _moves(arrival: Arrival, entry: Entry) -> bool:
        """Whether the fact stands elsewhere now.

        A contiguous feed numbers messages: a fact stays where it was first stated. A monotonic one numbers
        facts: a fact stands where it was last said to stand. Without an order it stays where it was.
        """
        event = arrival.logged.event
        if event.ordering == FeedOrdering.FEED_ORDERING_CONTIGUOUS:
            return 0 < event.sequence < entry.place.sequence
        if event.ordering == FeedOrdering.FEED_ORDERING_MONOTONIC:
            return event.sequence not in (0, entry.place.sequence)
        return False

    # What comes of it

    def _stale_revision(self, arrival: Arrival, entry: Entry) -> Recorded:
        event = arrival.logged.event
        note = f"{_name(event)} revision {event.revision}, held {entry.revision}"
        return Recorded(arrival.logged, RecordReason.STALE_REVISION, note)

    def _illegal(self, arrival: Arrival, entry: Entry) -> Recorded:
        event = arrival.logged.event
        return Recorded(
            arrival.logged, RecordReason.ILLEGAL_TRANSITION, _name(event), {entry.key: encode(entry)}
        )

    def _summed(self, arrival: Arrival, entry: Entry, notes: tuple[Note, ...]) -> Applied | Recorded:
        summed = refold(self._opening_now(), self._ledger, self._sport, self._game)
        if entry.key in summed.illegal:
            if not summed.changed and summed.state == self._play:
                return self._illegal(arrival, entry)
            notes = (*notes, Note(RecordReason.ILLEGAL_TRANSITION, _name(arrival.logged.event)))
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
        patch = ScoreState() if state is self._play else diff(self._play, state)
        self._play = state
        critical = patch.HasField("score") or patch.HasField("status") or patch.HasField("period")
        oldest = self._ledger.newest_number - KEY_EVENTS_KEPT
        for entry in lines:
            if entry.number > oldest and entry.line is not None:
                patch.key_events[entry.number].CopyFrom(entry.line)
        if not self.state.HasField("reporting"):
            patch.reporting = Reporting.REPORTING_NORMAL
        if self._sheet_patch is not None:
            patch.sheet.CopyFrom(self._sheet_patch)
            self._sheet_patch = None
        changes = not is_empty(patch)
        if changes:
            merge_into(self.state, patch)
        return Applied(
            arrival.logged,
            patch if changes else None,
            {entry.key: encode(entry) for entry in touched},
            corrected,
            critical,
            (*notes, *self._compare(arrival)),
        )

    def _compare(self, arrival: Arrival) -> tuple[Note, ...]:
        """Return a note when the feed's own score begins to differ, or differs otherwise than before."""
        event = arrival.logged.event
        if not (arrival.in_order and event.HasField("reported_score")):
            return ()
        stated, folded = event.reported_score, self._play.score
        difference = (stated.home - folded.home, stated.away - folded.away)
        if difference == self.disagreement:
            return ()
        self.disagreement = difference
        if difference == (0, 0):
            return ()
        text = f"feed {stated.home}-{stated.away}, facts {folded.home}-{folded.away}"
        return (Note(RecordReason.SCORE_DISAGREEMENT, text),)

    def _opening_now(self) -> ScoreState:
        opening = ScoreState()
        opening.CopyFrom(self._opening)
        if self._play.score.HasField("home_shootout"):
            # Readers have it, and a merge can't take it from them: a shoot-out taken back stands at 0-0.
            opening.score.home_shootout = opening.score.away_shootout = 0
        return opening


def _clock_fact(state: ScoreState) -> GameEvent:
    return GameEvent(
        time=MatchTime(
            kind=state.period.kind, ordinal=state.period.ordinal, elapsed_ms=state.clock.elapsed_ds * 100
        ),
        clock_adjusted=ClockAdjusted(running=state.clock.running),
    )


def _name(event: GameEvent) -> str:
    return f"{event.WhichOneof('detail')} {event.event_id}"
