"""Translate Betfair's cricket states: one JSON message a line, each with the score as it stands.

Rules that the format leaves to the reader:

- There are no events. Each innings is one fact, `innings-<n>`, that is stated whole, and stated again when
  a message shows it otherwise; `pt` is its revision. So the latest state wins, in whatever order documents
  come, and a score that goes down is the correction that it is.
- Messages are taken by `pt`, then as they arrived; one without `matchStats` tells no score.
- The two sides of `eventDescription` are home and away.
- Incidents (`RUNS`, `WICKET` ...) repeat what the score tells; they are plays, which count for nothing.
- A name in `matchStats.winner` ends the match; a file that ends does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scoreline.feeds.adapter import (
    GameLookup,
    GameTranslation,
    Malformed,
    TimedEvent,
    Translation,
    nobody_knows,
)
from scoreline.feeds.betfair_cricket import specification as spec
from scoreline.feeds.document import MAX_DOCUMENT_BYTES, MAX_ENTRIES, Place, Unfit, read_json
from scoreline.feeds.slugs import slug
from scoreline.v1.event_cricket_pb2 import CricketOutcome, InningsBegun, InningsStated, ResultDeclared
from scoreline.v1.event_pb2 import EventAction, FeedOrdering, GameEvent, PlayObserved, StatusChanged
from scoreline.v1.game_pb2 import Game, GameProvider, GameRules, Side, Sport, Team
from scoreline.v1.state_pb2 import GameStatus, PeriodKind

_OVERS = re.compile(r"(\d{1,3})(?:\.(\d))?", re.ASCII)
_MAX_RUNS, _MAX_WICKETS, _MAX_INNINGS = 2_000, 10, 20
_LATEST_MS = 253_402_300_799_000
#: Sequences: one place an innings, so that what is stated again keeps it.
_PLACES = 10


class BetfairCricket:
    """Betfair's cricket stream: `ccm` messages, one a line."""

    name = "betfair-cricket"
    aliases = ("betfair-ccm", "betfair-cricket-states")
    sport = Sport.SPORT_CRICKET

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate all matches of a piece of the stream."""
        try:
            matches: dict[str, _Match] = {}
            for at_ms, change in sorted(_changes(document), key=lambda one: one[0]):
                event_id = change.child("eventId").text(max_chars=20)
                if not (event_id.isascii() and event_id.isalnum()):
                    raise change.child("eventId").unfit("should have letters and digits only")
                match = matches.setdefault(event_id, _Match(event_id, provider_id, lookup(event_id)))
                match.take(change, at_ms)
            return Translation(tuple(match.translation() for match in matches.values()))
        except Unfit as unfit:
            return unfit.malformed


def _changes(document: bytes) -> Iterator[tuple[int, Place]]:
    if len(document) > MAX_DOCUMENT_BYTES:
        raise Unfit(Malformed("", f"the document is larger than {MAX_DOCUMENT_BYTES} bytes"))
    lines = [line for line in document.split(b"\n") if line.strip()]
    if not lines or len(lines) > MAX_ENTRIES:
        raise Unfit(Malformed("", f"should have 1 to {MAX_ENTRIES} lines"))
    for number, line in enumerate(lines, 1):
        try:
            message = read_json(line)
            if message.child("op").text(max_chars=20) != spec.OPERATION:
                continue  # a heartbeat or the like
            at_ms = message.child("pt").whole(0, _LATEST_MS)
            changes = message.maybe("cc")
            for change in changes.items() if changes else ():
                yield at_ms, Place(change.value, f"line {number}.{change.path}")
        except Unfit as unfit:
            path, told = unfit.malformed
            raise Unfit(
                Malformed(path if path.startswith("line") else f"line {number}.{path}", told)
            ) from None


class _Match:
    """One match of the stream: what was told of it so far."""

    def __init__(self, event_id: str, provider_id: str, known: Game | None) -> None:
        self._id = event_id
        self.game = Game(
            game_id=known.game_id if known is not None else f"betfair-{event_id}",
            sport=Sport.SPORT_CRICKET,
            providers=[GameProvider(provider_id=provider_id, external_game_id=event_id)],
            rules=GameRules(regular_periods=spec.LIMITED_INNINGS),
        )
        if known is not None:
            self.game.home.CopyFrom(known.home)
            self.game.away.CopyFrom(known.away)
        self._stated: dict[int, InningsStated] = {}
        self._status = GameStatus.GAME_STATUS_UNSPECIFIED
        self._events: list[TimedEvent] = []
        self._incidents: set[str] = set()
        self._first_ms: int | None = None
        self._innings = 1
        self._over = False

    def take(self, change: Place, at_ms: int) -> None:
        """Take what a message tells."""
        self._first_ms = at_ms if self._first_ms is None else self._first_ms
        fixture = change.maybe("fixtureInfo")
        if fixture is not None:
            self._read_fixture(fixture)
        stats = change.maybe("matchStats")
        for entry in stats.child("inningsStats").items() if stats else ():
            self._read_innings(entry, at_ms)
        if fixture is not None and (status := fixture.maybe("fixtureStatus")) is not None:
            self._read_status(status.text(max_chars=40), at_ms)
        wrapper = change.maybe("incidentListWrapper")
        incidents = wrapper.maybe("incidentList") if wrapper else None
        for incident in reversed(incidents.items()) if incidents else ():
            self._read_incident(incident, at_ms)
        winner = stats.maybe("winner") if stats else None
        if winner is not None:
            self._read_winner(winner, at_ms)

    def translation(self) -> GameTranslation:
        """Return all that was told."""
        return GameTranslation(self._id, self.game, None, tuple(self._events), self._over)

    def _read_fixture(self, fixture: Place) -> None:
        overs = fixture.maybe("maxOvers")
        if overs is not None and not overs.whole(0, 1_000):
            self.game.rules.regular_periods = spec.LONG_INNINGS
        described = fixture.maybe("eventDescription")
        teams = described.text().split(spec.AFTER_TEAMS)[0].split(spec.BETWEEN) if described else []
        if self.game.home.team_id or len(teams) != 2:
            return
        for name, target, number in ((teams[0], self.game.home, 1), (teams[1], self.game.away, 2)):
            team_id = f"betfair-{slug(name) or f'{self._id}-{number}'}"
            target.CopyFrom(Team(team_id=team_id, name=name.strip() or f"Side {number}"))
        if self.game.home.team_id == self.game.away.team_id:
            self.game.away.team_id += "-2"
        start = fixture.maybe("expectedStartTime")
        if start is not None:
            self.game.scheduled_time.FromMilliseconds(start.whole(0, _LATEST_MS))

    def _read_innings(self, entry: Place, at_ms: int) -> None:
        number = entry.child("inningsNum").whole(1, _MAX_INNINGS)
        overs = entry.child("inningsOvers").text(max_chars=8)
        found = _OVERS.fullmatch(overs)
        if found is None:
            raise entry.child("inningsOvers").unfit("should be overs and balls, such as 12.5")
        stated = InningsStated(
            runs=entry.child("inningsRuns").whole(0, _MAX_RUNS),
            wickets=entry.child("inningsWickets").whole(0, _MAX_WICKETS),
            overs=int(found[1]),
            balls=int(found[2] or 0),
        )
        self._innings = number
        if self._stated.get(number) == stated:
            return
        side = self._side(entry.child("battingTeam"))
        extra = number - self.game.rules.regular_periods
        if extra > 0 and number not in self._stated:
            begun = GameEvent(event_id=f"innings-{number}-begin", side=side)
            begun.innings_begun.CopyFrom(InningsBegun(super_over=(extra + 1) // 2))
            self._stamp(begun, at_ms, number, number * _PLACES)
        self._stated[number] = stated
        event = GameEvent(event_id=f"innings-{number}", side=side, revision=at_ms, innings_stated=stated)
        self._stamp(event, at_ms, number, number * _PLACES + 1)

    def _read_status(self, word: str, at_ms: int) -> None:
        status = spec.STATUSES.get(word)
        if status is None or status == self._status:
            return
        self._status = status
        if status == GameStatus.GAME_STATUS_LIVE and not self._stated:
            return  # the first innings begins the match
        event = GameEvent(event_id=f"status-{word.lower()}", status_changed=StatusChanged(status=status))
        self._stamp(event, at_ms, self._innings, self._innings * _PLACES + 2)
        self._over |= status in (GameStatus.GAME_STATUS_CANCELLED, GameStatus.GAME_STATUS_ABANDONED)

    def _read_incident(self, incident: Place, at_ms: int) -> None:
        kind = incident.child("incidentType").text(max_chars=40)
        happened = incident.maybe("actualTime")
        at = happened.whole(0, _LATEST_MS) if happened else at_ms
        name = f"incident-{at}-{slug(kind, 20) or 'other'}"
        if name in self._incidents:
            return
        self._incidents.add(name)
        value = incident.maybe("value")
        play = PlayObserved(kind=spec.play_kind(kind), text=value.text(max_chars=40) if value else "")
        event = GameEvent(event_id=name, play_observed=play)
        self._stamp(event, at_ms, self._innings, self._innings * _PLACES + 2)

    def _read_winner(self, winner: Place, at_ms: int) -> None:
        word = winner.text(max_chars=80)
        if word in ("", "NA") or self._over:
            return
        result, side = ResultDeclared(), Side.SIDE_UNSPECIFIED
        no_winner = spec.NO_WINNER.get(word.upper().replace(" ", "_"))
        if no_winner is None:
            side, result.outcome = self._side(winner), CricketOutcome.CRICKET_OUTCOME_WON
        else:
            result.outcome = no_winner
        self._over = True
        place = self._innings * _PLACES + 3
        self._stamp(
            GameEvent(event_id="result", side=side, revision=at_ms, result_declared=result),
            at_ms,
            self._innings,
            place,
        )
        final = StatusChanged(status=GameStatus.GAME_STATUS_FINAL)
        self._stamp(GameEvent(event_id="end", status_changed=final), at_ms, self._innings, place)

    def _side(self, place: Place) -> Side.ValueType:
        name = place.text(max_chars=80).strip()
        if name == self.game.home.name:
            return Side.SIDE_HOME
        if name == self.game.away.name:
            return Side.SIDE_AWAY
        raise place.unfit("is none of the two teams that eventDescription or the catalog names")

    def _stamp(self, event: GameEvent, at_ms: int, innings: int, sequence: int) -> None:
        extra = innings > self.game.rules.regular_periods
        event.game_id, event.sequence = self.game.game_id, sequence
        event.action = EventAction.EVENT_ACTION_CREATE
        event.ordering = FeedOrdering.FEED_ORDERING_MONOTONIC
        event.time.kind = PeriodKind.PERIOD_KIND_SHOOTOUT if extra else PeriodKind.PERIOD_KIND_REGULAR
        event.time.ordinal = 1 if extra else innings
        event.occurred_time.FromMilliseconds(at_ms)
        assert self._first_ms is not None
        self._events.append(TimedEvent((at_ms - self._first_ms) / 1000, event))
