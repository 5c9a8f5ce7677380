"""The messages of a game one after the other, with what must be remembered on the way."""

from __future__ import annotations

from collections.abc import Iterator

from scoreline.feeds.adapter import TimedEvent
from scoreline.feeds.sportradar_mlb import specification as spec
from scoreline.feeds.sportradar_mlb.messages import Message
from scoreline.feeds.sportradar_nba.walk import our_id
from scoreline.v1.event_baseball_pb2 import BaseballPlay, BaseballResult, HalfInningStarted
from scoreline.v1.event_pb2 import (
    EventAction,
    FeedOrdering,
    GameEvent,
    MatchTime,
    PeriodStarted,
    PlayObserved,
    ReportedScore,
    StatusChanged,
)
from scoreline.v1.event_score_pb2 import ScoreStated
from scoreline.v1.game_pb2 import Side
from scoreline.v1.situation_baseball_pb2 import InningHalf
from scoreline.v1.state_pb2 import GameStatus, PeriodKind

#: Places of one fact.
_PLACES = 8
_REGULAR, _SCORE, _HALF, _FACT, _STATUS = 0, 1, 2, 3, 4


class Walk:
    """Walks the messages in order of arrival."""

    def __init__(self, game_id: str) -> None:
        self._game_id = game_id
        self._known: set[str] = set()
        self._latest = 0
        self._status = ""
        self._first_ms: int | None = None
        self._offset_s = 0.0
        self.is_over = False

    def events(self, messages: list[Message]) -> Iterator[TimedEvent]:
        """Yield the events with their offsets, by the instants at which the messages were sent."""
        first = next((one for one in messages if one.inning and not one.is_delete), None)
        if first is not None and len(messages) > 1:
            yield from self._joined(first)
        for message in messages:
            if message.arrived_ms is not None:
                self._first_ms = message.arrived_ms if self._first_ms is None else self._first_ms
                self._offset_s = max(self._offset_s, (message.arrived_ms - self._first_ms) / 1000)
            for event in self._events_of(message):
                yield TimedEvent(self._offset_s, event)

    def _joined(self, first: Message) -> Iterator[TimedEvent]:
        if first.inning > spec.SCHEDULED_INNINGS:
            for inning in range(spec.SCHEDULED_INNINGS, first.inning):
                start = self._event(first, f"-joined-{inning}", _REGULAR)
                start.time.CopyFrom(_time(inning))
                start.period_started.CopyFrom(PeriodStarted())
                yield TimedEvent(0.0, start)
        own = (0, first.runs) if first.is_top else (first.runs, 0)
        home, away = (max(0, score - runs) for score, runs in zip(first.score, own, strict=True))
        if home or away:
            event = self._event(first, "-joined", _SCORE)
            event.score_stated.CopyFrom(ScoreStated(home=home, away=away))
            yield TimedEvent(0.0, event)
        if not first.is_top and first.kind != spec.HALF_START:
            event = self._event(first, "-half", _HALF)
            event.half_inning_started.CopyFrom(HalfInningStarted(half=InningHalf.INNING_HALF_BOTTOM))
            yield TimedEvent(0.0, event)

    def _events_of(self, message: Message) -> Iterator[GameEvent]:
        if message.is_delete:
            event = self._event(message, "", _FACT)
            event.action, event.sequence = EventAction.EVENT_ACTION_RETRACT, 0
            event.ClearField("time")
            yield event
        elif message.inning and message.kind != spec.LINEUP:
            yield self._fact(message)
            self._known.add(message.event_id)
            self._latest = max(self._latest, message.sequence)
        yield from self._status_of(message)

    def _fact(self, message: Message) -> GameEvent:
        event = self._event(message, "", _FACT)
        event.side = Side.SIDE_AWAY if message.is_top else Side.SIDE_HOME
        if message.kind == spec.HALF_START:
            if message.is_top:
                event.period_started.CopyFrom(PeriodStarted())
            else:
                event.half_inning_started.CopyFrom(HalfInningStarted(half=InningHalf.INNING_HALF_BOTTOM))
        elif message.kind == spec.AT_BAT:
            event.baseball_play.CopyFrom(
                BaseballPlay(result=BaseballResult.BASEBALL_RESULT_BATTER_UP, balls=0, strikes=0)
            )
            self._name(event.baseball_play, message)
        elif message.kind in (spec.PITCH, spec.STEAL):
            event.player_id = our_id(message.hitter)
            event.baseball_play.CopyFrom(_play(message))
            self._name(event.baseball_play, message)
            if message.runs and message.event_id not in self._known:
                event.reported_score.CopyFrom(ReportedScore(home=message.score[0], away=message.score[1]))
        else:
            event.play_observed.CopyFrom(PlayObserved(kind="other", text=message.text))
        return event

    def _name(self, play: BaseballPlay, message: Message) -> None:
        play.batter_id, play.pitcher_id = our_id(message.hitter), our_id(message.pitcher)

    def _status_of(self, message: Message) -> Iterator[GameEvent]:
        if message.status == self._status:
            return
        before, self._status = self._status, message.status
        statuses = spec.STATUSES.get(message.status, ())
        if spec.STATUSES.get(before) == (GameStatus.GAME_STATUS_INTERRUPTED,) and not statuses:
            statuses = (GameStatus.GAME_STATUS_LIVE,)
        for turn, status in enumerate(statuses):
            self.is_over = self.is_over or status == GameStatus.GAME_STATUS_FINAL
            name = GameStatus.Name(status).removeprefix("GAME_STATUS_").lower()
            event = self._event(message, f"-{name}", _STATUS)
            event.sequence = max(self._latest, message.sequence) * _PLACES + _STATUS + turn
            event.ClearField("time")
            event.status_changed.CopyFrom(StatusChanged(status=status))
            yield event

    def _event(self, message: Message, suffix: str, place: int) -> GameEvent:
        event = GameEvent(
            game_id=self._game_id,
            event_id=f"{message.event_id}{suffix}",
            action=EventAction.EVENT_ACTION_CREATE,
            ordering=FeedOrdering.FEED_ORDERING_MONOTONIC,
            sequence=message.sequence * _PLACES + place if message.sequence else 0,
        )
        if message.inning:
            event.time.CopyFrom(_time(message.inning))
        if message.at_ms is not None:
            event.occurred_time.FromMilliseconds(message.at_ms)
        return event


def _play(message: Message) -> BaseballPlay:
    play = BaseballPlay(runs=message.runs)
    is_over = message.is_turn_over and message.outcome != spec.PENDING
    if message.kind == spec.STEAL:
        play.result = BaseballResult.BASEBALL_RESULT_RUNNING
    else:
        play.result = spec.result_of(message.outcome) if is_over else BaseballResult.BASEBALL_RESULT_PITCH
    if message.balls_strikes_outs is not None:
        play.balls, play.strikes, play.outs = message.balls_strikes_outs
    if is_over:
        play.balls = play.strikes = 0
    if message.bases is not None:
        play.bases = 0 if play.outs == 3 else message.bases
    return play


def _time(inning: int) -> MatchTime:
    extra = inning - spec.SCHEDULED_INNINGS
    return MatchTime(
        kind=PeriodKind.PERIOD_KIND_OVERTIME if extra > 0 else PeriodKind.PERIOD_KIND_REGULAR,
        ordinal=extra if extra > 0 else inning,
    )
