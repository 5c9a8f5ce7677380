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
from scoreline.feeds.shootout import is_decided
from scoreline.feeds.wyscout import specification as spec
from scoreline.feeds.wyscout.catalog import read_game
from scoreline.feeds.wyscout.entries import Entry, is_goal, is_shootout_kick, read_entries
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
from scoreline.v1.game_pb2 import Side, Sport
from scoreline.v1.state_pb2 import GameStatus

#: The last touch precedes the whistle by at most so many seconds (3 in the recordings that we know).
LAST_TOUCH_S = 10
_CARDS = (
    (spec.TAG_RED_CARD, CardColor.CARD_COLOR_RED),
    (spec.TAG_SECOND_YELLOW_CARD, CardColor.CARD_COLOR_SECOND_YELLOW),
    (spec.TAG_YELLOW_CARD, CardColor.CARD_COLOR_YELLOW),
)


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
    game, sides = read_game(root, provider_id)
    external_game_id, entries = read_entries(root.child("events"), sides)
    game.providers[0].external_game_id = external_game_id
    known = lookup(external_game_id)
    game.game_id = known.game_id if known is not None else f"wyscout-{external_game_id}"
    complete = _is_complete(entries)
    events = tuple(_timed_events(game.game_id, entries, complete))
    return GameTranslation(external_game_id, game, None, events, complete)


def _is_complete(entries: list[Entry]) -> bool:
    last = entries[-1]
    if last.period == "P":
        return is_decided((one.side, spec.TAG_GOAL in one.tags) for one in entries if is_shootout_kick(one))
    full_s = spec.PERIODS[last.period].full_s
    if last.period not in ("2H", "E2") or last.second < full_s - LAST_TOUCH_S:
        return False
    return last.period == "2H" or _lead(entries) != 0


def _lead(entries: list[Entry]) -> int:
    lead = 0
    for entry in entries:
        goal = is_goal(entry)
        if goal or spec.TAG_OWN_GOAL in entry.tags:
            lead += 1 if (entry.side == Side.SIDE_HOME) == goal else -1
    return lead


def _timed_events(game_id: str, entries: list[Entry], complete: bool) -> Iterator[TimedEvent]:
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


def _events_of(entry: Entry) -> Iterator[GameEvent]:
    """Translate one entry: its fact, preceded by an awarded penalty or followed by a card."""
    fact = GameEvent(event_id=str(entry.entry_id), side=entry.side, player_id=entry.player_id)
    penalty = entry.name == spec.FREE_KICK and entry.sub_name == spec.PENALTY and entry.period != "P"
    if penalty:
        yield GameEvent(event_id=f"{entry.entry_id}-award", side=entry.side, penalty_awarded=PenaltyAwarded())
    if spec.TAG_OWN_GOAL in entry.tags and entry.period != "P":
        fact.side = Side.SIDE_AWAY if entry.side == Side.SIDE_HOME else Side.SIDE_HOME
        fact.goal_scored.CopyFrom(GoalScored(own_goal=True))
    elif is_shootout_kick(entry):
        fact.shootout_attempted.CopyFrom(ShootoutAttempted(scored=spec.TAG_GOAL in entry.tags))
    elif is_goal(entry) and entry.period != "P":
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
