"""Translate NFL.com's game details: `{data: {viewer: {gameDetail: {plays, scoringSummaries, phase}}}}`.

The details themselves, without the answer around them, are read too. Rules that the format leaves to the
reader:

- `playId` names the fact, `orderSequence` orders it, within the whole game.
- `playDeleted` takes a play back: a retraction of the fact and of its spot, whether or not it was ever seen.
- Rows have no score. Touchdown and try are rows of their own, so each adds its own points; the score of
  `scoringSummaries` is that after the try, so it is reported with the try's row once there is one.
- A kicked try that scores for the side without the touchdown is a return by the defence, worth two.
- Text before `REVERSED` is what did not happen; a play with `No Play` is out of the book.
- A row's spot and clock are those before the play.
- The game is over by its `END_GAME` row or by the phase, never by a document that ends.
- The feed has no revisions: contents are told apart by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from scoreline.feeds import gridiron
from scoreline.feeds.adapter import (
    GameLookup,
    GameTranslation,
    Malformed,
    TimedEvent,
    Translation,
    nobody_knows,
)
from scoreline.feeds.document import Place, Unfit, read_json
from scoreline.feeds.gridiron import Worth
from scoreline.feeds.nfl_com import catalog
from scoreline.feeds.nfl_com import specification as spec
from scoreline.feeds.nfl_com.rows import Row, is_over, is_try, read_rows
from scoreline.v1.event_pb2 import (
    ClockAdjusted,
    EventAction,
    FeedOrdering,
    GameEvent,
    MatchTime,
    PeriodEnded,
    PeriodStarted,
    PlayObserved,
    ReportedScore,
    StatusChanged,
    TimeoutTaken,
)
from scoreline.v1.game_pb2 import Game, Side, Sport
from scoreline.v1.state_pb2 import GameStatus

#: Places of the facts within a row.
_PERIOD, _CLOCK, _SPOT, _FACT, _FINAL = 0, 1, 2, 3, 7
_PLACES = 8


class NflCom:
    """NFL.com's play-by-play."""

    name = "nfl-com"
    aliases = ("nfl", "nflcom")
    sport = Sport.SPORT_AMERICAN_FOOTBALL

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate one game."""
        try:
            return Translation((_translate(_details(read_json(document)), provider_id, lookup),))
        except Unfit as unfit:
            return unfit.malformed


def _details(root: Place) -> Place:
    data = root.maybe("data")
    return data.child("viewer").child("gameDetail") if data else root


def _translate(place: Place, provider_id: str, lookup: GameLookup) -> GameTranslation:
    external_game_id, game, sides = catalog.read_game(place, provider_id)
    known = lookup(external_game_id)
    game.game_id = known.game_id if known is not None else f"nfl-{external_game_id}"
    plays, phase = place.maybe("plays"), place.maybe("phase")
    rows = read_rows(plays) if plays else []
    catalog.describe_from_rows(rows, sides, game)
    over = is_over(phase.text()) if phase else False
    translator = _Translator(game, sides, _read_scores(place), over)
    events = tuple(translator.timed(rows))
    return GameTranslation(external_game_id, game, catalog.COMPETITION, events, translator.ended)


class _Summary(NamedTuple):
    """The score after a scoring play and its try."""

    score: ReportedScore
    try_id: int


def _read_scores(place: Place) -> dict[int, _Summary]:
    listed = place.maybe("scoringSummaries")
    found = {}
    for item in listed.items() if listed else ():
        score = ReportedScore(
            home=item.child("homeScore").whole(0, 250), away=item.child("visitorScore").whole(0, 250)
        )
        attempt = item.maybe("patPlayId")
        found[item.child("playId").whole()] = _Summary(score, attempt.whole() if attempt else 0)
    return found


class _Translator:
    """Walks the rows in order and remembers period, clock and whose try it is."""

    def __init__(
        self, game: Game, sides: dict[str, Side.ValueType], scores: dict[int, _Summary], over: bool
    ) -> None:
        self._game = game
        self._sides = sides
        self._summaries = scores
        self._reported: dict[int, ReportedScore] = {}
        self._over = over
        self._period = 0
        self._running = False
        self._stood_at_ms = 0
        self._touchdown_of = Side.SIDE_UNSPECIFIED
        self.ended = False

    def timed(self, rows: list[Row]) -> Iterator[TimedEvent]:
        """Yield the events with their offsets; times that step backwards are held at the latest one."""
        listed = {row.play_id for row in rows if not row.deleted}
        self._reported = {
            summary.try_id if summary.try_id in listed else play_id: summary.score
            for play_id, summary in self._summaries.items()
        }
        first_ms: int | None = None
        offset_s = 0.0
        for row in rows:
            if row.at_ms is not None:
                first_ms = row.at_ms if first_ms is None else first_ms
                offset_s = max(offset_s, (row.at_ms - first_ms) / 1000)
            for event in self._retracted(row) if row.deleted else self._events_of(row):
                yield TimedEvent(offset_s, event)
        if rows and self._over and not self.ended:
            yield TimedEvent(offset_s, self._final(rows[-1]))

    def _retracted(self, row: Row) -> Iterator[GameEvent]:
        for place, suffix in ((_FACT, ""), (_SPOT, "-spot")):
            stub = self._event(row, None, place, suffix)
            stub.action = EventAction.EVENT_ACTION_RETRACT
            yield stub

    def _events_of(self, row: Row) -> Iterator[GameEvent]:
        time = gridiron.time_of(self._game.rules, row.quarter, row.left_ms)
        if time is None:
            raise row.place.child("clockTime").unfit("shows more than the quarter has")
        if row.kind != spec.GAME_START and row.quarter != self._period:
            self._period, self._running, self._stood_at_ms = row.quarter, True, 0
            start = self._event(row, MatchTime(kind=time.kind, ordinal=time.ordinal, elapsed_ms=0), _PERIOD)
            start.event_id = f"period-{row.quarter}"
            start.period_started.CopyFrom(PeriodStarted())
            yield start
        elif row.left_ms is not None and row.kind not in (spec.END_QUARTER, spec.END_GAME):
            yield from self._clock_of(row, time)
        side = self._sides.get(row.possession)
        if side is not None and row.kind not in spec.ADMINISTRATIVE and not is_try(row):
            yield self._spot_of(row, time, side)
        fact = self._fact_of(row, time)
        if row.play_id in self._reported:
            fact.reported_score.CopyFrom(self._reported[row.play_id])
        yield fact
        if row.kind == spec.END_GAME:
            yield self._final(row)

    def _clock_of(self, row: Row, time: MatchTime) -> Iterator[GameEvent]:
        went_on = time.elapsed_ms > self._stood_at_ms
        stands = row.kind in spec.STANDING
        if (stands and (self._running or went_on)) or (not stands and not self._running):
            self._running, self._stood_at_ms = not stands, time.elapsed_ms
            clock = self._event(row, time, _CLOCK, "-clock")
            clock.clock_adjusted.CopyFrom(ClockAdjusted(running=self._running))
            yield clock

    def _spot_of(self, row: Row, time: MatchTime, side: Side.ValueType) -> GameEvent:
        to_goal = spec.yards_to_goal(row.spot, row.possession_name)
        down = row.down if to_goal and row.distance > 0 else 0
        spot = self._event(row, MatchTime(kind=time.kind, ordinal=time.ordinal), _SPOT, "-spot")
        spot.side = side
        spot.scrimmage_set.CopyFrom(gridiron.scrimmage(down, row.distance, to_goal or 0))
        return spot

    def _fact_of(self, row: Row, time: MatchTime) -> GameEvent:
        fact = self._event(row, time, _FACT)
        worth = self._worth_of(row)
        if worth is not None:
            worth.put_into(fact)
            if worth.points == gridiron.TOUCHDOWN:
                self._touchdown_of = worth.side
            fact.player_id = next(
                (
                    catalog.player_id(stat.player)
                    for stat in row.stats
                    if stat.number in spec.SCORERS and self._sides.get(stat.team) == worth.side
                ),
                "",
            )
        elif row.kind in (spec.END_QUARTER, spec.END_GAME):
            if row.left_ms is None and row.kind == spec.END_QUARTER:
                whole = gridiron.time_of(self._game.rules, row.quarter, 0)
                fact.time.CopyFrom(whole or time)
            fact.period_ended.CopyFrom(PeriodEnded())
        elif row.kind == spec.TIMEOUT and row.text != spec.TWO_MINUTE_WARNING:
            fact.side = gridiron.timeout_of(row.text, self._game.home.short_name, self._game.away.short_name)
            fact.timeout_taken.CopyFrom(TimeoutTaken())
        else:
            fact.side = self._sides.get(row.possession, Side.SIDE_UNSPECIFIED)
            fact.play_observed.CopyFrom(PlayObserved(kind=spec.kind_word(row.kind), text=row.text[:300]))
        return fact

    def _worth_of(self, row: Row) -> Worth | None:
        if not row.scores:
            return self._miss_of(row)
        side = self._sides.get(row.scorer)
        if side is None:
            raise row.place.child("scoringPlay").unfit("is a score of nobody knows which side")
        if is_try(row):
            kicked = row.kind == spec.KICKED_TRY and self._touchdown_of in (side, Side.SIDE_UNSPECIFIED)
            return Worth(side, gridiron.EXTRA_POINT if kicked else gridiron.CONVERSION)
        kind = row.score_kind or spec.told_kind(gridiron.outcome(row.text))
        points = spec.SCORES.get(kind)
        if points is None:
            raise row.place.child("scoringPlay").unfit(f"is a score of a kind not known here: {kind!r}")
        return Worth(side, points, safety=kind in spec.SAFETIES)

    def _miss_of(self, row: Row) -> Worth | None:
        if spec.NO_PLAY in gridiron.outcome(row.text):
            return None
        if row.kind == spec.FIELD_GOAL:
            side = self._sides.get(row.possession)
            return None if side is None else Worth(side, gridiron.FIELD_GOAL, scored=False)
        if is_try(row) and self._touchdown_of:
            kicked = row.kind == spec.KICKED_TRY
            points = gridiron.EXTRA_POINT if kicked else gridiron.CONVERSION
            return Worth(self._touchdown_of, points, scored=False)
        return None

    def _final(self, row: Row) -> GameEvent:
        self.ended = True
        final = self._event(row, gridiron.time_of(self._game.rules, row.quarter, None), _FINAL)
        final.event_id = "final"
        final.status_changed.CopyFrom(StatusChanged(status=GameStatus.GAME_STATUS_FINAL))
        return final

    def _event(self, row: Row, time: MatchTime | None, place: int, suffix: str = "") -> GameEvent:
        event = GameEvent(
            game_id=self._game.game_id,
            event_id=f"{row.play_id}{suffix}",
            action=EventAction.EVENT_ACTION_CREATE,
            ordering=FeedOrdering.FEED_ORDERING_MONOTONIC,
            sequence=row.order * _PLACES + place,
            time=time,
        )
        if row.at_ms is not None:
            event.occurred_time.FromMilliseconds(row.at_ms)
        return event
