"""Translate the NBA's live documents: `{meta, game: {gameId, actions}}` and the box score.

Rules that the format leaves to the reader:

- `orderNumber` is the order, with gaps for later inserts; `actionNumber` names the fact; `edited` is its
  revision.
- Home and away come from the registered game, else from a box score, else from whose baskets move which
  score. Until that is known an action of a team can't be told and the document is refused.
- An action may bring two facts of its own before it: a clock anchor and a change of possession. They are
  named `<actionNumber>-clock` and `<actionNumber>-possession` and take places of their own: sequence =
  orderNumber * 4 + 0 for the clock, 1 for possession, 2 for the action itself.
- The clock stands from a foul, timeout, stoppage, violation, review, ejection or dead-ball turnover, and
  runs again by the first action with less time left. Anchors are sent at these two moments only.
- The clock at the start of a period tells its length; until one has started the league's rules do.
- Team fouls of the period are personal fouls but double ones; offensive and technical fouls do not count
  (NBA rule 12-B).
- The coordinates are of the court, not of a side, and are left out.
- An action that vanishes from a later document leaves no trace in it: an adapter that sees one document
  at a time can't take the fact back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from scoreline.feeds.adapter import (
    GameLookup,
    GameTranslation,
    Malformed,
    TimedEvent,
    Translation,
    nobody_knows,
)
from scoreline.feeds.document import Place, Unfit, read_json
from scoreline.feeds.nba_live import catalog
from scoreline.feeds.nba_live import specification as spec
from scoreline.feeds.nba_live.actions import Action, read_actions
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
from scoreline.v1.game_pb2 import Game, GameRules, Side, Sport
from scoreline.v1.state_pb2 import GameStatus, PeriodKind

#: A plausible break between periods, for replays of feeds without times.
_BREAK_S = 130
_PLACES = 4
_CLOCK, _POSSESSION, _FACT = 0, 1, 2


class NbaLive:
    """The NBA's live play-by-play, and its box score for the names."""

    name = "nba-cdn"
    aliases = ("nba", "nba-live", "nba-cdn-live", "nba-cdnlive")
    sport = Sport.SPORT_BASKETBALL

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate one game; a box score gives a game without events."""
        try:
            return Translation((_translate(read_json(document).child("game"), provider_id, lookup),))
        except Unfit as unfit:
            return unfit.malformed


def _translate(place: Place, provider_id: str, lookup: GameLookup) -> GameTranslation:
    external_game_id = place.child("gameId").text(max_chars=10)
    if not (external_game_id.isascii() and external_game_id.isdigit()):
        raise place.child("gameId").unfit("should hold digits only")
    game, competition = catalog.propose_game(external_game_id, provider_id)
    known = lookup(external_game_id)
    game.game_id = known.game_id if known is not None else f"nba-{external_game_id}"
    described = place.maybe("homeTeam") is not None
    if described:
        catalog.read_box_score(place, game)
        if place.maybe("actions") is None:
            return GameTranslation(external_game_id, game, competition, (), complete=False)
    actions = read_actions(place.child("actions"))
    return translate_actions(GameTranslation(external_game_id, game, competition, (), False), actions, known)


def translate_actions(
    told: GameTranslation,
    actions: list[Action],
    known: Game | None,
    stated_sides: Mapping[int, Side.ValueType] = MappingProxyType({}),
) -> GameTranslation:
    """Return the translation with the events of the actions, or raise `Unfit`.

    `stated_sides` is what the actions themselves say of who is at home; the league's older formats, which are
    read into the same actions, do.
    """
    game = told.game
    _adopt_lengths(game.rules, actions)
    if known is not None:
        game.home.CopyFrom(known.home)
        game.away.CopyFrom(known.away)
    sides = catalog.sides_of(game) or stated_sides or catalog.infer_sides(actions)
    started = next((action.at_ms for action in actions if action.at_ms is not None), None)
    catalog.describe_from_actions(
        actions, sides, game, datetime.fromtimestamp(started / 1000, UTC) if started is not None else None
    )
    translator = _Translator(game.game_id, sides, game.rules)
    events = tuple(translator.timed(actions))
    return told._replace(events=events, complete=translator.ended)


def _adopt_lengths(rules: GameRules, actions: list[Action]) -> None:
    """Take the lengths of periods from the clock at their start: summer leagues play shorter ones."""
    for action in reversed(actions):
        if (
            (action.kind, action.sub_kind) != ("period", "start")
            or action.left_ms % 60_000
            or not action.left_ms
        ):
            continue
        if action.period > rules.regular_periods:
            rules.overtime_period_s = action.left_ms // 1000
        else:
            rules.regular_period_s = action.left_ms // 1000


class _Translator:
    """Walks the actions in order and remembers clock and possession."""

    def __init__(self, game_id: str, sides: Mapping[int, Side.ValueType], rules: GameRules) -> None:
        self._game_id = game_id
        self._sides = sides
        self._rules = rules
        self._running = False
        self._stood_at_ms = 0
        self._possession = Side.SIDE_UNSPECIFIED
        self.ended = False

    def timed(self, actions: list[Action]) -> Iterator[TimedEvent]:
        """Yield the events with their offsets; times that step backwards are held at the latest one."""
        first_ms: int | None = None
        offset_s = began_s = 0.0
        period = actions[0].period if actions else 0
        for action in actions:
            if action.period != period:
                period, began_s = action.period, offset_s + _BREAK_S
            if action.at_ms is not None:
                first_ms = action.at_ms if first_ms is None else first_ms
                offset_s = max(offset_s, (action.at_ms - first_ms) / 1000)
            elif first_ms is None:
                # A feed without times: as if the clock had never stood.
                offset_s = max(offset_s, began_s + self._time_of(action).elapsed_ms / 1000)
            for event in self._events_of(action):
                yield TimedEvent(offset_s, event)

    def _events_of(self, action: Action) -> Iterator[GameEvent]:
        time = self._time_of(action)
        if action.kind == "period":
            self._running = action.sub_kind == "start"
            self._stood_at_ms = time.elapsed_ms
        elif action.kind != "game":
            running = self._clock_after(action, time.elapsed_ms)
            if running is not None:
                yield self._event(
                    action, time, _CLOCK, "-clock", clock_adjusted=ClockAdjusted(running=running)
                )
        holder = self._side_of(action, action.possession, "possession")
        if holder not in (Side.SIDE_UNSPECIFIED, self._possession):
            self._possession = holder
            gained = self._event(
                action, time, _POSSESSION, "-possession", possession_gained=PossessionGained()
            )
            gained.side = holder
            yield gained
        yield self._fact_of(action, time)

    def _clock_after(self, action: Action, elapsed_ms: int) -> bool | None:
        """Return whether the clock runs from now on, or nothing when no anchor is due."""
        stops = action.kind in spec.STOPPING or (
            action.kind == "turnover" and any(word in action.sub_kind for word in spec.DEAD_BALL_TURNOVERS)
        )
        went_on = elapsed_ms > self._stood_at_ms
        if stops and (self._running or went_on):
            self._running, self._stood_at_ms = False, elapsed_ms
            return False
        if not stops and not self._running and went_on:
            self._running = True
            return True
        return None

    def _fact_of(self, action: Action, time: MatchTime) -> GameEvent:
        fact = self._event(action, time, _FACT, "")
        fact.side = self._side_of(action, action.team, "teamId")
        fact.player_id = catalog.player_id(action.player)
        if action.score is not None:
            fact.reported_score.CopyFrom(ReportedScore(home=action.score[0], away=action.score[1]))
        if action.kind == "period" and action.sub_kind == "start":
            fact.period_started.CopyFrom(PeriodStarted())
        elif action.kind == "period" and action.sub_kind == "end":
            fact.period_ended.CopyFrom(PeriodEnded())
        elif action.kind == "game" and action.sub_kind == "end":
            self.ended = True
            fact.status_changed.CopyFrom(StatusChanged(status=GameStatus.GAME_STATUS_FINAL))
        elif action.kind in spec.ATTEMPTS:
            points = spec.ATTEMPTS[action.kind]
            if action.made:
                if not fact.side:
                    raise action.place.unfit("is a basket of no team")
                scored = PointsScored(points=points, assist_player_id=catalog.player_id(action.assist))
                fact.points_scored.CopyFrom(scored)
            else:
                fact.shot_taken.CopyFrom(ShotTaken(value=points))
        elif action.kind == "foul":
            fact.foul_committed.CopyFrom(
                FoulCommitted(
                    counts_to_bonus=action.sub_kind == "personal" and "double" not in action.descriptor,
                    technical=action.sub_kind == "technical",
                )
            )
        elif action.kind == "timeout":
            fact.timeout_taken.CopyFrom(TimeoutTaken())
        else:
            fact.play_observed.CopyFrom(
                PlayObserved(kind=spec.PLAYS.get(action.kind, "other"), text=action.text)
            )
        return fact

    def _event(self, action: Action, time: MatchTime, place: int, suffix: str, **detail: object) -> GameEvent:
        event = GameEvent(
            game_id=self._game_id,
            event_id=f"{action.number}{action.tag}{suffix}",
            revision=action.edited_ms,
            action=EventAction.EVENT_ACTION_CREATE,
            ordering=FeedOrdering.FEED_ORDERING_MONOTONIC,
            sequence=action.order * _PLACES + place,
            time=time,
            **detail,  # type: ignore[arg-type]  # one arm of the oneof, by its name
        )
        if action.at_ms is not None:
            event.occurred_time.FromMilliseconds(action.at_ms)
        return event

    def _time_of(self, action: Action) -> MatchTime:
        extra = action.period - self._rules.regular_periods
        length_s = self._rules.overtime_period_s if extra > 0 else self._rules.regular_period_s
        if action.left_ms > length_s * 1000:
            raise action.place.child("clock").unfit(f"shows more than the {length_s} s of the period")
        return MatchTime(
            kind=PeriodKind.PERIOD_KIND_OVERTIME if extra > 0 else PeriodKind.PERIOD_KIND_REGULAR,
            ordinal=extra if extra > 0 else action.period,
            elapsed_ms=length_s * 1000 - action.left_ms,
        )

    def _side_of(self, action: Action, team: int, key: str) -> Side.ValueType:
        if not team:
            return Side.SIDE_UNSPECIFIED
        side = self._sides.get(team)
        if side is None:
            known = ", ".join(map(str, self._sides)) or "nobody, as no basket has shown which side is which"
            raise action.place.child(key).unfit(
                f"{team} is not known as home or away (known: {known}); "
                "register the game or pass its box score"
            )
        return side
