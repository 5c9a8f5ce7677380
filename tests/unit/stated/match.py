"""Small games and the events of their feeds, written as a sequence of calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf.message_factory import GetMessageClass

from scoreline.v1 import event_pb2 as e
from scoreline.v1.event_pb2 import EventAction, FeedOrdering, GameEvent, MatchTime, ReportedScore
from scoreline.v1.game_pb2 import Game, GameProvider, RosterEntry, Side, Sport, Team
from scoreline.v1.state_pb2 import GameStatus, PeriodKind
from scoreline.wire.names import event_identity
from stated.core.game_fold import GameFold
from stated.core.steps import Applied, LoggedEvent, Recorded, RecordReason, Step

KICK_OFF_S = 1_530_367_200
HOME, AWAY, NOBODY = Side.SIDE_HOME, Side.SIDE_AWAY, Side.SIDE_UNSPECIFIED
REGULAR, OVERTIME, SHOOTOUT = (
    PeriodKind.PERIOD_KIND_REGULAR,
    PeriodKind.PERIOD_KIND_OVERTIME,
    PeriodKind.PERIOD_KIND_SHOOTOUT,
)
CREATE, AMEND, RETRACT = (
    EventAction.EVENT_ACTION_CREATE,
    EventAction.EVENT_ACTION_AMEND,
    EventAction.EVENT_ACTION_RETRACT,
)
CONTIGUOUS, MONOTONIC, UNORDERED = (
    FeedOrdering.FEED_ORDERING_CONTIGUOUS,
    FeedOrdering.FEED_ORDERING_MONOTONIC,
    FeedOrdering.FEED_ORDERING_NONE,
)


def game(sport: Sport.ValueType = Sport.SPORT_FOOTBALL, game_id: str = "g1", **fields: Any) -> Game:
    """Return a game of two teams with two known players each."""
    fixture = Game(
        game_id=game_id,
        sport=sport,
        competition_id="cup",
        home=Team(team_id="fra", name="France", short_name="FRA"),
        away=Team(team_id="arg", name="Argentina"),
        providers=[GameProvider(provider_id="acme"), GameProvider(provider_id="backup")],
        topic=7,
        roster=[
            RosterEntry(roster_number=n, player_id=player, name=player.upper(), side=side, shirt_number=shirt)
            for n, (player, side, shirt) in enumerate(
                [("h1", HOME, 10), ("h2", HOME, 0), ("a1", AWAY, 9), ("a2", AWAY, 5)], start=1
            )
        ],
        **fields,
    )
    fixture.scheduled_time.seconds = KICK_OFF_S
    return fixture


def basketball(**fields: Any) -> Game:
    """Return a basketball game."""
    return game(Sport.SPORT_BASKETBALL, **fields)


class Feed:
    """One provider's feed of one game; counts sequences and event ids by itself."""

    def __init__(
        self,
        ordering: FeedOrdering.ValueType = CONTIGUOUS,
        *,
        game_id: str = "g1",
        provider_id: str = "acme",
        period_s: int = 2_700,
    ) -> None:
        self.ordering = ordering
        self.game_id = game_id
        self.provider_id = provider_id
        self.sequence = 0
        self.period_s = period_s
        self.period = (REGULAR, 1)
        self.period_began_s = 0

    def event(
        self,
        detail: Any = None,
        *,
        at: float | None = None,
        side: Side.ValueType = NOBODY,
        player: str = "",
        score: tuple[int, int] | None = None,
        wall_s: float | None = None,
        period: tuple[PeriodKind.ValueType, int] | None = None,
        **fields: Any,
    ) -> GameEvent:
        """Return the next event: `at` seconds into the period, `wall_s` seconds after the planned start."""
        self.sequence += 1
        fields.setdefault("event_id", f"e{self.sequence}")
        fields.setdefault("sequence", self.sequence)
        fields.setdefault("action", CREATE)
        event = GameEvent(
            game_id=self.game_id, provider_id=self.provider_id, ordering=self.ordering, side=side, **fields
        )
        event.player_id = player
        if detail is not None:
            getattr(event, ARMS[type(detail)]).CopyFrom(detail)
        if at is not None or period is not None:
            kind, ordinal = period or self.period
            event.time.CopyFrom(MatchTime(kind=kind, ordinal=ordinal))
            if at is not None:
                event.time.elapsed_ms = round(at * 1000)
        if wall_s is None:
            wall_s = self.period_began_s + (at or 0)
        event.occurred_time.FromMicroseconds(round((KICK_OFF_S + wall_s) * 1_000_000))
        if score is not None:
            event.reported_score.CopyFrom(ReportedScore(home=score[0], away=score[1]))
        return event

    def start(self, kind: PeriodKind.ValueType = REGULAR, ordinal: int = 1, **fields: Any) -> GameEvent:
        """Return the start of a period."""
        if (kind, ordinal) != self.period:
            self.period_began_s += self.period_s + 900
        self.period = (kind, ordinal)
        return self.event(e.PeriodStarted(), at=0, **fields)

    def end(self, at: float | None = None, **fields: Any) -> GameEvent:
        """Return the end of the period that was started last."""
        return self.event(e.PeriodEnded(), at=self.period_s if at is None else at, **fields)

    def goal(self, side: Side.ValueType, at: float | None = 600, **fields: Any) -> GameEvent:
        """Return a goal."""
        own_goal, penalty = fields.pop("own_goal", False), fields.pop("penalty", False)
        detail = e.GoalScored(own_goal=own_goal, penalty=penalty, assist_player_id=fields.pop("assist", ""))
        return self.event(detail, at=at, side=side, **fields)

    def points(self, side: Side.ValueType, points: int, at: float | None = 60, **fields: Any) -> GameEvent:
        """Return points."""
        return self.event(e.PointsScored(points=points), at=at, side=side, **fields)

    def status(self, status: GameStatus.ValueType, **fields: Any) -> GameEvent:
        """Return a change of status."""
        is_correction, note = fields.pop("is_correction", False), fields.pop("note", "")
        return self.event(e.StatusChanged(status=status, is_correction=is_correction, note=note), **fields)

    def retract(self, event: GameEvent, **fields: Any) -> GameEvent:
        """Return the stub that takes an event back."""
        if self.ordering == MONOTONIC:
            fields.setdefault("sequence", event.sequence)
        return self.event(event_id=event.event_id, action=RETRACT, **fields)

    def amend(self, event: GameEvent, **changes: Any) -> GameEvent:
        """Return the event again with other content."""
        self.sequence += 1
        amended = GameEvent()
        amended.CopyFrom(event)
        amended.action = AMEND
        if self.ordering == CONTIGUOUS:
            amended.sequence = self.sequence
        for name, value in changes.items():
            if isinstance(value, (int, str)):
                setattr(amended, name, value)
            else:
                getattr(amended, name).CopyFrom(value)
        return amended


class Folder:
    """Offers events to a fold in order of a log that it numbers itself, a millisecond apart."""

    def __init__(self, fixture: Game | None = None, fold: GameFold | None = None) -> None:
        self.game = fixture or game()
        self.fold = fold or GameFold(self.game)
        self.log_sequence = 0
        self.now_us = KICK_OFF_S * 1_000_000
        self.steps: list[Step] = []

    def logged(self, event: GameEvent) -> LoggedEvent:
        """Return the event with the next number of the log."""
        self.log_sequence += 1
        return LoggedEvent(self.log_sequence, event_identity(event), event, self.now_us)

    def offer(self, *events: GameEvent) -> list[Step]:
        """Return the steps of the events."""
        steps: list[Step] = []
        for event in events:
            self.now_us += 1_000
            steps += self.fold.offer(self.logged(event), self.now_us)
        self.steps += steps
        return steps

    def finish(self) -> list[Step]:
        """Return the steps of the events still held back."""
        self.now_us += 1_000_000
        steps = self.fold.release(self.now_us)
        self.steps += steps
        return steps

    def only(self, event: GameEvent) -> Step:
        """Return the one step of the event."""
        (step,) = self.offer(event)
        return step


def applied(step: Step) -> Applied:
    """Return the step, which is an applied one."""
    assert isinstance(step, Applied), step
    return step


def reason(step: Step) -> RecordReason:
    """Return why the event was only recorded."""
    assert isinstance(step, Recorded), step
    return step.reason


def folded(events: Iterable[GameEvent], fixture: Game | None = None) -> Folder:
    """Return a folder that was offered the events and has nothing held back."""
    folder = Folder(fixture)
    folder.offer(*events)
    folder.finish()
    return folder


ARMS = {
    GetMessageClass(field.message_type): field.name
    for field in GameEvent.DESCRIPTOR.oneofs_by_name["detail"].fields
}
