"""The lines of a game one after the other, with what must be remembered on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scoreline.feeds.adapter import TimedEvent
from scoreline.feeds.retrosheet import specification as spec
from scoreline.feeds.retrosheet.playstring import Field
from scoreline.feeds.retrosheet.records import Man, Play, Record, Runner
from scoreline.v1.event_baseball_pb2 import BaseballPlay, BaseballResult, HalfInningStarted
from scoreline.v1.event_pb2 import (
    EventAction,
    FeedOrdering,
    GameEvent,
    MatchTime,
    PeriodEnded,
    PeriodStarted,
    StatusChanged,
)
from scoreline.v1.game_pb2 import Side
from scoreline.v1.situation_baseball_pb2 import InningHalf
from scoreline.v1.state_pb2 import GameStatus, PeriodKind

#: Plausible pauses for replays, in seconds.
_BETWEEN_PLAYS_S, _BETWEEN_HALVES_S = 40, 120
#: Places of one line.
_PLACES = 8
_INNING_END, _INNING, _HALF, _RUNNER, _BATTER, _PLAY = range(6)


def player_id(player: str) -> str:
    """Return our id of a player."""
    return f"retrosheet-{player}"


class Walk:
    """Walks the lines in order."""

    def __init__(self, game_id: str, innings: int, *, home_first: bool) -> None:
        self._game_id = game_id
        self._innings = innings
        self._first = 1 if home_first else 0
        self._inning = self._team = 0
        self._field = Field(0, frozenset())
        self._score = [0, 0]
        self._pitchers = ["", ""]
        self._batter = ""
        self._placed: list[Runner] = []
        self._offset_s = 0.0
        self._line = 0
        self.is_over = False

    def events(self, records: Iterable[Record], *, is_closed: bool) -> Iterator[TimedEvent]:
        """Yield the events; a game that is closed is over however it stands."""
        for record in records:
            self._line = record.line
            if isinstance(record, Man):
                if record.position == spec.PITCHER:
                    self._pitchers[record.team] = record.player
                    self._batter = ""  # the next play tells who pitches now
            elif isinstance(record, Runner):
                self._placed.append(record)
            else:
                yield from self._play(record)
        self.is_over = bool(self._inning) and (is_closed or self._is_decided())
        if self.is_over:
            self._line += 1
            yield self._end_inning()
            final = GameEvent(
                event_id="final", status_changed=StatusChanged(status=GameStatus.GAME_STATUS_FINAL)
            )
            yield self._stamp(final, _INNING)

    def _play(self, play: Play) -> Iterator[TimedEvent]:
        if (play.inning, play.team) != (self._inning, self._team) or not self._inning:
            yield from self._begin_half(play)
        for runner in self._placed:
            self._field = self._field._replace(bases=self._field.bases | {runner.base})
            placed = BaseballPlay(
                result=BaseballResult.BASEBALL_RESULT_RUNNER_PLACED, bases=_bits(self._field.bases)
            )
            event = GameEvent(
                event_id=f"{runner.line}", player_id=player_id(runner.player), baseball_play=placed
            )
            yield self._stamp(event, _RUNNER)
        self._placed = []
        if play.batter != self._batter:
            self._batter = play.batter
            up = BaseballPlay(
                result=BaseballResult.BASEBALL_RESULT_BATTER_UP, batter_id=player_id(play.batter)
            )
            if pitcher := self._pitchers[1 - play.team]:
                up.pitcher_id = player_id(pitcher)
            yield self._stamp(GameEvent(event_id=f"{play.line}-up", baseball_play=up), _BATTER)
        if play.told is not None:
            self._offset_s += _BETWEEN_PLAYS_S
            yield self._stamp(self._told(play), _PLAY)

    def _told(self, play: Play) -> GameEvent:
        assert play.told is not None
        self._field, runs = self._field.after(play.told)
        self._score[play.team] += runs
        made = BaseballPlay(
            result=play.told.result,
            runs=runs,
            errors=play.told.errors,
            outs=self._field.outs,
            bases=_bits(self._field.bases),
        )
        if play.told.ends_turn or self._field.outs == 3:
            made.balls = made.strikes = 0
            self._batter = "" if play.told.ends_turn else self._batter
        elif play.tally is not None:
            made.balls, made.strikes = play.tally
        return GameEvent(event_id=f"{play.line}", player_id=player_id(play.batter), baseball_play=made)

    def _begin_half(self, play: Play) -> Iterator[TimedEvent]:
        began = self._inning > 0
        new_inning = play.inning != self._inning
        if began:
            self._offset_s += _BETWEEN_HALVES_S
            if new_inning:
                yield self._end_inning()
        self._inning, self._team = play.inning, play.team
        self._field, self._batter = Field(0, frozenset()), ""
        is_top = play.team == self._first
        if new_inning:
            start = GameEvent(event_id=f"inning-{play.inning}-start", period_started=PeriodStarted())
            yield self._stamp(start, _INNING)
        if not is_top or not new_inning:
            half = InningHalf.INNING_HALF_TOP if is_top else InningHalf.INNING_HALF_BOTTOM
            start = GameEvent(half_inning_started=HalfInningStarted(half=half))
            start.event_id = f"{play.line}-half"
            yield self._stamp(start, _HALF)

    def _end_inning(self) -> TimedEvent:
        end = GameEvent(event_id=f"inning-{self._inning}-end", period_ended=PeriodEnded())
        return self._stamp(end, _INNING_END)

    def _is_decided(self) -> bool:
        """Whether nobody would play on: the lead stands after the turns that both have had."""
        last = 1 - self._first
        lead = self._score[last] - self._score[self._first]
        if self._inning < self._innings or not lead:
            return False
        if self._team == self._first:
            return self._field.outs == 3 and lead > 0
        return self._field.outs == 3 or lead > 0

    def _stamp(self, event: GameEvent, place: int) -> TimedEvent:
        extra = self._inning - self._innings
        event.game_id = self._game_id
        event.action = EventAction.EVENT_ACTION_CREATE
        event.ordering = FeedOrdering.FEED_ORDERING_MONOTONIC
        event.sequence = self._line * _PLACES + place
        event.time.CopyFrom(
            MatchTime(
                kind=PeriodKind.PERIOD_KIND_OVERTIME if extra > 0 else PeriodKind.PERIOD_KIND_REGULAR,
                ordinal=extra if extra > 0 else self._inning,
            )
        )
        if event.HasField("baseball_play"):
            event.side = Side.SIDE_HOME if self._team else Side.SIDE_AWAY
        return TimedEvent(self._offset_s, event)


def _bits(bases: Iterable[int]) -> int:
    return sum(1 << (base - 1) for base in bases)
