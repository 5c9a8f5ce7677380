"""Translate a DataFactory match file: `match`, `teams`, `players`, `incidences`, `deletedIncidences`.

Rules that the format leaves to the reader:

- An incidence is named by its key, over all lists; a goal stands in `shots` once more, which is left out.
- Order is time of play (`t.half`, `t.m`, `t.s`, minutes counted on), then the key: keys are those of entry.
- An own goal (type 10) names the side that conceded it; the other side is credited.
- An id in `deletedIncidences` is taken back, and what stood before it with it; most were never seen.
- `match.revision` is the file's, not the fact's: with it every fact would be told anew in every file. So the
  revision is left 0, and a fact of other content amends.
- Type 2 of `status` ends the match; without it a match goes on, however the file ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from scoreline.feeds.adapter import (
    GameLookup,
    GameTranslation,
    Malformed,
    TimedEvent,
    Translation,
    nobody_knows,
)
from scoreline.feeds.datafactory import specification as spec
from scoreline.feeds.datafactory.catalog import player_id, read_game
from scoreline.feeds.document import Place, Unfit, read_json
from scoreline.feeds.halves import HALVES, ReplayClock
from scoreline.v1.event_pb2 import (
    CardShown,
    CornerAwarded,
    EventAction,
    FeedOrdering,
    FoulCommitted,
    GameEvent,
    GoalScored,
    OffsideCalled,
    PenaltyAwarded,
    PeriodEnded,
    PeriodStarted,
    PlayerSubstituted,
    PlayObserved,
    ShootoutAttempted,
    ShotTaken,
    StatusChanged,
)
from scoreline.v1.game_pb2 import Side, Sport
from scoreline.v1.state_pb2 import GameStatus

_MAX_KEY = 10**10 - 1
_MAX_SECONDS = 3 * 3600
_OTHER = {Side.SIDE_HOME: Side.SIDE_AWAY, Side.SIDE_AWAY: Side.SIDE_HOME}


class DataFactory:
    """DataFactory's match files: one JSON object."""

    name = "datafactory"
    aliases = ("data-factory",)
    sport = Sport.SPORT_FOOTBALL

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate one match."""
        try:
            return Translation((_translate(read_json(document), provider_id, lookup),))
        except Unfit as unfit:
            return unfit.malformed


class _Incidence(NamedTuple):
    place: Place
    key: int
    list_name: str
    kind: int
    half: int
    second: int
    """Since the start of the period."""
    starts: int
    """0 for what begins a period, 1 for play, 2 for what ends it."""


def _translate(root: Place, provider_id: str, lookup: GameLookup) -> GameTranslation:
    game, sides = read_game(root, provider_id)
    external_game_id = game.providers[0].external_game_id
    known = lookup(external_game_id)
    game.game_id = known.game_id if known is not None else f"datafactory-{external_game_id}"
    writer = _Writer(game.game_id, sides)
    incidences = list(_incidences(root.child("incidences")))
    incidences.sort(key=lambda one: (one.half, one.starts == 2, one.second, one.starts, one.key))
    events = [event for one in incidences for event in writer.events_of(one)]
    deleted = root.maybe("deletedIncidences")
    for gone in deleted.items() if deleted else ():
        events.append(writer.retraction(gone.digits(1, _MAX_KEY)))
    return GameTranslation(external_game_id, game, None, tuple(events), writer.is_over)


def _incidences(lists: Place) -> Iterator[_Incidence]:
    known: set[int] = set()
    for list_name, entries in lists.members():
        if list_name == spec.SHOTS:
            continue
        yield from _list(list_name, entries, known)
    # Last, so that a goal is known when its shot comes.
    if (shots := lists.maybe(spec.SHOTS)) is not None:
        yield from _list(spec.SHOTS, shots, known)


def _list(list_name: str, entries: Place, known: set[int]) -> Iterator[_Incidence]:
    # An empty list may be written as a list, a full one is an object.
    if isinstance(entries.value, list) and not entries.value:
        return
    for name, place in entries.members():
        key = Place(name, place.path).digits(1, _MAX_KEY)
        kind_place, time = place.maybe("type"), place.child("t")
        kind = kind_place.whole(0, 10_000) if kind_place else 0
        if key in known or (list_name == spec.SHOTS and kind in spec.GOAL_TYPES):
            continue
        known.add(key)
        yield _incidence(list_name, place, key, kind, time)


def _incidence(list_name: str, place: Place, key: int, kind: int, time: Place) -> _Incidence:
    half, minute, second = time.maybe("half"), time.maybe("m"), time.maybe("s")
    number = half.digits(0, max(HALVES)) if half else 0
    whistle = spec.WHISTLES.get(kind) if list_name == spec.STATUS else None
    if whistle is not None and whistle.half:
        number = whistle.half
    if list_name == spec.SHOOTOUT:
        number = max(HALVES)
    number = number or min(HALVES)
    played = (minute.digits(0, 300) if minute else 0) * 60 + (second.digits(0, 59) if second else 0)
    since = min(max(0, played - HALVES[number].begins_s), _MAX_SECONDS)
    turn = 1 if whistle is None else (0 if whistle.begins else 2)
    return _Incidence(place, key, list_name, kind, number, 0 if turn == 0 else since, turn)


class _Writer:
    """Writes incidences as events."""

    def __init__(self, game_id: str, sides: dict[int, Side.ValueType]) -> None:
        self._game_id, self._sides = game_id, sides
        self._clock = ReplayClock()
        self._offset_s = 0.0
        self._sequence = 0
        self.is_over = False

    def events_of(self, one: _Incidence) -> Iterator[TimedEvent]:
        """Translate one incidence."""
        self._offset_s = self._clock.offset_s(one.half, one.second)
        if one.list_name == spec.STATUS:
            yield from self._status(one)
            return
        event = GameEvent(event_id=str(one.key), side=self._side(one.place))
        event.player_id = player_id(one.place, "plyrId")
        if self._is_penalty(one):
            award = GameEvent(event_id=f"{one.key}-award", side=event.side, penalty_awarded=PenaltyAwarded())
            yield self._stamp(award, one, 0)
        self._tell(event, one)
        yield self._stamp(event, one, 1)

    def retraction(self, key: int) -> TimedEvent:
        """Return the stub that takes an incidence back."""
        event = GameEvent(
            game_id=self._game_id,
            event_id=str(key),
            action=EventAction.EVENT_ACTION_RETRACT,
            ordering=FeedOrdering.FEED_ORDERING_MONOTONIC,
            sequence=self._sequence,
        )
        return TimedEvent(self._offset_s, event)

    def _tell(self, event: GameEvent, one: _Incidence) -> None:
        if one.half == max(HALVES) and one.list_name in (spec.GOALS, spec.SHOTS, spec.SHOOTOUT):
            scored = one.list_name == spec.GOALS or one.kind in spec.SHOOTOUT_SCORED
            event.shootout_attempted.CopyFrom(ShootoutAttempted(scored=scored))
        elif one.list_name == spec.GOALS:
            own = one.kind == spec.OWN_GOAL
            if own:
                event.side = _OTHER[event.side]
            event.goal_scored.CopyFrom(
                GoalScored(
                    own_goal=own,
                    penalty=one.kind == spec.PENALTY_GOAL,
                    assist_player_id=player_id(one.place, "assBy"),
                )
            )
        elif one.list_name == spec.SHOTS:
            on_target = one.kind in (spec.SHOT_SAVED, spec.PENALTY_SAVED)
            event.shot_taken.CopyFrom(ShotTaken(on_target=on_target))
        elif one.list_name in spec.CARDS and one.kind in spec.CARD_COLORS:
            event.card_shown.CopyFrom(CardShown(color=spec.CARD_COLORS[one.kind]))
        elif one.list_name == spec.SUBSTITUTIONS:
            event.player_id = player_id(one.place, "offId")
            event.player_substituted.CopyFrom(PlayerSubstituted(player_in_id=player_id(one.place, "inId")))
        elif one.list_name == spec.FOULS:
            event.foul_committed.CopyFrom(FoulCommitted())
        elif one.list_name == spec.CORNERS:
            event.corner_awarded.CopyFrom(CornerAwarded())
        elif one.list_name == spec.OFFSIDES:
            event.offside_called.CopyFrom(OffsideCalled())
        else:
            event.play_observed.CopyFrom(PlayObserved(kind=spec.PLAYS.get(one.list_name, "other")))

    def _status(self, one: _Incidence) -> Iterator[TimedEvent]:
        whistle = spec.WHISTLES.get(one.kind)
        if whistle is None:
            return
        event = GameEvent(event_id=str(one.key))
        if whistle.begins:
            event.period_started.CopyFrom(PeriodStarted())
        else:
            event.period_ended.CopyFrom(PeriodEnded())
        yield self._stamp(event, one, 2)
        if one.kind == spec.MATCH_END:
            self.is_over = True
            final = StatusChanged(status=GameStatus.GAME_STATUS_FINAL)
            yield self._stamp(GameEvent(event_id=f"{one.key}-final", status_changed=final), one, 3)

    def _is_penalty(self, one: _Incidence) -> bool:
        if one.half == max(HALVES):
            return False
        return (one.list_name == spec.GOALS and one.kind == spec.PENALTY_GOAL) or (
            one.list_name == spec.SHOTS and one.kind in spec.PENALTY_SHOTS
        )

    def _side(self, place: Place) -> Side.ValueType:
        team = place.child("team")
        side = self._sides.get(team.digits(1))
        if side is None:
            raise team.unfit("is none of the two teams")
        return side

    def _stamp(self, event: GameEvent, one: _Incidence, place: int) -> TimedEvent:
        half = HALVES[one.half]
        event.game_id = self._game_id
        event.action = EventAction.EVENT_ACTION_CREATE
        event.ordering = FeedOrdering.FEED_ORDERING_MONOTONIC
        # The time of play first: what is entered late still stands where it happened. What ends a period
        # stands after all of it, whatever its clock.
        at = _MAX_SECONDS + 1 if one.starts == 2 else one.second
        self._sequence = ((one.half * 20_000 + at) * (_MAX_KEY + 1) + one.key) * 4 + place
        event.sequence = self._sequence
        event.time.kind, event.time.ordinal = half.kind, half.ordinal
        event.time.elapsed_ms = one.second * 1000
        return TimedEvent(self._offset_s, event)
