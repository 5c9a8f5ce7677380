"""Translate ESPN's game package of an NFL game: `{gamepackageJSON: {header, drives, scoringPlays}}`.

The package itself, without the page around it, is read too. Rules that the format leaves to the reader:

- A scoring row says what it is (`scoringType`), never how many points it adds: its score is absolute. A
  touchdown row is rewritten once the try was made, and then tells of both. So a touchdown becomes two facts,
  `<id>` worth six and `<id>-try`, whose worth is `pointAfterAttempt`, else what the text says of it.
- The score of a row is reported with the row's last fact and checked against the facts, never taken from.
  Rows between a touchdown and its try keep the score of their moment (14, 13, 14): that is recorded as a
  disagreement and ends with the next row.
- Who scored is told by `scoringPlays`, else by whose score rose since the row before, else by the team in
  possession after the row.
- Text before `REVERSED` is what did not happen.
- `modified` has minutes only, so it can't be a revision: two edits within a minute would be one. Contents are
  told apart by themselves; `modified` is part of the sequence, below the place, so that a row set back to an
  earlier content is not taken for a repetition.
- The sequence orders rows within a period, not over the whole game: period, `sequenceNumber`, then the place
  of each fact within its row.
- Spot and distance are those of `start`; `end` has an own, wrong distance and comes with every row of
  officials too. Administrative rows have place holders there.
- The game is over by its `End of Game` row or by a header that says so, never by a document that ends.
- Players have no ids in the rows and stay unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from scoreline.feeds import gridiron
from scoreline.feeds.adapter import (
    GameLookup,
    GameTranslation,
    Malformed,
    TimedEvent,
    Translation,
    nobody_knows,
)
from scoreline.feeds.document import Unfit, read_json
from scoreline.feeds.espn_nfl import specification as spec
from scoreline.feeds.espn_nfl.catalog import Header, read_header
from scoreline.feeds.espn_nfl.rows import Row, read_rows
from scoreline.feeds.gridiron import OTHER, Worth
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
from scoreline.v1.game_pb2 import Side, Sport
from scoreline.v1.state_pb2 import GameStatus

#: Places of the facts within a row.
_PERIOD, _CLOCK, _SPOT, _FACT, _TRY, _FINAL = 0, 1, 2, 3, 4, 7
_PLACES = 8
_ROWS = 10**9
#: Minutes of `modified` that fit below the place.
_EDITS = 1 << 24


class EspnNfl:
    """ESPN's play-by-play of the NFL."""

    name = "espn-nfl"
    aliases = ("espn",)
    sport = Sport.SPORT_AMERICAN_FOOTBALL

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate one game."""
        try:
            root = read_json(document)
            package = root.maybe("gamepackageJSON") or root
            header = read_header(package, provider_id)
            known = lookup(header.external_game_id)
            header.game.game_id = (
                known.game_id if known is not None else f"espn-nfl-{header.external_game_id}"
            )
            rows = read_rows(package) if package.maybe("drives") else []
            gridiron.adopt_overtime(header.game.rules, ((row.period, row.left_ms) for row in rows))
            translator = _Translator(header)
            events = tuple(translator.timed(rows))
        except Unfit as unfit:
            return unfit.malformed
        game = GameTranslation(
            header.external_game_id, header.game, header.competition, events, translator.ended
        )
        return Translation((game,))


class _Translator:
    """Walks the rows in order and remembers period, clock and score."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._period = 0
        self._running = False
        self._stood_at_ms = 0
        self._score = (0, 0)
        self.ended = False

    def timed(self, rows: list[Row]) -> Iterator[TimedEvent]:
        """Yield the events with their offsets; times that step backwards are held at the latest one."""
        first_ms: int | None = None
        offset_s = 0.0
        for row in rows:
            if row.at_ms is not None:
                first_ms = row.at_ms if first_ms is None else first_ms
                offset_s = max(offset_s, (row.at_ms - first_ms) / 1000)
            for event in self._events_of(row):
                yield TimedEvent(offset_s, event)
        if rows and self._header.completed and not self.ended:
            yield TimedEvent(offset_s, self._final(rows[-1]))

    def _events_of(self, row: Row) -> Iterator[GameEvent]:
        time = gridiron.time_of(self._header.game.rules, row.period, row.left_ms)
        if time is None:
            raise row.place.child("clock").unfit("shows more than the period has")
        if row.period != self._period:
            self._period, self._running, self._stood_at_ms = row.period, True, 0
            start = self._event(row, MatchTime(kind=time.kind, ordinal=time.ordinal, elapsed_ms=0), _PERIOD)
            start.event_id = f"period-{row.period}"
            start.period_started.CopyFrom(PeriodStarted())
            # The first row of a period may change; its start keeps its place before all of them.
            start.sequence = row.period * _ROWS * _PLACES * _EDITS
            yield start
        elif row.left_ms is not None:
            yield from self._clock_of(row, time)
        yield from self._spot_of(row, time)
        yield from self._facts_of(row, time)
        self._score = row.score

    def _clock_of(self, row: Row, time: MatchTime) -> Iterator[GameEvent]:
        if row.kind.startswith(spec.END):
            return
        went_on = time.elapsed_ms > self._stood_at_ms
        stops = row.kind in spec.STOPPING or row.scores
        if (stops and (self._running or went_on)) or (not stops and not self._running and went_on):
            self._running, self._stood_at_ms = not stops, time.elapsed_ms
            clock = self._event(row, time, _CLOCK, "-clock")
            clock.clock_adjusted.CopyFrom(ClockAdjusted(running=self._running))
            yield clock

    def _spot_of(self, row: Row, time: MatchTime) -> Iterator[GameEvent]:
        side = self._header.sides.get(row.team)
        if side is None or row.kind in spec.ADMINISTRATIVE or row.kind.startswith(spec.END):
            return
        to_goal = row.yard_line if side == Side.SIDE_AWAY else 100 - row.yard_line
        down = row.down if 1 <= row.down <= 4 and 0 < to_goal < 100 and row.distance > 0 else 0
        spot = self._event(row, MatchTime(kind=time.kind, ordinal=time.ordinal), _SPOT, "-spot")
        spot.side = side
        spot.scrimmage_set.CopyFrom(gridiron.scrimmage(down, row.distance, to_goal))
        yield spot

    def _facts_of(self, row: Row, time: MatchTime) -> Iterator[GameEvent]:
        facts = [self._fact_of(row, time)]
        if facts[0].points_scored.points == gridiron.TOUCHDOWN:
            attempt = self._try_of(row, facts[0].side)
            if attempt is not None:
                facts.append(self._event(row, time, _TRY, "-try"))
                attempt.put_into(facts[-1])
        facts[-1].reported_score.CopyFrom(ReportedScore(home=row.score[0], away=row.score[1]))
        yield from facts
        if row.kind == spec.END_OF_GAME:
            yield self._final(row)

    def _fact_of(self, row: Row, time: MatchTime) -> GameEvent:
        fact = self._event(row, time, _FACT)
        if row.scores:
            self._worth_of(row).put_into(fact)
        elif row.kind.startswith(spec.END):
            fact.period_ended.CopyFrom(PeriodEnded())
        elif row.kind in (spec.TIMEOUT, spec.OFFICIAL_TIMEOUT):
            game = self._header.game
            fact.side = gridiron.timeout_of(row.text, game.home.short_name, game.away.short_name)
            fact.timeout_taken.CopyFrom(TimeoutTaken())
        elif row.kind in spec.FIELD_GOALS_MISSED and row.team in self._header.sides:
            Worth(self._header.sides[row.team], gridiron.FIELD_GOAL, scored=False).put_into(fact)
        else:
            fact.side = self._header.sides.get(row.team, Side.SIDE_UNSPECIFIED)
            fact.play_observed.CopyFrom(PlayObserved(kind=spec.kind_word(row.kind), text=row.text[:300]))
        return fact

    def _worth_of(self, row: Row) -> Worth:
        word = row.scoring or row.abbreviation
        points = spec.points_of(word)
        if points is None:
            raise row.place.child("scoringPlay").unfit(f"is a score of a kind not known here: {word!r}")
        return Worth(self._scorer_of(row), points, safety=word in spec.SAFETIES)

    def _scorer_of(self, row: Row) -> Side.ValueType:
        credited = self._header.sides.get(self._header.scoring_teams.get(row.row_id, ""))
        if credited is not None:
            return credited
        home_rose, away_rose = row.score[0] > self._score[0], row.score[1] > self._score[1]
        if home_rose != away_rose:
            return Side.SIDE_HOME if home_rose else Side.SIDE_AWAY
        holder = self._header.sides.get(row.end_team)
        if holder is None:
            raise row.place.child("scoringPlay").unfit("is a score of nobody knows which side")
        return holder

    def _try_of(self, row: Row, scorer: Side.ValueType) -> Worth | None:
        told = spec.try_of(gridiron.outcome(row.text)) or spec.try_of(
            self._header.scoring_texts.get(row.row_id, "")
        )
        by_defence = told is not None and told[0]
        if row.try_value is None:
            if told is None:
                return None
            _, points, counted = told
        else:
            counted = row.try_value > 0
            two = "two" in row.try_text.lower() or (told is not None and told[1] == gridiron.CONVERSION)
            points = row.try_value or (gridiron.CONVERSION if two else gridiron.EXTRA_POINT)
        return Worth(OTHER[scorer] if by_defence else scorer, points, counted)

    def _final(self, row: Row) -> GameEvent:
        self.ended = True
        rules = self._header.game.rules
        time = gridiron.time_of(rules, row.period, None) or MatchTime()
        final = self._event(row, time, _FINAL)
        final.event_id = "final"
        final.status_changed.CopyFrom(StatusChanged(status=GameStatus.GAME_STATUS_FINAL))
        return final

    def _event(self, row: Row, time: MatchTime, place: int, suffix: str = "") -> GameEvent:
        slot = (row.period * _ROWS + row.sequence) * _PLACES + place
        event = GameEvent(
            game_id=self._header.game.game_id,
            event_id=f"{row.row_id}{suffix}",
            action=EventAction.EVENT_ACTION_CREATE,
            ordering=FeedOrdering.FEED_ORDERING_MONOTONIC,
            sequence=slot * _EDITS + row.modified_ms // 60_000 % _EDITS,
            time=time,
        )
        if row.at_ms is not None:
            event.occurred_time.FromMilliseconds(row.at_ms)
        return event
