"""The plays of a game one after the other, with what must be remembered on the way: inning, half, bases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scoreline.feeds.adapter import TimedEvent
from scoreline.feeds.mlb import specification as spec
from scoreline.feeds.mlb.catalog import player_id
from scoreline.feeds.mlb.plays import Movement, Play, PlayEvent
from scoreline.v1.event_baseball_pb2 import BaseballPlay, BaseballResult, HalfInningStarted
from scoreline.v1.event_pb2 import (
    EventAction,
    FeedOrdering,
    GameEvent,
    MatchTime,
    PeriodEnded,
    PeriodStarted,
    PlayObserved,
    ReportedScore,
    StatusChanged,
)
from scoreline.v1.game_pb2 import Side
from scoreline.v1.situation_baseball_pb2 import InningHalf
from scoreline.v1.state_pb2 import GameStatus, PeriodKind

#: Places within a turn at bat.
_PLACES = 1_000
_INNING, _HALF, _BATTER, _ENTRIES, _RESULT, _INNING_END = 1, 2, 3, 10, 990, 996


class Walk:
    """Walks the plays in order."""

    def __init__(self, game_id: str, innings: int) -> None:
        self._game_id = game_id
        self._innings = innings
        self._play: Play | None = None
        self._bases = 0
        self._interrupted = False
        self._first_ms: int | None = None
        self._offset_s = 0.0

    def events(self, plays: Iterable[Play], code: str) -> Iterator[TimedEvent]:
        """Yield the events with their offsets; times that step backwards are held at the latest one."""
        begun = False
        for play in plays:
            begun = begun or play.number > 0 or any(_is_of_play(entry) for entry in play.events)
            if begun:
                yield from self._turn(play)
        yield from self._end(code)

    def _turn(self, play: Play) -> Iterator[TimedEvent]:
        before, self._play = self._play, play
        if before is None or (before.inning, before.is_top) != (play.inning, play.is_top):
            self._bases = 0
            yield from self._half(before, play)
        up = BaseballPlay(
            result=BaseballResult.BASEBALL_RESULT_BATTER_UP,
            balls=0,
            strikes=0,
            batter_id=player_id(play.batter),
        )
        if all(entry.kind != spec.PITCHER_COMES for entry in play.events):
            # Else the turn names the pitcher who came during it.
            up.pitcher_id = player_id(play.pitcher)
        yield self._stamp(
            play, GameEvent(event_id=f"{play.number}-up", baseball_play=up), _BATTER, play.started_ms
        )
        for entry in play.events:
            event = self._entry(play, entry)
            if event is not None:
                event.event_id = f"{play.number}.{entry.number}"
                yield self._stamp(play, event, _ENTRIES + 2 * entry.number, entry.at_ms)
        if play.is_complete:
            yield self._stamp(play, self._result(play), _RESULT, play.ended_ms)

    def _half(self, before: Play | None, play: Play) -> Iterator[TimedEvent]:
        if before is None or before.inning != play.inning:
            if before is not None:
                yield self._inning_end(before)
            start = GameEvent(event_id=f"inning-{play.inning}-start", period_started=PeriodStarted())
            yield self._stamp(play, start, _INNING, play.started_ms)
        if not play.is_top or (before is not None and before.inning == play.inning):
            half = InningHalf.INNING_HALF_TOP if play.is_top else InningHalf.INNING_HALF_BOTTOM
            start = GameEvent(half_inning_started=HalfInningStarted(half=half))
            start.event_id = f"inning-{play.inning}-{'top' if play.is_top else 'bottom'}"
            yield self._stamp(play, start, _HALF, play.started_ms)

    def _entry(self, play: Play, entry: PlayEvent) -> GameEvent | None:
        moves = [] if entry.is_pitch else [one for one in play.movements if one.number == entry.number]
        if entry.kind == spec.ADVISORY and entry.text.startswith(spec.STATUS_CHANGE):
            return self._advisory(entry.text.removeprefix(spec.STATUS_CHANGE))
        stated = _count_of(entry)
        if entry.is_pitch:
            stated.result = BaseballResult.BASEBALL_RESULT_PITCH
        elif entry.kind == spec.RUNNER_PLACED:
            stated.result = BaseballResult.BASEBALL_RESULT_RUNNER_PLACED
            self._bases |= spec.bit(entry.base or 2)
            stated.bases = self._bases
        elif moves:
            stated.result = BaseballResult.BASEBALL_RESULT_RUNNING
            self._move(moves, stated)
            stated.bases = self._bases
        elif entry.kind == spec.PITCHER_COMES:
            stated.pitcher_id = player_id(entry.player)
        else:
            kind = entry.kind if entry.kind in spec.PLAYS else "other"
            return GameEvent(play_observed=PlayObserved(kind=kind, text=entry.text))
        mover = moves[0].runner if moves else entry.player if not entry.is_pitch else 0
        return GameEvent(player_id=player_id(mover), baseball_play=stated)

    def _advisory(self, text: str) -> GameEvent | None:
        if text.startswith(spec.STOPPING) and not self._interrupted:
            self._interrupted, status = True, GameStatus.GAME_STATUS_INTERRUPTED
        elif text.startswith(spec.GOING_ON) and self._interrupted:
            self._interrupted, status = False, GameStatus.GAME_STATUS_LIVE
        else:
            return None
        return GameEvent(status_changed=StatusChanged(status=status, note=text[:200]))

    def _result(self, play: Play) -> GameEvent:
        actions = {entry.number for entry in play.events if not entry.is_pitch}
        ended = BaseballPlay(
            result=spec.RESULTS.get(play.kind, BaseballResult.BASEBALL_RESULT_OUT), balls=0, strikes=0
        )
        self._move([one for one in play.movements if one.number not in actions], ended)
        if play.bases is not None:
            self._bases = play.bases
        if play.tally is not None:
            ended.outs = play.tally.outs
            if ended.outs == 3:
                self._bases = 0
        ended.bases = self._bases
        event = GameEvent(event_id=str(play.number), player_id=player_id(play.batter), baseball_play=ended)
        if play.score is not None:
            event.reported_score.CopyFrom(ReportedScore(home=play.score[0], away=play.score[1]))
        return event

    def _move(self, moves: list[Movement], stated: BaseballPlay) -> None:
        # A runner who takes two bases has two entries: the last one tells where he stands.
        reached = {one.runner: one.end for one in moves}
        for one in moves:
            if one.start:
                self._bases &= ~spec.bit(one.start)
        for base in reached.values():
            if base:
                self._bases |= spec.bit(base)
        stated.runs = min(sum(one.scored for one in moves), 4)
        stated.errors = min(len(frozenset().union(*(one.errors for one in moves))), 9)

    def _end(self, code: str) -> Iterator[TimedEvent]:
        status = spec.ENDED.get(code)
        if status is None and code in spec.SUSPENDED:
            status = GameStatus.GAME_STATUS_INTERRUPTED
        if status is None:
            return
        if self._play is not None and status == GameStatus.GAME_STATUS_FINAL:
            yield self._inning_end(self._play)
        name = GameStatus.Name(status).removeprefix("GAME_STATUS_").lower()
        event = GameEvent(event_id=f"status-{name}", status_changed=StatusChanged(status=status))
        event.sequence = ((self._play.number if self._play else 0) + 2) * _PLACES
        yield self._finish(event, None)

    def _inning_end(self, play: Play) -> TimedEvent:
        end = GameEvent(event_id=f"inning-{play.inning}-end", period_ended=PeriodEnded())
        return self._stamp(play, end, _INNING_END, play.ended_ms)

    def _stamp(self, play: Play, event: GameEvent, place: int, at_ms: int | None) -> TimedEvent:
        event.sequence = (play.number + 1) * _PLACES + place
        extra = play.inning - self._innings
        event.time.CopyFrom(
            MatchTime(
                kind=PeriodKind.PERIOD_KIND_OVERTIME if extra > 0 else PeriodKind.PERIOD_KIND_REGULAR,
                ordinal=extra if extra > 0 else play.inning,
            )
        )
        if event.HasField("baseball_play"):
            event.side = Side.SIDE_AWAY if play.is_top else Side.SIDE_HOME
        return self._finish(event, at_ms)

    def _finish(self, event: GameEvent, at_ms: int | None) -> TimedEvent:
        event.game_id = self._game_id
        event.action = EventAction.EVENT_ACTION_CREATE
        event.ordering = FeedOrdering.FEED_ORDERING_MONOTONIC
        if at_ms is not None:
            event.occurred_time.FromMilliseconds(at_ms)
            self._first_ms = at_ms if self._first_ms is None else self._first_ms
            self._offset_s = max(self._offset_s, (at_ms - self._first_ms) / 1000)
        return TimedEvent(self._offset_s, event)


def _is_of_play(entry: PlayEvent) -> bool:
    return entry.kind != spec.ADVISORY or spec.GOING_ON in entry.text


def _count_of(entry: PlayEvent) -> BaseballPlay:
    if entry.tally is None:
        return BaseballPlay()
    return BaseballPlay(balls=entry.tally.balls, strikes=entry.tally.strikes, outs=entry.tally.outs)
