"""Translate the DFL's event data: `Event` elements, and the `MatchInformation` of the match.

Rules that the format leaves to the reader:

- A fact is named by its `EventId`; it comes again with other content when it is amended, and with the child
  `Delete` when it is taken back. Of several in one document the last counts.
- Order is `EventTime`, then the `EventId`. The time played counts from the kick-off of the section; in a
  document without the kick-off it is not known, nor the section.
- `KickOff` with a `GameSection` begins a period, without one it is a kick-off after a goal. `FinalWhistle`
  ends a period; `BreakingOff` abandons the match.
- A goal is a `SuccessfulShot`, wherever in a set piece it stands; an own goal counts for the side that
  `TeamOwnGoalCountsFor` names. `CurrentResult` is the score after it: facts make the score, a result that
  differs is a disagreement that is recorded.
- The match is over with the document's `DataStatus` `postmatch`, or with the whistle of the second half, of
  normal time or extra time, at a `FinalResult` that is not level.
- Who is at home stands in the match information or in the catalog; without both the events can't be told.
"""

from __future__ import annotations

import re
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
from scoreline.feeds.document import Unfit
from scoreline.feeds.halves import HALVES
from scoreline.feeds.instants import read_instant_ms
from scoreline.feeds.markup import Element, read_markup
from scoreline.feeds.sportec import specification as spec
from scoreline.feeds.sportec.catalog import own_id, propose, read_match, sides_of
from scoreline.feeds.sportec.facts import fact_of, is_award, report
from scoreline.v1.event_pb2 import (
    EventAction,
    FeedOrdering,
    GameEvent,
    PenaltyAwarded,
    PeriodEnded,
    PeriodStarted,
    ReportedScore,
    StatusChanged,
)
from scoreline.v1.game_pb2 import Game, Side, Sport
from scoreline.v1.state_pb2 import GameStatus

_EVENT_ID = re.compile(r"[0-9A-Za-z-]{1,40}", re.ASCII)
_MAX_ELAPSED_MS = 3 * 3600 * 1000
_PLACES = 1_000
#: Sections at whose end a score that is not level ends the match.
_DECIDING = (2, 4)


class Sportec:
    """The DFL's event data and match information."""

    name = "sportec"
    aliases = ("dfl", "dfl-sportec")
    sport = Sport.SPORT_FOOTBALL

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate the matches of a document; match information gives a match without events."""
        try:
            root = read_markup(document)
            if root.tag != spec.ROOT:
                return Malformed("line 1", f"should be {spec.ROOT}")
            described = root.first(spec.MATCH)
            by_match: dict[str, list[Element]] = {}
            for element in root.named(spec.EVENT):
                by_match.setdefault(_match_id(element), []).append(element)
            games = []
            if described is not None:
                games.append(_match(described, provider_id, lookup))
            told = {game.external_game_id: game.game for game in games}
            over = root.get("DataStatus").lower() == spec.POST_MATCH
            for match_id, elements in by_match.items():
                known = told.get(match_id) or lookup(match_id)
                games = [game for game in games if game.external_game_id != match_id]
                games.append(_events(match_id, elements, provider_id, known, over))
            return Translation(tuple(games)) if games else Malformed("", "holds no match")
        except Unfit as unfit:
            return unfit.malformed


def _match_id(element: Element) -> str:
    place = element.attributes.child("MatchId")
    told = place.text(max_chars=40)
    if not _EVENT_ID.fullmatch(told):
        raise place.unfit("should be an id, such as DFL-MAT-003BN1")
    return told


def _match(place: Element, provider_id: str, lookup: GameLookup) -> GameTranslation:
    general = place.first("General")
    if general is None:
        raise place.attributes.unfit("has no General")
    match_id = _match_id(general)
    game = propose(match_id, provider_id)
    known = lookup(match_id)
    game.game_id = known.game_id if known is not None and known.game_id else match_id.lower()
    competition = read_match(place, game)
    return GameTranslation(match_id, game, competition, (), complete=False)


def _events(
    match_id: str, elements: list[Element], provider_id: str, known: Game | None, over: bool
) -> GameTranslation:
    game = propose(match_id, provider_id)
    game.game_id = known.game_id if known is not None and known.game_id else match_id.lower()
    if known is not None:
        game.home.CopyFrom(known.home)
        game.away.CopyFrom(known.away)
        game.roster.extend(known.roster)
        if known.HasField("scheduled_time"):
            game.scheduled_time.CopyFrom(known.scheduled_time)
    sides = sides_of(game)
    if len(sides) != 2:
        raise elements[0].attributes.unfit(
            "does not tell which team is at home; register the game or pass its match information"
        )
    latest = {}
    for element in elements:
        one = _read(element)
        latest[one.event_id] = one
    ordered = sorted(latest.values(), key=lambda one: (one.at_ms, one.event_id))
    writer = _Writer(game, sides)
    events = [event for one in ordered for event in writer.take(one)]
    events.extend(writer.finish(over))
    return GameTranslation(match_id, game, None, tuple(events), writer.is_over)


class Entry(NamedTuple):
    """An `Event`, checked."""

    event_id: str
    at_ms: int
    element: Element
    fact: Element
    """What happened: the child of the `Event`."""


def _read(element: Element) -> Entry:
    place = element.attributes.child("EventId")
    event_id = place.text(max_chars=40)
    if not _EVENT_ID.fullmatch(event_id):
        raise place.unfit("should be an id of letters and digits")
    if not element.children:
        raise element.attributes.unfit("says nothing")
    return Entry(
        event_id, read_instant_ms(element.attributes.child("EventTime")), element, element.children[0]
    )


class _Writer:
    """Writes entries as events and knows which section is played."""

    def __init__(self, game: Game, sides: dict[str, Side.ValueType]) -> None:
        self._game, self._sides = game, sides
        self._half = 0
        self._began_ms: int | None = None
        self._first_ms: int | None = None
        self._last_ms = 0
        self._result = ReportedScore()
        self._ended = 0
        self.is_over = False

    def take(self, one: Entry) -> Iterator[TimedEvent]:
        """Translate one entry."""
        self._first_ms = one.at_ms if self._first_ms is None else self._first_ms
        self._last_ms = one.at_ms
        if one.fact.tag == spec.DELETE:
            gone = GameEvent(event_id=one.event_id, action=EventAction.EVENT_ACTION_RETRACT)
            yield self._stamp(gone, one, 0)
            return
        section = one.fact.get("GameSection")
        half = spec.SECTIONS.get(section, 0)
        if section and not half:
            raise one.fact.attributes.child("GameSection").unfit(
                f"should be one of {', '.join(spec.SECTIONS)}"
            )
        if one.fact.tag == spec.KICK_OFF and half > self._half:
            self._half, self._began_ms = half, one.at_ms
            yield self._stamp(GameEvent(event_id=one.event_id, period_started=PeriodStarted()), one, 0)
            return
        if one.fact.tag == spec.FINAL_WHISTLE:
            yield from self._whistle(one, half)
            return
        fact = fact_of(one.event_id, one.fact, self._side, shootout=self._half == max(HALVES))
        if fact is None:
            return
        if is_award(one.fact) and self._half != max(HALVES):
            award = GameEvent(event_id=f"{one.event_id}-award", side=fact.side)
            award.penalty_awarded.CopyFrom(PenaltyAwarded())
            yield self._stamp(award, one, 0)
        yield self._stamp(fact, one, 1)

    def finish(self, over: bool) -> Iterator[TimedEvent]:
        """Yield the end of the match, if it is over."""
        decided = self._result.home != self._result.away
        whistled = self._ended and self._ended == self._half
        if self.is_over or not whistled or not (over or (self._ended in _DECIDING and decided)):
            return
        self.is_over = True
        final = StatusChanged(status=GameStatus.GAME_STATUS_FINAL)
        yield self._end(GameEvent(event_id="final", status_changed=final))

    def _whistle(self, one: Entry, half: int) -> Iterator[TimedEvent]:
        if half and half < self._half:
            return
        if half > self._half:
            self._half, self._began_ms = half, None
        self._ended = self._half
        if self._half:
            over = GameEvent(event_id=one.event_id, period_ended=PeriodEnded())
            report(over, one.fact, "FinalResult")
            self._result = over.reported_score
            yield self._stamp(over, one, 2)
        if one.fact.get("BreakingOff") == "true":
            self.is_over = True
            abandoned = StatusChanged(status=GameStatus.GAME_STATUS_ABANDONED)
            yield self._stamp(GameEvent(event_id=f"{one.event_id}-off", status_changed=abandoned), one, 3)

    def _side(self, element: Element, key: str) -> Side.ValueType:
        place = element.attributes.maybe(key)
        if place is None or not place.value:
            return Side.SIDE_UNSPECIFIED
        side = self._sides.get(own_id(place))
        if side is None:
            raise place.unfit("is none of the two teams")
        return side

    def _end(self, event: GameEvent) -> TimedEvent:
        return self._write(event, self._last_ms, self._last_ms * _PLACES + _PLACES - 1)

    def _stamp(self, event: GameEvent, one: Entry, turn: int) -> TimedEvent:
        return self._write(event, one.at_ms, one.at_ms * _PLACES + turn)

    def _write(self, event: GameEvent, at_ms: int, sequence: int) -> TimedEvent:
        event.game_id, event.sequence = self._game.game_id, sequence
        event.action = event.action or EventAction.EVENT_ACTION_CREATE
        event.ordering = FeedOrdering.FEED_ORDERING_MONOTONIC
        event.occurred_time.FromMilliseconds(at_ms)
        if self._half and event.action == EventAction.EVENT_ACTION_CREATE:
            half = HALVES[self._half]
            event.time.kind, event.time.ordinal = half.kind, half.ordinal
            if self._began_ms is not None:
                event.time.elapsed_ms = min(max(0, at_ms - self._began_ms), _MAX_ELAPSED_MS)
        assert self._first_ms is not None
        return TimedEvent((at_ms - self._first_ms) / 1000, event)
