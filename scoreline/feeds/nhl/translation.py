"""Translate the NHL's game centre: `{id, homeTeam, awayTeam, gameState, plays, rosterSpots}` of api-web.

Rules that the format leaves to the reader:

- `eventId` names the fact (numbers are used out of order), `sortOrder` orders it.
- `situationCode` tells who is on the ice: whenever it changes, `<eventId>-strength` says so before the play.
  It tells a goal's strength too. The codes of one against one are penalty shots.
- In a shoot-out every goal and miss is an attempt. Its goals leave the score as it is; the winner's one goal
  is the reducer's affair, and the score of the document is reported with the end.
- The clock stands from a stoppage, goal or penalty and runs again with a face-off, or with the first play
  that shows more time played.
- A `chlg-` stoppage opens a review that the next play which is no stoppage closes. A goal that was taken back
  is simply absent from the document: a goal that an earlier document told of is not taken back by that, since
  a document tells nothing of what it does not hold. The score that the next goal reports shows it.
- There are no times but the clock: offsets come from match time with plausible pauses, and no event says when
  it occurred.
- `game-end` or a state of the game ends it, never a document that ends; `OFF` is verified by the league.
- The feed has no revisions: contents are told apart by themselves.
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
from scoreline.feeds.document import Place, Unfit, read_json
from scoreline.feeds.nhl import catalog
from scoreline.feeds.nhl import specification as spec
from scoreline.feeds.nhl.pauses import Pauses
from scoreline.feeds.nhl.plays import Play, read_plays
from scoreline.v1.event_ice_hockey_pb2 import GoalStrength, PenaltyImposed, StrengthChanged
from scoreline.v1.event_pb2 import (
    ClockAdjusted,
    EventAction,
    FeedOrdering,
    GameEvent,
    GoalScored,
    MatchTime,
    PeriodEnded,
    PeriodStarted,
    PlayObserved,
    ReportedScore,
    ReviewClosed,
    ReviewOpened,
    ShootoutAttempted,
    ShotTaken,
    StatusChanged,
    TimeoutTaken,
)
from scoreline.v1.game_pb2 import Game, Side, Sport
from scoreline.v1.state_pb2 import GameStatus, PeriodKind

#: Places of the facts within a play.
_PERIOD, _REVIEWED, _STRENGTH, _CLOCK, _FACT, _REVIEW, _TIMEOUT, _FINAL, _OFFICIAL = range(9)
_PLACES = 16


class Nhl:
    """The NHL's play-by-play."""

    name = "nhl"
    aliases = ("nhl-gamecenter", "nhl-api-web")
    sport = Sport.SPORT_ICE_HOCKEY

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate one game."""
        try:
            return Translation((_translate(read_json(document), provider_id, lookup),))
        except Unfit as unfit:
            return unfit.malformed


def _translate(root: Place, provider_id: str, lookup: GameLookup) -> GameTranslation:
    external_game_id, game, sides = catalog.read_game(root, provider_id)
    known = lookup(external_game_id)
    game.game_id = known.game_id if known is not None else f"nhl-{external_game_id}"
    listed, state = root.maybe("plays"), root.maybe("gameState")
    plays = read_plays(listed) if listed else []
    catalog.adopt_overtime(game.rules, plays)
    translator = _Translator(game, sides, state.text(max_chars=20) if state else "", _score_of(root))
    events = tuple(translator.timed(plays))
    return GameTranslation(external_game_id, game, catalog.COMPETITION, events, translator.ended)


def _score_of(root: Place) -> ReportedScore | None:
    home, away = root.child("homeTeam").maybe("score"), root.child("awayTeam").maybe("score")
    return ReportedScore(home=home.whole(0, 120), away=away.whole(0, 120)) if home and away else None


class _Translator:
    """Walks the plays in order and remembers period, clock, strength and an open review."""

    def __init__(
        self, game: Game, sides: dict[int, Side.ValueType], state: str, score: ReportedScore | None
    ) -> None:
        self._game = game
        self._sides = sides
        self._state = state
        self._score = score
        self._period = (PeriodKind.PERIOD_KIND_UNSPECIFIED, 0)
        self._running = False
        self._stood_at_ms = 0
        self._strength: spec.Strength | None = None
        self._reviewed = ""
        self.ended = False

    def timed(self, plays: list[Play]) -> Iterator[TimedEvent]:
        """Yield the events with their offsets."""
        pauses = Pauses()
        for play in plays:
            offset_s = pauses.offset_s(play)
            for event in self._events_of(play):
                yield TimedEvent(offset_s, event)
        if plays and self._state in spec.OVER:
            if not self.ended:
                yield TimedEvent(pauses.now_s, self._final(plays[-1]))
            if self._state == spec.OFFICIAL:
                official = self._event(plays[-1], None, _OFFICIAL)
                official.event_id = "official"
                official.status_changed.CopyFrom(StatusChanged(status=GameStatus.GAME_STATUS_OFFICIAL))
                yield TimedEvent(pauses.now_s, official)

    def _events_of(self, play: Play) -> Iterator[GameEvent]:
        time = self._time_of(play)
        if (time.kind, time.ordinal) != self._period:
            self._period = (time.kind, time.ordinal)
            self._running, self._stood_at_ms = play.kind == spec.PERIOD_START, 0
            if play.kind != spec.PERIOD_START:
                yield self._missed_start(play, time)
        if self._reviewed and play.kind != spec.STOPPAGE:
            closed = self._event(play, time, _REVIEWED)
            closed.event_id, self._reviewed = f"{self._reviewed}-reviewed", ""
            closed.review_closed.CopyFrom(ReviewClosed())
            yield closed
        if play.kind == spec.PERIOD_START:
            yield self._fact_of(play, time)
        if play.period_type != spec.SHOOTOUT:
            yield from self._strength_of(play, time)
            yield from self._clock_of(play, time)
        if play.kind != spec.PERIOD_START:
            yield self._fact_of(play, time)
        yield from self._stoppage_of(play, time)
        if play.kind == spec.GAME_END:
            yield self._final(play)

    def _missed_start(self, play: Play, time: MatchTime) -> GameEvent:
        start = self._event(play, MatchTime(kind=time.kind, ordinal=time.ordinal, elapsed_ms=0), _PERIOD)
        start.event_id = f"period-{play.period}"
        start.period_started.CopyFrom(PeriodStarted())
        return start

    def _strength_of(self, play: Play, time: MatchTime) -> Iterator[GameEvent]:
        strength = None if play.kind in spec.WITHOUT_STRENGTH else spec.strength_of(play.situation)
        if strength is None or strength == self._strength:
            return
        self._strength = strength
        changed = self._event(play, time, _STRENGTH, "-strength")
        changed.strength_changed.CopyFrom(StrengthChanged(**strength._asdict()))
        yield changed

    def _clock_of(self, play: Play, time: MatchTime) -> Iterator[GameEvent]:
        if play.kind in (spec.PERIOD_START, spec.PERIOD_END, spec.GAME_END):
            return
        went_on = time.elapsed_ms > self._stood_at_ms
        stops = play.kind in spec.STOPPING
        runs = not stops and not self._running and (went_on or play.kind == spec.FACEOFF)
        if runs or (stops and (self._running or went_on)):
            self._running, self._stood_at_ms = runs, time.elapsed_ms
            clock = self._event(play, time, _CLOCK, "-clock")
            clock.clock_adjusted.CopyFrom(ClockAdjusted(running=runs))
            yield clock

    def _fact_of(self, play: Play, time: MatchTime) -> GameEvent:
        fact = self._event(play, time, _PERIOD if play.kind == spec.PERIOD_START else _FACT)
        fact.side = self._side_of(play)
        fact.player_id = catalog.player_id(play.player)
        if play.score is not None:
            fact.reported_score.CopyFrom(ReportedScore(home=play.score[0], away=play.score[1]))
        if play.kind == spec.PERIOD_START:
            fact.period_started.CopyFrom(PeriodStarted())
        elif play.kind == spec.PERIOD_END:
            fact.period_ended.CopyFrom(PeriodEnded())
        elif play.kind == spec.GOAL or (play.kind in spec.ATTEMPTS and fact.side):
            self._put_attempt(play, fact)
        elif play.kind == spec.PENALTY and fact.side:
            penalty = PenaltyImposed(minutes=play.minutes, offence=spec.offence_word(play.offence))
            fact.penalty_imposed.CopyFrom(penalty)
        else:
            text = ", ".join(play.reasons)[:300]
            fact.play_observed.CopyFrom(PlayObserved(kind=spec.kind_word(play.kind), text=text))
        return fact

    def _put_attempt(self, play: Play, fact: GameEvent) -> None:
        if not fact.side:
            raise play.place.unfit("should say whose goal it is: details.eventOwnerTeamId is missing")
        if play.period_type == spec.SHOOTOUT:
            fact.shootout_attempted.CopyFrom(ShootoutAttempted(scored=play.kind == spec.GOAL))
        elif play.kind == spec.GOAL:
            goal = GoalScored(
                penalty=spec.is_penalty_shot(play.situation),
                assist_player_id=catalog.player_id(play.assist),
                strength=self._goal_strength(play, fact.side),
            )
            fact.goal_scored.CopyFrom(goal)
        else:
            fact.shot_taken.CopyFrom(ShotTaken(on_target=play.kind == spec.SHOT))

    def _goal_strength(self, play: Play, side: Side.ValueType) -> GoalStrength.ValueType:
        strength = spec.strength_of(play.situation)
        if strength is None:
            return GoalStrength.GOAL_STRENGTH_UNSPECIFIED
        is_home = side == Side.SIDE_HOME
        if strength.away_net_empty if is_home else strength.home_net_empty:
            return GoalStrength.GOAL_STRENGTH_EMPTY_NET
        lead = strength.lead_of(is_home)
        if lead:
            power_play, short = GoalStrength.GOAL_STRENGTH_POWER_PLAY, GoalStrength.GOAL_STRENGTH_SHORT_HANDED
            return power_play if lead > 0 else short
        return GoalStrength.GOAL_STRENGTH_UNSPECIFIED

    def _stoppage_of(self, play: Play, time: MatchTime) -> Iterator[GameEvent]:
        if play.kind != spec.STOPPAGE:
            return
        if any(reason.startswith(spec.CHALLENGE) for reason in play.reasons):
            self._reviewed = str(play.event_id)
            opened = self._event(play, time, _REVIEW, "-review")
            opened.review_opened.CopyFrom(ReviewOpened())
            yield opened
        for reason in play.reasons:
            if reason in spec.TIMEOUTS:
                taken = self._event(play, time, _TIMEOUT, "-timeout")
                taken.side = Side.SIDE_HOME if spec.TIMEOUTS[reason] else Side.SIDE_AWAY
                taken.timeout_taken.CopyFrom(TimeoutTaken())
                yield taken
                return

    def _final(self, play: Play) -> GameEvent:
        self.ended = True
        final = self._event(play, None, _FINAL)
        final.event_id = "final"
        final.status_changed.CopyFrom(StatusChanged(status=GameStatus.GAME_STATUS_FINAL))
        if self._score is not None and self._state in spec.OVER:
            final.reported_score.CopyFrom(self._score)
        return final

    def _event(self, play: Play, time: MatchTime | None, place: int, suffix: str = "") -> GameEvent:
        return GameEvent(
            game_id=self._game.game_id,
            event_id=f"{play.event_id}{suffix}",
            action=EventAction.EVENT_ACTION_CREATE,
            ordering=FeedOrdering.FEED_ORDERING_MONOTONIC,
            sequence=play.order * _PLACES + place,
            time=time,
        )

    def _time_of(self, play: Play) -> MatchTime:
        rules = self._game.rules
        if play.period_type == spec.SHOOTOUT:
            return MatchTime(kind=PeriodKind.PERIOD_KIND_SHOOTOUT, ordinal=1)
        extra = play.period - rules.regular_periods
        if (extra > 0) != (play.period_type == spec.OVERTIME):
            raise play.place.child("periodDescriptor").unfit("should number the period as its type says")
        length_s = rules.overtime_period_s if extra > 0 else rules.regular_period_s
        if play.elapsed_ms > length_s * 1000:
            raise play.place.child("timeInPeriod").unfit(f"shows more than the {length_s} s of the period")
        return MatchTime(
            kind=PeriodKind.PERIOD_KIND_OVERTIME if extra > 0 else PeriodKind.PERIOD_KIND_REGULAR,
            ordinal=extra if extra > 0 else play.period,
            elapsed_ms=play.elapsed_ms,
        )

    def _side_of(self, play: Play) -> Side.ValueType:
        if not play.team:
            return Side.SIDE_UNSPECIFIED
        side = self._sides.get(play.team)
        if side is None:
            raise play.place.child("details").child("eventOwnerTeamId").unfit("is neither of the two teams")
        return side
