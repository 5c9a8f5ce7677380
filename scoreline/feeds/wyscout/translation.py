"""Translate a Wyscout match file.

Rules that the format leaves to the reader:

- The first key of `teams` is the home side.
- Order of play is (period, `eventSec`, `id`); the numbers are counted from 1 in that order, without gaps.
- An entry that appears again under the same `id` replaces the earlier one.
- Starts and ends of periods are not in the file. A period starts at 0:00 and ends with its last entry
  once a later period has begun or the match is over.
- A file that ends is not a final whistle. The match is over when the file ends within `LAST_TOUCH_S` of
  the nominal end of the second half or later, or so in the second half of extra time with a score that is
  not level, or in a shoot-out that can't be turned any more. A draw after the second half counts as the
  end, because the file does not say whether a match may go on; where it did, the file has extra time.
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
from scoreline.feeds.document import Place, Unfit, excerpt, read_json
from scoreline.feeds.shootout import is_decided
from scoreline.feeds.wyscout import specification as spec
from scoreline.v1.event_pb2 import (
    CardColor,
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
    PlayObserved,
    ShootoutAttempted,
    ShotTaken,
    StatusChanged,
)
from scoreline.v1.game_pb2 import Game, GameProvider, RosterEntry, Side, Sport, Team
from scoreline.v1.state_pb2 import GameStatus

#: The last touch precedes the whistle by at most so many seconds (3 in the recordings that we know).
LAST_TOUCH_S = 10
#: Longest time within one period.
_MAX_PERIOD_S = 7_200.0
_PERIOD_ORDER = {name: place for place, name in enumerate(spec.PERIODS)}
_CARDS = (
    (spec.TAG_RED_CARD, CardColor.CARD_COLOR_RED),
    (spec.TAG_SECOND_YELLOW_CARD, CardColor.CARD_COLOR_SECOND_YELLOW),
    (spec.TAG_YELLOW_CARD, CardColor.CARD_COLOR_YELLOW),
)
# Names in the published files are escaped twice: the text itself holds `\u0107`.
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


class _Entry(NamedTuple):
    """One checked entry of `events`."""

    entry_id: int
    period: str
    second: float
    side: Side.ValueType
    player_id: str
    name: str
    sub_name: str
    tags: frozenset[int]
    at: tuple[int, int] | None
    """Where it began, in permille from the acting side's own goal line and from its left."""


class Wyscout:
    """Wyscout's match files: one JSON object with `events`, `teams` and `players`."""

    name = "wyscout"
    aliases = ("wyscout-v2",)
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
    game, sides = _read_game(root, provider_id)
    external_game_id, entries = _read_entries(root.child("events"), sides)
    game.providers[0].external_game_id = external_game_id
    known = lookup(external_game_id)
    game.game_id = known.game_id if known is not None else f"wyscout-{external_game_id}"
    complete = _is_complete(entries)
    events = tuple(_timed_events(game.game_id, entries, complete))
    return GameTranslation(external_game_id, game, None, events, complete)


def _read_game(root: Place, provider_id: str) -> tuple[Game, dict[int, Side.ValueType]]:
    teams = list(root.child("teams").members())
    if len(teams) != 2:
        raise root.child("teams").unfit(f"should hold two teams, holds {len(teams)}")
    game = Game(sport=Sport.SPORT_FOOTBALL, providers=[GameProvider(provider_id=provider_id)])
    sides: dict[int, Side.ValueType] = {}
    for side, target, (key, place) in zip(
        (Side.SIDE_HOME, Side.SIDE_AWAY), (game.home, game.away), teams, strict=True
    ):
        team = place.maybe("team") or place
        team_id = Place(key, place.path).digits(1)
        target.CopyFrom(_read_team(team, team_id))
        sides[team_id] = side
        _read_players(root, key, side, game)
    if len(sides) != 2:
        raise root.child("teams").unfit("holds one team twice")
    return game, sides


def _read_team(place: Place, team_id: int) -> Team:
    name = _unescape(place.child("name").text())
    team = Team(team_id=f"wyscout-{team_id}", name=name)
    kind, area = place.maybe("type"), place.maybe("area")
    if kind is not None and kind.text() == "national" and area is not None:
        code = area.maybe("alpha3code")
        text = code.text(max_chars=3) if code else ""
        # Codes that begin with X are Wyscout's own (XEN is England): nobody reads them.
        team.short_name = text if text and not text.startswith("X") else name[:3].upper()
    return team


def _read_players(root: Place, team_key: str, side: Side.ValueType, game: Game) -> None:
    players = root.maybe("players")
    listed = players.maybe(team_key) if players else None
    for place in listed.items() if listed else ():
        player = place.maybe("player") or place
        player_id = f"wyscout-{player.child('wyId').digits(1)}"
        if all(entry.player_id != player_id for entry in game.roster):
            name = _unescape(player.child("shortName").text())
            game.roster.append(RosterEntry(player_id=player_id, name=name, side=side))


def _read_entries(place: Place, sides: dict[int, Side.ValueType]) -> tuple[str, list[_Entry]]:
    items = place.items()
    if not items:
        raise place.unfit("is empty: the file does not even say which match it is")
    match_id = items[0].child("matchId").digits(1)
    entries: dict[int, _Entry] = {}
    for item in items:
        if item.child("matchId").digits(1) != match_id:
            raise item.child("matchId").unfit(f"differs from that of the first entry, {match_id}")
        entry = _read_entry(item, sides)
        entries[entry.entry_id] = entry
    ordered = sorted(entries.values(), key=lambda one: (_PERIOD_ORDER[one.period], one.second, one.entry_id))
    return str(match_id), ordered


def _read_entry(place: Place, sides: dict[int, Side.ValueType]) -> _Entry:
    period = place.child("matchPeriod").text()
    if period not in spec.PERIODS:
        raise place.child("matchPeriod").unfit(
            f"should be one of {', '.join(spec.PERIODS)}, is {excerpt(period)}"
        )
    team_id = place.child("teamId").digits()
    if team_id not in sides:
        raise place.child("teamId").unfit(f"{team_id} is not one of the two teams")
    player = place.maybe("playerId")
    player_id = player.digits() if player else 0
    return _Entry(
        entry_id=place.child("id").digits(1),
        period=period,
        second=place.child("eventSec").number(0, _MAX_PERIOD_S),
        side=sides[team_id],
        player_id=f"wyscout-{player_id}" if player_id else "",
        name=place.child("eventName").text(),
        sub_name=_optional_text(place, "subEventName"),
        tags=frozenset(tag.child("id").digits() for tag in place.child("tags").items()),
        at=_read_position(place),
    )


def _optional_text(place: Place, key: str) -> str:
    found = place.maybe(key)
    return found.text() if found else ""


def _read_position(place: Place) -> tuple[int, int] | None:
    positions = place.maybe("positions")
    listed = positions.items() if positions else []
    if not listed:
        return None
    x, y = listed[0].child("x").number(-1e6, 1e6), listed[0].child("y").number(-1e6, 1e6)
    # A place off the field is a mistake of the tagger; the fact itself stands.
    return (round(x * 10), round(y * 10)) if 0 <= x <= 100 and 0 <= y <= 100 else None


def _is_complete(entries: list[_Entry]) -> bool:
    last = entries[-1]
    if last.period == "P":
        return is_decided((one.side, spec.TAG_GOAL in one.tags) for one in entries if _is_shootout_kick(one))
    full_s = spec.PERIODS[last.period].full_s
    if last.period not in ("2H", "E2") or last.second < full_s - LAST_TOUCH_S:
        return False
    return last.period == "2H" or _lead(entries) != 0


def _lead(entries: list[_Entry]) -> int:
    lead = 0
    for entry in entries:
        goal = _is_goal(entry)
        if goal or spec.TAG_OWN_GOAL in entry.tags:
            lead += 1 if (entry.side == Side.SIDE_HOME) == goal else -1
    return lead


def _is_goal(entry: _Entry) -> bool:
    # A keeper who was beaten carries the goal tag too, on his save attempt.
    return spec.TAG_GOAL in entry.tags and entry.name in (spec.SHOT, spec.FREE_KICK)


def _is_shootout_kick(entry: _Entry) -> bool:
    return entry.period == "P" and (entry.name == spec.SHOT or entry.sub_name == spec.PENALTY)


def _timed_events(game_id: str, entries: list[_Entry], complete: bool) -> Iterator[TimedEvent]:
    sequence = 0
    offset_s = 0.0

    def stamp(event: GameEvent, period: str, second: float) -> TimedEvent:
        nonlocal sequence
        sequence += 1
        event.game_id, event.sequence = game_id, sequence
        event.action, event.ordering = (
            EventAction.EVENT_ACTION_CREATE,
            FeedOrdering.FEED_ORDERING_CONTIGUOUS,
        )
        event.time.kind, event.time.ordinal = spec.PERIODS[period].kind, spec.PERIODS[period].ordinal
        event.time.elapsed_ms = round(second * 1000)
        return TimedEvent(offset_s + second, event)

    current, second = "", 0.0
    for entry in entries:
        if entry.period != current:
            if current:
                yield stamp(GameEvent(event_id=f"{current}-end", period_ended=PeriodEnded()), current, second)
                offset_s += second + spec.PERIODS[entry.period].break_before_s
            current = entry.period
            yield stamp(GameEvent(event_id=f"{current}-start", period_started=PeriodStarted()), current, 0.0)
        second = entry.second
        for event in _events_of(entry):
            yield stamp(event, current, second)
    if complete:
        yield stamp(GameEvent(event_id=f"{current}-end", period_ended=PeriodEnded()), current, second)
        final = StatusChanged(status=GameStatus.GAME_STATUS_FINAL)
        yield stamp(GameEvent(event_id="full-time", status_changed=final), current, second)


def _events_of(entry: _Entry) -> Iterator[GameEvent]:
    """Translate one entry: its fact, preceded by an awarded penalty or followed by a card."""
    fact = GameEvent(event_id=str(entry.entry_id), side=entry.side, player_id=entry.player_id)
    penalty = entry.name == spec.FREE_KICK and entry.sub_name == spec.PENALTY and entry.period != "P"
    if penalty:
        yield GameEvent(event_id=f"{entry.entry_id}-award", side=entry.side, penalty_awarded=PenaltyAwarded())
    if spec.TAG_OWN_GOAL in entry.tags and entry.period != "P":
        fact.side = Side.SIDE_AWAY if entry.side == Side.SIDE_HOME else Side.SIDE_HOME
        fact.goal_scored.CopyFrom(GoalScored(own_goal=True))
    elif _is_shootout_kick(entry):
        fact.shootout_attempted.CopyFrom(ShootoutAttempted(scored=spec.TAG_GOAL in entry.tags))
    elif _is_goal(entry) and entry.period != "P":
        fact.goal_scored.CopyFrom(GoalScored(penalty=penalty))
    elif entry.name == spec.SHOT or penalty or entry.sub_name == spec.FREE_KICK_SHOT:
        fact.shot_taken.CopyFrom(ShotTaken(on_target=spec.TAG_ACCURATE in entry.tags))
    elif entry.name == spec.FOUL and entry.sub_name in spec.FOULS_IN_PLAY:
        fact.foul_committed.CopyFrom(FoulCommitted())
    elif entry.name == spec.FREE_KICK and entry.sub_name == spec.CORNER:
        fact.corner_awarded.CopyFrom(CornerAwarded())
    elif entry.name == spec.OFFSIDE:
        fact.offside_called.CopyFrom(OffsideCalled())
    else:
        play = PlayObserved(kind=spec.play_kind(entry.name, entry.sub_name))
        if entry.at is not None:
            play.x_permille, play.y_permille = entry.at
        fact.play_observed.CopyFrom(play)
    yield fact
    for tag, color in _CARDS:
        if tag in entry.tags:
            card = GameEvent(event_id=f"{entry.entry_id}-card", side=entry.side, player_id=entry.player_id)
            card.card_shown.CopyFrom(CardShown(color=color))
            yield card
            break


def _unescape(text: str) -> str:
    def letter(found: re.Match[str]) -> str:
        code = int(found[1], 16)
        # Half a surrogate pair or a control character is no letter of a name.
        return "\ufffd" if code < 0x20 or 0x7F <= code <= 0x9F or 0xD800 <= code <= 0xDFFF else chr(code)

    return _ESCAPED.sub(letter, text)
