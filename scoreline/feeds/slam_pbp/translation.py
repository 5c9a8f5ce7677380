"""Translate point by point files of the Grand Slam tournaments, and the lists of matches beside them.

Rules that the format leaves to the reader:

- A file holds many matches, one row a point; the rows of a match stand in the order of play.
- Rows without a winner (`0`, `0X`, `0Y` before point 1) are no points.
- `PointWinner` drives the score. `P1GamesWon`, `P1Score` and their like are the score after the point: where
  they differ from what the points add up to, a row corrected an earlier one, and what it states is taken over
  by facts of its own (`-score`, `-standing`), never silently.
- How many sets are played and how the last one is won is not in the file; tournament, year and event tell.
- player1 is at home. In doubles a server is one of two: 1 and 3 are one side, 2 and 4 the other.
- A match is over with its last set. A retirement or walkover is told by the list of matches alone: there it
  is the `ending` of the match. A file that ends is no end of a match.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scoreline.domain.tennis import MatchFormat, Standing, begin_set, is_decided, match_format, win_point
from scoreline.feeds.adapter import (
    GameLookup,
    GameTranslation,
    Malformed,
    TimedEvent,
    Translation,
    nobody_knows,
)
from scoreline.feeds.document import Place, Unfit
from scoreline.feeds.slam_pbp import specification as spec
from scoreline.feeds.slam_pbp.catalog import describe, propose
from scoreline.feeds.table import read_table
from scoreline.v1.event_pb2 import (
    EventAction,
    FeedOrdering,
    GameEvent,
    PeriodEnded,
    PeriodStarted,
    ReportedScore,
    StatusChanged,
)
from scoreline.v1.event_score_pb2 import ScoreStated
from scoreline.v1.event_tennis_pb2 import PointWon, StandingStated
from scoreline.v1.game_pb2 import Side, Sport
from scoreline.v1.state_pb2 import GameStatus, PeriodKind

#: Places in the order for what a point brings with it.
_PLACES = 8
_MAX_POINTS = 10_000
_MAX_GAMES = 200
_ELAPSED = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)", re.ASCII)


class SlamPbp:
    """Jeff Sackmann's point by point files: `<year>-<slam>-points.csv` and `<year>-<slam>-matches.csv`."""

    name = "slam-pbp"
    aliases = ("slam", "tennis-slam-pbp", "slam-pointbypoint")
    sport = Sport.SPORT_TENNIS

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate all matches of a file; a list of matches gives matches without points."""
        try:
            columns, rows = read_table(document)
            if spec.POINTS_COLUMN in columns:
                return Translation(tuple(_matches(rows, provider_id, lookup)))
            if spec.MATCHES_COLUMN in columns:
                return Translation(tuple(_described(rows, provider_id, lookup)))
            message = f"should have a column {spec.POINTS_COLUMN} or {spec.MATCHES_COLUMN}"
            return Malformed("line 1", message)
        except Unfit as unfit:
            return unfit.malformed


def _described(rows: list[Place], provider_id: str, lookup: GameLookup) -> Iterator[GameTranslation]:
    known: set[str] = set()
    for row in rows:
        game = describe(row, provider_id, lookup)
        if game.external_game_id in known:
            raise row.child("match_id").unfit("is listed twice")
        known.add(game.external_game_id)
        yield game


def _matches(rows: list[Place], provider_id: str, lookup: GameLookup) -> Iterator[GameTranslation]:
    by_match: dict[str, list[Place]] = {}
    for row in rows:
        by_match.setdefault(row.child("match_id").text(max_chars=48), []).append(row)
    for own in by_match.values():
        proposal = propose(own[0], provider_id, lookup)
        if any(row.maybe("SetNo") is not None and row.child("SetNo").value in ("4", "5") for row in own):
            # An event that we take for best of three is not.
            proposal.game.rules.regular_periods = 5
        walker = _Match(proposal.game.game_id, match_format(proposal.game.rules))
        events = tuple(event for row in own for event in walker.row(row))
        yield GameTranslation(*proposal, events, complete=is_decided(walker.standing, walker.rules))


class _Match:
    """Walks the rows of a match and keeps the score beside them."""

    def __init__(self, game_id: str, rules: MatchFormat) -> None:
        self.rules = rules
        self.standing = Standing(set_number=0, set_over=True)
        self._game_id = game_id
        self._feed_sets: dict[int, Side.ValueType] = {}
        self._sequence = 0
        self._offset_s = 0.0
        self._set = 0

    def row(self, place: Place) -> Iterator[TimedEvent]:
        """Translate one row."""
        winner = spec.WINNERS.get(place.child("PointWinner").text())
        if winner is None:
            return
        number = place.child("PointNumber").text(max_chars=8)
        name = f"p{number}" if number.isascii() and number.isalnum() else f"line{place.path[5:]}"
        place_in_order = int(number) if number.isdigit() else 0
        self._sequence = max(self._sequence // _PLACES + 1, min(place_in_order, _MAX_POINTS)) * _PLACES
        self._offset_s = max(self._offset_s, _elapsed_s(place))
        self._set = place.child("SetNo").digits(1, 2 * self.rules.sets_to_win - 1)
        if self._set > self.standing.set_number:
            self.standing = begin_set(self.standing, self._set, self.rules)
            yield self._stamp(GameEvent(event_id=f"set{self._set}-start", period_started=PeriodStarted()))
        server = spec.SERVERS.get(_text(place, "PointServer"), Side.SIDE_UNSPECIFIED)
        was_decided = is_decided(self.standing, self.rules)
        earlier = self.standing
        if self._set == self.standing.set_number and not self.standing.set_over:
            before = self.standing._replace(server=server or self.standing.server)
            self.standing = win_point(before, winner, self.rules)
        set_winner = spec.WINNERS.get(_text(place, "SetWinner"))
        if set_winner is not None:
            self._feed_sets[self._set] = set_winner
        fact = GameEvent(event_id=name, side=winner, point_won=PointWon(server=server))
        if place.maybe("SetWinner") is not None:
            home, away = self._reported()
            fact.reported_score.CopyFrom(ReportedScore(home=home, away=away))
        yield self._stamp(fact)
        yield from self._set_right(place, name, earlier)
        if is_decided(self.standing, self.rules) and not was_decided:
            final = StatusChanged(status=GameStatus.GAME_STATUS_FINAL)
            yield self._stamp(GameEvent(event_id="match-end", status_changed=final))

    def _set_right(self, place: Place, name: str, earlier: Standing) -> Iterator[TimedEvent]:
        """Take over what the feed states where its own score is another one."""
        if self._set != self.standing.set_number:
            return
        stated = self._stated(place)
        if stated is not None and self._is_correction(stated, earlier):
            games, points = stated
            at = self.rules.of_set(self._set).tie_break_at
            self.standing = self.standing._replace(
                games=games, points=points, tie_break=games == (at, at), set_over=False
            )
            yield self._stamp(
                GameEvent(
                    event_id=f"{name}-standing",
                    standing_stated=StandingStated(
                        home_games=games[0],
                        away_games=games[1],
                        home_points=points[0],
                        away_points=points[1],
                        server=self.standing.server,
                    ),
                )
            )
        if place.maybe("SetWinner") is None:
            return
        sets = self._reported()
        if sets != self.standing.sets:
            self.standing = self.standing._replace(sets=sets)
            stated_score = ScoreStated(home=sets[0], away=sets[1])
            yield self._stamp(GameEvent(event_id=f"{name}-score", score_stated=stated_score))
        if self._set in self._feed_sets and not self.standing.set_over:
            self.standing = self.standing._replace(set_over=True)
            yield self._stamp(GameEvent(event_id=f"set{self._set}-end", period_ended=PeriodEnded()))

    def _is_correction(self, stated: tuple[tuple[int, int], tuple[int, int]], earlier: Standing) -> bool:
        """Whether a row states another score, rather than the one before its point: some count games late."""
        if self.standing.set_over and self._reported() == self.standing.sets:
            return False
        late = ((earlier.games, earlier.points), (earlier.games, self.standing.points))
        return stated != (self.standing.games, self.standing.points) and stated not in late

    def _stated(self, place: Place) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """Return games and points after the row as it states them, or nothing when it does not."""
        told = [_text(place, key) for key in ("P1GamesWon", "P2GamesWon", "P1Score", "P2Score")]
        if not (told[0].isdecimal() and told[1].isdecimal()):
            return None
        games = min(int(told[0][:4]), _MAX_GAMES), min(int(told[1][:4]), _MAX_GAMES)
        if self._set in self._feed_sets:
            # With the set the points are gone; what the last row of a set says of them varies.
            return games, (0, 0)
        at = self.rules.of_set(self._set).tie_break_at
        if games == (at, at):
            if not (told[2].isdecimal() and told[3].isdecimal()):
                return None
            return games, (min(int(told[2][:4]), _MAX_GAMES), min(int(told[3][:4]), _MAX_GAMES))
        if told[2] not in spec.POINTS or told[3] not in spec.POINTS:
            return None
        return games, (spec.POINTS[told[2]], spec.POINTS[told[3]])

    def _reported(self) -> tuple[int, int]:
        won = list(self._feed_sets.values())
        return won.count(Side.SIDE_HOME), won.count(Side.SIDE_AWAY)

    def _stamp(self, event: GameEvent) -> TimedEvent:
        event.game_id, event.sequence = self._game_id, self._sequence
        event.action = EventAction.EVENT_ACTION_CREATE
        event.ordering = FeedOrdering.FEED_ORDERING_MONOTONIC
        event.time.kind, event.time.ordinal = PeriodKind.PERIOD_KIND_REGULAR, self._set
        self._sequence += 1
        return TimedEvent(self._offset_s, event)


def _text(place: Place, key: str) -> str:
    found = place.maybe(key)
    return found.text().strip() if found else ""


def _elapsed_s(place: Place) -> float:
    """Return the time since the start, 0 when it is not told."""
    found = _ELAPSED.fullmatch(_text(place, "ElapsedTime"))
    return int(found[1]) * 3600.0 + int(found[2]) * 60 + int(found[3]) if found else 0.0
