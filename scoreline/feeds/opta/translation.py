"""Translate Opta's F24 documents (events) and F7 documents (the match they belong to).

Rules that the format leaves to the reader:

- An event is named by its `id`; of several under one id the greatest `version` counts, which is its revision.
- Type 43 is the deletion of the event of that id: it is taken back.
- Order is time of play (`period_id`, `min`, `sec`), then the id; minutes are counted on through the periods.
- A goal (16) with qualifier 28 is an own goal: it names the side that conceded it, the other one is credited.
- Each team reports the start (32) and the end (30) of a period: the first start and the last end count.
- Types in period 14, after the match, tell that it is over. Periods 10 to 13, 15 and 16 are no play.
- Who is at home stands in the head of the document, in the catalog or in the F7 document; without any of them
  the events can't be told. Without an id of the match the two teams are its name.
- Stamps have no zone, so they are not taken for instants.
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
from scoreline.feeds.document import Unfit
from scoreline.feeds.halves import HALVES, ReplayClock
from scoreline.feeds.markup import Element, read_markup
from scoreline.feeds.opta import specification as spec
from scoreline.feeds.opta.catalog import number, pair_id, propose, read_head, read_match, sides_of
from scoreline.feeds.opta.entries import MAX_ID, MAX_SECONDS, Entry, read_entry
from scoreline.feeds.opta.facts import facts_of
from scoreline.v1.event_pb2 import (
    EventAction,
    FeedOrdering,
    GameEvent,
    PeriodEnded,
    PeriodStarted,
    StatusChanged,
)
from scoreline.v1.game_pb2 import Game, Side, Sport
from scoreline.v1.state_pb2 import GameStatus

_PLACES = 4


class Opta:
    """Opta's F24 and F7 documents."""

    name = "opta"
    aliases = ("opta-f24", "opta-f7", "f24")
    sport = Sport.SPORT_FOOTBALL

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate the matches of a document; an F7 document gives a match without events."""
        try:
            root = read_markup(document)
            if root.tag == spec.EVENTS_ROOT:
                games = [_events(place, provider_id, lookup) for place in root.named("Game")]
            elif root.tag == spec.MATCH_ROOT:
                games = [_match(place, provider_id, lookup) for place in root.named("SoccerDocument")]
            else:
                return Malformed("line 1", f"should be {spec.EVENTS_ROOT} (F24) or {spec.MATCH_ROOT} (F7)")
            return Translation(tuple(games)) if games else Malformed("", "holds no match")
        except Unfit as unfit:
            return unfit.malformed


def _match(document: Element, provider_id: str, lookup: GameLookup) -> GameTranslation:
    data = document.first("MatchData")
    if data is None:
        raise document.attributes.unfit("has no MatchData")
    teams = {number(team.attributes.child("TeamRef"), "t") for team in data.named("TeamData")}
    if len(teams) != 2:
        raise document.attributes.unfit("should hold two teams")
    told = document.attributes.maybe("uID")
    external_game_id = str(number(told, "f")) if told else pair_id(teams)
    game = propose(external_game_id, provider_id)
    known = lookup(external_game_id)
    game.game_id = known.game_id if known is not None and known.game_id else f"opta-{external_game_id}"
    read_match(document, game)
    return GameTranslation(external_game_id, game, None, (), complete=False)


def _events(place: Element, provider_id: str, lookup: GameLookup) -> GameTranslation:
    entries: dict[int, Entry] = {}
    for element in place.named("Event"):
        entry = read_entry(element)
        before = entries.get(entry.entry_id)
        if before is None or entry.version >= before.version:
            entries[entry.entry_id] = entry
    teams = {entry.team for entry in entries.values()}
    told = place.attributes.maybe("id")
    if told is None and len(teams) != 2:
        raise place.attributes.unfit("has no id, and its events do not tell the two teams")
    external_game_id = str(told.digits(1)) if told is not None else pair_id(teams)
    game = propose(external_game_id, provider_id)
    known = lookup(external_game_id)
    game.game_id = known.game_id if known is not None and known.game_id else f"opta-{external_game_id}"
    if known is not None:
        game.home.CopyFrom(known.home)
        game.away.CopyFrom(known.away)
    read_head(place, game)
    sides = sides_of(game)
    if len(sides) != 2 or not teams <= set(sides):
        raise place.attributes.unfit(
            "does not tell which team is at home; register the game or pass its F7 document"
        )
    ordered = sorted(entries.values(), key=lambda one: (one.period, one.second, one.entry_id))
    writer = _Writer(game, sides, ordered)
    return GameTranslation(external_game_id, game, None, tuple(writer.events()), writer.is_over)


class _Writer:
    """Writes entries as events."""

    def __init__(self, game: Game, sides: dict[int, Side.ValueType], entries: list[Entry]) -> None:
        self._game, self._sides, self._entries = game, sides, entries
        self._clock = ReplayClock()
        self.is_over = any(one.period == spec.POST_MATCH and one.kind != spec.DELETED for one in entries)

    def events(self) -> Iterator[TimedEvent]:
        """Translate the match, period by period."""
        last = 0
        for half in HALVES:
            played = [one for one in self._entries if one.period == half]
            if not played:
                continue
            last = half
            yield from self._period(half, played)
        if self.is_over and last:
            final = GameEvent(event_id="final")
            final.status_changed.CopyFrom(StatusChanged(status=GameStatus.GAME_STATUS_FINAL))
            second = max(one.second for one in self._entries if one.period == last)
            yield self._stamp(final, last, second, self._sequence(last, MAX_SECONDS + 2, 0))

    def _period(self, half: int, played: list[Entry]) -> Iterator[TimedEvent]:
        if any(one.kind == spec.PERIOD_BEGINS for one in played):
            begins = GameEvent(event_id=f"period-{half}-begins", period_started=PeriodStarted())
            yield self._stamp(begins, half, 0, self._sequence(half, 0, 0))
        for one in played:
            for turn, fact in enumerate(self._facts(one)):
                fact.revision = one.version
                sequence = self._sequence(half, one.second, one.entry_id) + turn
                yield self._stamp(fact, half, one.second, sequence)
        ends = [one.second for one in played if one.kind == spec.PERIOD_ENDS]
        if ends:
            over = GameEvent(event_id=f"period-{half}-ends", period_ended=PeriodEnded())
            yield self._stamp(over, half, max(ends), self._sequence(half, MAX_SECONDS + 1, 0))

    def _facts(self, one: Entry) -> Iterator[GameEvent]:
        if one.kind in (spec.PERIOD_BEGINS, spec.PERIOD_ENDS, spec.PLAYER_ON):
            return
        if one.kind == spec.DELETED:
            yield GameEvent(event_id=str(one.entry_id), action=EventAction.EVENT_ACTION_RETRACT)
            return
        yield from facts_of(one, self._sides[one.team], self._coming_on)

    def _coming_on(self, off: Entry) -> str:
        """Return the number of the player who comes on: the entry that is related, of the same team."""
        related = off.qualifiers.get(spec.Q_RELATED, "")
        for one in self._entries:
            same = one.kind == spec.PLAYER_ON and one.team == off.team and one.period == off.period
            if same and one.element.get("event_id") == related:
                return one.element.get("player_id")
        return ""

    def _sequence(self, half: int, second: int, entry_id: int) -> int:
        return ((half * 20_000 + second) * (MAX_ID + 1) + entry_id) * _PLACES

    def _stamp(self, event: GameEvent, half: int, second: int, sequence: int) -> TimedEvent:
        event.game_id, event.sequence = self._game.game_id, sequence
        event.action = event.action or EventAction.EVENT_ACTION_CREATE
        event.ordering = FeedOrdering.FEED_ORDERING_MONOTONIC
        if event.action == EventAction.EVENT_ACTION_CREATE:
            event.time.kind, event.time.ordinal = HALVES[half].kind, HALVES[half].ordinal
            event.time.elapsed_ms = second * 1000
        return TimedEvent(self._clock.offset_s(half, second), event)
