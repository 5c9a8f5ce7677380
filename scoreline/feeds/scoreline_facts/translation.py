"""Translate match facts that a person wrote down.

A fact of the thirteenth minute happened between 12:00 and 13:00; it is placed at 12:30, and an end of a
period at the end of its minute. Event ids are `fact-<place in the list>`: append to a document, but don't
reorder what was sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scoreline.feeds.adapter import (
    GameLookup,
    GameTranslation,
    Malformed,
    TimedEvent,
    Translation,
    nobody_knows,
)
from scoreline.feeds.document import Place, Unfit, excerpt, read_json
from scoreline.feeds.scoreline_facts import specification as spec
from scoreline.feeds.scoreline_facts.catalog import Squads, read_competition, read_id, read_side, read_time
from scoreline.v1.event_pb2 import (
    CardColor,
    CardShown,
    EventAction,
    FeedOrdering,
    GameEvent,
    GoalScored,
    PenaltyAwarded,
    PeriodEnded,
    PeriodStarted,
    PlayerSubstituted,
    ShootoutAttempted,
    ShotTaken,
    StatusChanged,
)
from scoreline.v1.game_pb2 import Game, GameProvider, Side, Sport
from scoreline.v1.state_pb2 import GameStatus

_COLORS = {
    "yellow_card": CardColor.CARD_COLOR_YELLOW,
    "second_yellow_card": CardColor.CARD_COLOR_SECOND_YELLOW,
    "red_card": CardColor.CARD_COLOR_RED,
}
#: Shoot-out kicks have no minute of their own; they follow each other at this pace.
_KICK_S = 45
_KEYS = ("home", "away")


class ScorelineFacts:
    """Match facts in our own format."""

    name = "scoreline"
    aliases = ("scoreline-facts", "facts", spec.FORMAT)
    sport = Sport.SPORT_FOOTBALL

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate one match."""
        try:
            return Translation((_translate(read_json(document), provider_id, lookup),))
        except Unfit as unfit:
            return unfit.malformed


def _translate(root: Place, provider_id: str, lookup: GameLookup) -> GameTranslation:
    if root.child("format").text() != spec.FORMAT:
        raise root.child("format").unfit(f"should be {spec.FORMAT}")
    root.child("version").whole(spec.VERSION, spec.VERSION)
    external_game_id = read_id(root.child("game_id"))
    game = Game(
        sport=Sport.SPORT_FOOTBALL,
        providers=[GameProvider(provider_id=provider_id, external_game_id=external_game_id)],
    )
    known = lookup(external_game_id)
    game.game_id = known.game_id if known is not None else external_game_id
    competition = read_competition(root)
    if competition is not None:
        game.competition_id = competition.competition_id
    season, venue = root.maybe("season"), root.maybe("venue")
    game.season = season.text(max_chars=20) if season else ""
    game.venue = venue.text() if venue else ""
    kick_off = read_time(root.child("kick_off"))
    game.scheduled_time.FromDatetime(kick_off)
    squads: Squads = {
        side: read_side(root.child(key), side, game)
        for key, side in zip(_KEYS, (Side.SIDE_HOME, Side.SIDE_AWAY), strict=True)
    }
    if game.home.team_id == game.away.team_id:
        raise root.child("away").child("id").unfit("is the home side's id too")
    scribe = _Scribe(game.game_id, kick_off, squads)
    events = tuple(scribe.timed(root.child("facts")))
    return GameTranslation(external_game_id, game, competition, events, scribe.over)


class _Scribe:
    """Walks the facts in order and remembers the period."""

    def __init__(self, game_id: str, kick_off: datetime, squads: Squads) -> None:
        self._game_id = game_id
        self._kick_off = kick_off
        self._squads = squads
        self._period: spec.Period | None = None
        self._played: list[str] = []
        self._playing = False
        self._began_s = 0.0
        self._elapsed_s = 0.0
        self._sequence = 0
        self.over = False

    def timed(self, facts: Place) -> Iterator[TimedEvent]:
        """Yield the events of all facts."""
        for index, place in enumerate(facts.items(), 1):
            kind = place.child("type").text()
            if self.over:
                raise place.unfit("comes after full_time")
            if kind in spec.STARTS:
                self._begin(place, spec.STARTS[kind])
                yield self._stamp(GameEvent(event_id=f"fact-{index}", period_started=PeriodStarted()))
            elif kind in spec.ENDS:
                yield from self._end(place, kind, index)
            else:
                self._move_to(place)
                for event in self._fact(place, kind, index):
                    yield self._stamp(event)

    def _begin(self, place: Place, period: spec.Period) -> None:
        if self._playing or period.name in self._played:
            raise place.child("type").unfit(f"{period.name} can't begin now")
        # The first period begins at kick-off; each later one when the one before is over and all have rested.
        self._began_s += self._elapsed_s + (period.break_before_s if self._played else 0)
        self._period, self._playing, self._elapsed_s = period, True, 0.0
        self._played.append(period.name)

    def _end(self, place: Place, kind: str, index: int) -> Iterator[TimedEvent]:
        period = self._period
        # Full time may follow the end of the last period, as when a shoot-out ended it.
        if (
            period is None
            or period.name not in spec.ENDS[kind]
            or (not self._playing and kind != "full_time")
        ):
            raise place.child("type").unfit(f"{kind} can't come now")
        if self._playing:
            self._move_to(place, at_end=True)
            yield self._stamp(GameEvent(event_id=f"fact-{index}", period_ended=PeriodEnded()))
        self._playing = False
        if kind == "full_time":
            self.over = True
            final = StatusChanged(status=GameStatus.GAME_STATUS_FINAL)
            yield self._stamp(GameEvent(event_id=f"fact-{index}-final", status_changed=final))

    def _move_to(self, place: Place, *, at_end: bool = False) -> None:
        if self._period is None or not self._playing:
            raise place.child("type").unfit("comes while no period is played")
        if self._period.first_minute == self._period.last_minute:
            self._elapsed_s += 0 if at_end else _KICK_S
            return
        spoken = place.child("minute")
        text = spoken.text(max_chars=10) if isinstance(spoken.value, str) else str(spoken.whole(0, 200))
        read = spec.read_minute(text)
        if read is None:
            raise spoken.unfit(f"should read like 13 or 45+2, is {excerpt(text)}")
        minute, added = read
        if not self._period.first_minute < minute <= self._period.last_minute or (
            added and minute != self._period.last_minute
        ):
            raise spoken.unfit(f"{text} lies outside {self._period.name}")
        elapsed_s = (minute + added - self._period.first_minute) * 60.0 - (0 if at_end else 30)
        if elapsed_s < self._elapsed_s:
            raise spoken.unfit(f"{text} comes after a later minute")
        self._elapsed_s = elapsed_s

    def _fact(self, place: Place, kind: str, index: int) -> Iterator[GameEvent]:
        side = self._side(place.child("team"))
        event = GameEvent(event_id=f"fact-{index}", side=side)
        if kind in spec.KICKS and self._in_shootout():
            event.player_id = self._player(place, "player", side)
            event.shootout_attempted.CopyFrom(ShootoutAttempted(scored=spec.KICKS[kind]))
        elif kind in spec.GOALS and not self._in_shootout():
            event.player_id = self._player(place, "player", side)
            goal = GoalScored(own_goal=kind == "own_goal", penalty=kind == "penalty_goal")
            if goal.own_goal:
                event.side = Side.SIDE_AWAY if side == Side.SIDE_HOME else Side.SIDE_HOME
            elif place.maybe("assist"):
                goal.assist_player_id = self._player(place, "assist", side)
            event.goal_scored.CopyFrom(goal)
        elif kind in spec.CARDS:
            event.player_id = self._player(place, "player", side)
            event.card_shown.CopyFrom(CardShown(color=_COLORS[kind]))
        elif kind == spec.SUBSTITUTION:
            event.player_id = self._player(place, "out", side)
            player_in_id = self._player(place, "in", side)
            event.player_substituted.CopyFrom(PlayerSubstituted(player_in_id=player_in_id))
        elif kind == spec.MISSED_PENALTY and not self._in_shootout():
            yield GameEvent(event_id=f"fact-{index}-award", side=side, penalty_awarded=PenaltyAwarded())
            event.player_id = self._player(place, "player", side)
            event.shot_taken.CopyFrom(ShotTaken())
        else:
            raise place.child("type").unfit(f"{excerpt(kind)} is no fact that can come now")
        yield event

    def _in_shootout(self) -> bool:
        return self._period is not None and self._period.name == "PENS"

    def _side(self, place: Place) -> Side.ValueType:
        key = place.text()
        if key not in _KEYS:
            raise place.unfit("should be home or away")
        return Side.SIDE_HOME if key == "home" else Side.SIDE_AWAY

    def _player(self, place: Place, key: str, side: Side.ValueType) -> str:
        shirt = place.child(key).digits(1, 99)
        player_id = self._squads[side].get(shirt)
        if player_id is None:
            raise place.child(key).unfit(f"nobody of that team wears {shirt}")
        return player_id

    def _stamp(self, event: GameEvent) -> TimedEvent:
        assert self._period is not None
        self._sequence += 1
        event.game_id, event.sequence = self._game_id, self._sequence
        event.action, event.ordering = (
            EventAction.EVENT_ACTION_CREATE,
            FeedOrdering.FEED_ORDERING_CONTIGUOUS,
        )
        event.time.kind, event.time.ordinal = self._period.kind, self._period.ordinal
        event.time.elapsed_ms = round(self._elapsed_s * 1000)
        offset_s = self._began_s + self._elapsed_s
        event.occurred_time.FromDatetime(self._kick_off + timedelta(seconds=offset_s))
        return TimedEvent(offset_s, event)
