"""The messages of a game one after the other, with what must be remembered on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scoreline.feeds.adapter import TimedEvent
from scoreline.feeds.sportradar_nba import specification as spec
from scoreline.feeds.sportradar_nba.messages import Message
from scoreline.v1.event_pb2 import (
    ClockAdjusted,
    EventAction,
    FeedOrdering,
    FoulCommitted,
    GameEvent,
    MatchTime,
    PeriodEnded,
    PeriodStarted,
    PlayObserved,
    PointsScored,
    PossessionGained,
    ReportedScore,
    ShotTaken,
    StatusChanged,
    TimeoutTaken,
)
from scoreline.v1.event_score_pb2 import ScoreStated
from scoreline.v1.game_pb2 import Game, Side
from scoreline.v1.state_pb2 import GameStatus, PeriodKind

#: Places of one fact; those before it are for what a stream that was joined late has to state first.
_PLACES = 32
_JOINED, _CLOCK, _POSSESSION, _FACT, _STATUS = 0, 20, 21, 22, 24


def our_id(number: str) -> str:
    """Return our id of the feed's game, team or player; empty for nobody."""
    return f"sportradar-{number}" if number else ""


class Walk:
    """Walks the messages in order of arrival."""

    def __init__(self, game: Game, teams: Mapping[str, Side.ValueType]) -> None:
        self._game = game
        self._teams = teams
        self._known: set[str] = set()
        self._latest = 0
        self._running = False
        self._possession = Side.SIDE_UNSPECIFIED
        self._status = ""
        self._first_ms: int | None = None
        self._offset_s = 0.0
        self.is_over = False

    def events(self, messages: list[Message]) -> Iterator[TimedEvent]:
        """Yield the events with their offsets, by the instants at which the messages were sent."""
        first = next((one for one in messages if not one.is_delete), None)
        if first is not None and len(messages) > 1:
            yield from self._joined(first)
        for message in messages:
            if message.arrived_ms is not None:
                self._first_ms = message.arrived_ms if self._first_ms is None else self._first_ms
                self._offset_s = max(self._offset_s, (message.arrived_ms - self._first_ms) / 1000)
            for event in self._events_of(message):
                yield TimedEvent(self._offset_s, event)

    def _joined(self, first: Message) -> Iterator[TimedEvent]:
        worth = spec.MADE.get(first.kind, 0)
        home, away = first.score or (0, 0)
        if self._side(first, first.team) == Side.SIDE_HOME:
            home = max(0, home - worth)
        else:
            away = max(0, away - worth)
        # What comes after the regular periods can't begin before them.
        for period in range(spec.REGULAR_PERIODS, first.period):
            event = self._event(first, f"-joined-{period}", _JOINED + period - spec.REGULAR_PERIODS)
            event.time.CopyFrom(self._time(period, None))
            event.period_started.CopyFrom(PeriodStarted())
            yield TimedEvent(0.0, event)
        if home or away:
            event = self._event(first, "-joined", _CLOCK - 1)
            event.score_stated.CopyFrom(ScoreStated(home=home, away=away))
            yield TimedEvent(0.0, event)

    def _events_of(self, message: Message) -> Iterator[GameEvent]:
        if message.is_delete:
            event = self._event(message, "", _FACT)
            event.action, event.sequence = EventAction.EVENT_ACTION_RETRACT, 0
            event.ClearField("time")
            yield event
        else:
            # What a fact says of clock and ball counts when it is new; later words only fill it in.
            is_new = message.event_id not in self._known and message.sequence >= self._latest
            if is_new and message.kind != spec.OPEN_TIP:
                yield from self._clock(message)
                yield from self._possession_of(message, _POSSESSION)
            yield self._fact(message)
            if is_new and message.kind == spec.OPEN_TIP:
                # Nobody has the ball before the period has begun, and the start sets the clock.
                self._running = True
                yield from self._possession_of(message, _FACT + 1)
            self._known.add(message.event_id)
            self._latest = max(self._latest, message.sequence)
        yield from self._status_of(message)

    def _clock(self, message: Message) -> Iterator[GameEvent]:
        stops, runs = message.kind in spec.STOPPING, message.kind in spec.RUNNING
        if message.left_ms is not None and ((stops and self._running) or (runs and not self._running)):
            self._running = runs
            clock = self._event(message, "-clock", _CLOCK)
            clock.clock_adjusted.CopyFrom(ClockAdjusted(running=runs))
            yield clock
        if message.kind == spec.END_PERIOD:
            self._running = False

    def _possession_of(self, message: Message, place: int) -> Iterator[GameEvent]:
        holder = self._side(message, message.possession)
        if holder not in (Side.SIDE_UNSPECIFIED, self._possession):
            self._possession = holder
            gained = self._event(message, "-possession", place)
            gained.side = holder
            gained.possession_gained.CopyFrom(PossessionGained())
            yield gained

    def _fact(self, message: Message) -> GameEvent:
        event, kind = self._event(message, "", _FACT), message.kind
        event.side, event.player_id = self._side(message, message.team), our_id(message.player)
        if kind in spec.MADE and event.side:
            scored = PointsScored(points=spec.MADE[kind], assist_player_id=our_id(message.assist))
            event.points_scored.CopyFrom(scored)
            if message.score is not None and message.event_id not in self._known:
                event.reported_score.CopyFrom(ReportedScore(home=message.score[0], away=message.score[1]))
        elif kind in spec.MISSED:
            event.shot_taken.CopyFrom(ShotTaken(value=spec.MISSED[kind]))
        elif kind in spec.FOULS:
            counts, technical = spec.FOULS[kind]
            event.foul_committed.CopyFrom(FoulCommitted(counts_to_bonus=counts, technical=technical))
        elif kind in spec.TIMEOUTS:
            event.timeout_taken.CopyFrom(TimeoutTaken())
        elif kind == spec.END_PERIOD:
            event.period_ended.CopyFrom(PeriodEnded())
        elif kind == spec.OPEN_TIP:
            event.period_started.CopyFrom(PeriodStarted())
        else:
            event.play_observed.CopyFrom(PlayObserved(kind=spec.PLAYS.get(kind, "other"), text=message.text))
        return event

    def _status_of(self, message: Message) -> Iterator[GameEvent]:
        if message.status == self._status:
            return
        before, self._status = self._status, message.status
        statuses = spec.STATUSES.get(message.status, ())
        if before == "delayed" and not statuses:
            statuses = (GameStatus.GAME_STATUS_LIVE,)
        for turn, status in enumerate(statuses):
            self.is_over = self.is_over or status == GameStatus.GAME_STATUS_FINAL
            event = self._event(message, "", _STATUS + turn)
            event.event_id = (
                f"{message.event_id}-{GameStatus.Name(status).removeprefix('GAME_STATUS_').lower()}"
            )
            # The state of the game stands after all that was told of it, wherever the fact beside it stands.
            event.sequence = max(self._latest, message.sequence) * _PLACES + _STATUS + turn
            event.ClearField("time")
            event.status_changed.CopyFrom(StatusChanged(status=status))
            yield event

    def _event(self, message: Message, suffix: str, place: int) -> GameEvent:
        event = GameEvent(
            game_id=self._game.game_id,
            event_id=f"{message.event_id}{suffix}",
            action=EventAction.EVENT_ACTION_CREATE,
            ordering=FeedOrdering.FEED_ORDERING_MONOTONIC,
            sequence=message.sequence * _PLACES + place if message.sequence else 0,
        )
        if message.period:
            event.time.CopyFrom(self._time(message.period, message))
        if message.created_ms is not None:
            event.occurred_time.FromMilliseconds(message.created_ms)
        return event

    def _time(self, period: int, message: Message | None) -> MatchTime:
        extra = period - spec.REGULAR_PERIODS
        rules = self._game.rules
        length_ms = (rules.overtime_period_s if extra > 0 else rules.regular_period_s) * 1000
        time = MatchTime(
            kind=PeriodKind.PERIOD_KIND_OVERTIME if extra > 0 else PeriodKind.PERIOD_KIND_REGULAR,
            ordinal=extra if extra > 0 else period,
        )
        if message is not None and message.left_ms is not None:
            if message.left_ms > length_ms:
                raise message.place.unfit(f"shows more than the {length_ms // 1000} s of the period")
            time.elapsed_ms = length_ms - message.left_ms
        return time

    def _side(self, message: Message, team: str) -> Side.ValueType:
        if not team:
            return Side.SIDE_UNSPECIFIED
        side = self._teams.get(team)
        if side is None:
            raise message.place.unfit(f"names the team {team}, which does not play in its game")
        return side
