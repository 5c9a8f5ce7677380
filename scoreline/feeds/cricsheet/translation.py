"""Translate a Cricsheet match file (JSON, data versions 1.0 and 1.1).

Rules that the format leaves to the reader:

- The first team of `info.teams` is at home.
- A ball is named innings.over.place; its order is the same three numbers, so that a ball put in by a later
  revision finds its place. `meta.revision` is the revision of every fact.
- Runs of super overs are not part of the score: all of them lie in the shoot-out.
- A wide or a no-ball is no ball of the over; a batter who retires hurt is no wicket (Law 25.4).
- `target` is what the side has to reach, revised by Duckworth-Lewis-Stern or not. Where a side that bats last
  in a match of one innings each has none, it is one more than the other side's runs.
- `outcome` tells the end; a match without result is abandoned.
- There are no times: replays bowl a ball every half a minute or so.
"""

from __future__ import annotations

from collections.abc import Iterator

from scoreline.feeds.adapter import (
    GameLookup,
    GameTranslation,
    Malformed,
    TimedEvent,
    Translation,
    nobody_knows,
)
from scoreline.feeds.cricsheet import specification as spec
from scoreline.feeds.cricsheet.catalog import Cast, competition_of
from scoreline.feeds.document import Place, Unfit, read_json
from scoreline.v1.event_cricket_pb2 import (
    BallBowled,
    CricketOutcome,
    Dismissal,
    InningsBegun,
    PenaltyRunsAwarded,
    ResultDeclared,
    WicketFallen,
)
from scoreline.v1.event_pb2 import EventAction, FeedOrdering, GameEvent, PeriodEnded, StatusChanged
from scoreline.v1.game_pb2 import Side, Sport
from scoreline.v1.state_pb2 import GameStatus, PeriodKind

#: An order of innings, over, ball and what belongs to the ball, in one number.
_INNINGS, _OVER, _BALL = 10**9, 10**5, 10
_MAX_OVERS, _MAX_BALLS, _MAX_RUNS = 1_000, 100, 100
_MAX_TARGET = 3_000
_MAX_INNINGS = 40


class Cricsheet:
    """Cricsheet's match files: one JSON object with `info` and `innings`."""

    name = "cricsheet"
    aliases = ("cricsheet-json",)
    sport = Sport.SPORT_CRICKET

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate one match."""
        try:
            return Translation((_translate(read_json(document), provider_id, lookup),))
        except Unfit as unfit:
            return unfit.malformed


def _translate(root: Place, provider_id: str, lookup: GameLookup) -> GameTranslation:
    info = root.child("info")
    cast = Cast(info, provider_id)
    known = lookup(cast.external_game_id)
    cast.game.game_id = known.game_id if known is not None else f"cricsheet-{cast.external_game_id}"
    competition = competition_of(info)
    if competition is not None:
        cast.game.competition_id = competition.competition_id
    translator = _Translator(root, cast)
    events = tuple(translator.events())
    return GameTranslation(cast.external_game_id, cast.game, competition, events, translator.is_over)


class _Translator:
    """Walks the innings and stamps what happens."""

    def __init__(self, root: Place, cast: Cast) -> None:
        self._cast = cast
        meta, info = root.maybe("meta"), root.child("info")
        revision = meta.maybe("revision") if meta else None
        self._revision = revision.whole(0, 1 << 40) if revision else 0
        self._innings = root.child("innings").items()
        if len(self._innings) > _MAX_INNINGS:
            raise root.child("innings").unfit(f"has more than {_MAX_INNINGS} innings")
        overs = info.maybe("overs")
        self._limit = overs.whole(1, _MAX_OVERS) if overs else 0
        self._outcome = info.maybe("outcome")
        self._offset_s = 0.0
        self._runs = {Side.SIDE_HOME: 0, Side.SIDE_AWAY: 0}
        self._time = (PeriodKind.PERIOD_KIND_REGULAR, 1)
        self.is_over = self._outcome is not None

    def events(self) -> Iterator[TimedEvent]:
        """Translate the match."""
        super_innings = regular = order = 0
        for order, innings in enumerate(self._innings, 1):
            flag = innings.maybe("super_over")
            is_super = flag is not None and flag.flag()
            if is_super:
                super_innings += 1
                self._time = (PeriodKind.PERIOD_KIND_SHOOTOUT, 1)
            else:
                regular += 1
                if super_innings or regular > self._cast.game.rules.regular_periods:
                    raise innings.unfit("is one innings more than the match has")
                self._time = (PeriodKind.PERIOD_KIND_REGULAR, regular)
            yield from self._innings_events(innings, order, (super_innings + 1) // 2 if is_super else 0)
            is_last = order == len(self._innings)
            # Super overs are one period together.
            if (is_last and self.is_over) or (not is_last and not is_super):
                end = GameEvent(event_id=f"{order}-end", period_ended=PeriodEnded())
                yield self._stamp(end, (order + 1) * _INNINGS - 1)
            self._offset_s += spec.INNINGS_S
        if self._outcome is not None:
            yield from self._result(self._outcome, (order + 1) * _INNINGS)

    def _innings_events(self, innings: Place, order: int, super_over: int) -> Iterator[TimedEvent]:
        side = self._cast.side(innings.child("team"))
        begun = GameEvent(event_id=f"{order}-begin", side=side)
        begun.innings_begun.CopyFrom(self._begun(innings, side, super_over))
        first = order * _INNINGS
        yield self._stamp(begun, first)
        penalty = innings.maybe("penalty_runs")
        if penalty is not None and (before := penalty.maybe("pre")):
            yield self._penalty(order, side, "pre", before, first + 1)
        overs = innings.maybe("overs")
        for over in overs.items() if overs else ():
            number = over.child("over").whole(0, _MAX_OVERS)
            deliveries = over.child("deliveries").items()
            if len(deliveries) > _MAX_BALLS:
                raise over.child("deliveries").unfit(f"has more than {_MAX_BALLS} balls")
            for ball, delivery in enumerate(deliveries, 1):
                place = first + (number + 1) * _OVER + ball * _BALL
                yield from self._ball(delivery, side, f"{order}.{number}.{ball}", number, place)
            self._offset_s += spec.OVER_S
        if penalty is not None and (after := penalty.maybe("post")):
            yield self._penalty(order, side, "post", after, first + _INNINGS - 2)

    def _begun(self, innings: Place, side: Side.ValueType, super_over: int) -> InningsBegun:
        per_over = self._cast.game.rules.balls_per_over
        given = 1 if super_over else self._limit
        begun = InningsBegun(super_over=super_over, target_balls=given * per_over)
        target = innings.maybe("target")
        if target is not None:
            runs, overs = target.maybe("runs"), target.maybe("overs")
            begun.target = runs.whole(0, _MAX_TARGET) if runs else 0
            if overs is not None:
                whole, part = divmod(round(overs.number(0, _MAX_OVERS) * 10), 10)
                begun.target_balls = whole * per_over + part
        elif self._time == (PeriodKind.PERIOD_KIND_REGULAR, 2) and self._cast.game.rules.regular_periods == 2:
            begun.target = self._runs[_other(side)] + 1
        return begun

    def _penalty(self, order: int, side: Side.ValueType, name: str, runs: Place, sequence: int) -> TimedEvent:
        event = GameEvent(event_id=f"{order}-{name}", side=side)
        event.penalty_runs_awarded.CopyFrom(PenaltyRunsAwarded(runs=runs.whole(0, _MAX_RUNS)))
        self._runs[side] += event.penalty_runs_awarded.runs
        return self._stamp(event, sequence)

    def _ball(
        self, delivery: Place, side: Side.ValueType, name: str, over: int, sequence: int
    ) -> Iterator[TimedEvent]:
        cast, runs = self._cast, delivery.child("runs")
        bowler = cast.player(delivery.child("bowler"), _other(side))
        ball = BallBowled(
            bat_runs=runs.child("batter").whole(0, _MAX_RUNS),
            over=over,
            bowler_player_id=bowler,
            non_striker_player_id=cast.player(delivery.child("non_striker"), side),
        )
        extras = delivery.maybe("extras")
        for kind, place in extras.members() if extras else ():
            field = spec.EXTRAS.get(kind)
            if field is None:
                raise place.unfit(f"is no extra that we know ({', '.join(spec.EXTRAS)})")
            setattr(ball, field, place.whole(0, _MAX_RUNS))
        total = runs.child("total").whole(0, _MAX_RUNS)
        told = ball.bat_runs + sum(getattr(ball, field) for field in spec.EXTRAS.values())
        if told != total:
            raise runs.child("total").unfit(f"should be the sum of batter and extras, {told}")
        non_boundary = runs.maybe("non_boundary")
        ball.boundary = ball.bat_runs in (4, 6) and not (non_boundary is not None and non_boundary.flag())
        if self._time[0] == PeriodKind.PERIOD_KIND_REGULAR:
            self._runs[side] += total
        striker = cast.player(delivery.child("batter"), side)
        yield self._stamp(GameEvent(event_id=name, side=side, player_id=striker, ball_bowled=ball), sequence)
        wickets = delivery.maybe("wickets")
        for number, wicket in enumerate(wickets.items()[: _BALL - 2] if wickets else (), 1):
            dismissal = spec.DISMISSALS.get(wicket.child("kind").text(), Dismissal.DISMISSAL_UNSPECIFIED)
            fallen = WicketFallen(
                dismissal=dismissal,
                bowler_player_id=bowler if dismissal in spec.OF_THE_BOWLER else "",
            )
            out = cast.player(wicket.child("player_out"), side)
            event = GameEvent(event_id=f"{name}-w{number}", side=side, player_id=out, wicket_fallen=fallen)
            yield self._stamp(event, sequence + number)
        self._offset_s += spec.BALL_S

    def _result(self, outcome: Place, sequence: int) -> Iterator[TimedEvent]:
        result = ResultDeclared(revised=outcome.maybe("method") is not None)
        side = Side.SIDE_UNSPECIFIED
        if (winner := outcome.maybe("winner")) is not None:
            side, result.outcome = self._cast.side(winner), CricketOutcome.CRICKET_OUTCOME_WON
        else:
            word = outcome.child("result").text()
            if word not in spec.RESULTS:
                raise outcome.child("result").unfit(f"should be one of {', '.join(spec.RESULTS)}")
            result.outcome = spec.RESULTS[word]
            decided = outcome.maybe("eliminator") or outcome.maybe("bowl_out")
            if decided is not None:
                side, result.outcome = self._cast.side(decided), CricketOutcome.CRICKET_OUTCOME_TIE_DECIDED
        yield self._stamp(GameEvent(event_id="result", side=side, result_declared=result), sequence)
        status = GameStatus.GAME_STATUS_FINAL
        if result.outcome == CricketOutcome.CRICKET_OUTCOME_NO_RESULT:
            status = GameStatus.GAME_STATUS_ABANDONED if self._innings else GameStatus.GAME_STATUS_CANCELLED
        yield self._stamp(
            GameEvent(event_id="end", status_changed=StatusChanged(status=status)), sequence + 1
        )

    def _stamp(self, event: GameEvent, sequence: int) -> TimedEvent:
        event.game_id, event.sequence, event.revision = self._cast.game.game_id, sequence, self._revision
        event.action = EventAction.EVENT_ACTION_CREATE
        event.ordering = FeedOrdering.FEED_ORDERING_MONOTONIC
        event.time.kind, event.time.ordinal = self._time
        return TimedEvent(self._offset_s, event)


def _other(side: Side.ValueType) -> Side.ValueType:
    return Side.SIDE_AWAY if side == Side.SIDE_HOME else Side.SIDE_HOME
