"""Which event of which game is due when: pacing, interleaving, and disorder on purpose.

Pure: the caller brings the dice and the clock.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

from scoreline.feeds.adapter import TimedEvent
from scoreline.v1.event_pb2 import EventAction, FeedOrdering, GameEvent, StatusChanged
from scoreline.v1.game_pb2 import Competition, Game
from scoreline.v1.state_pb2 import GameStatus

#: How far an event may move in a game sent without pacing, for each millisecond of the window. A replay sends
#: several events in a millisecond, so that what moved still arrives within the window on a busy machine.
_PLACES_PER_MS = 1
_MOST_PLACES = 50
#: Where sequences skip, a later event of the same moment may still come after the last one that we know.
_ROOM_AFTER_THE_LAST = 1_000


@dataclass(frozen=True, slots=True)
class Script:
    """One game to be replayed."""

    source: str
    """The file, for people."""
    game: Game
    competition: Competition | None
    events: tuple[TimedEvent, ...]
    complete: bool
    """Whether the events bring the game to its end."""

    @property
    def length_s(self) -> float:
        """How long it takes in life."""
        return self.events[-1].offset_s if self.events else 0.0

    @property
    def game_id(self) -> str:
        """The id under which it is replayed."""
        return self.game.game_id

    def renamed(self, game_id: str, external_game_id: str) -> Script:
        """Return the same game under another id; the events are renamed as they are sent."""
        game = Game()
        game.CopyFrom(self.game)
        game.game_id = game_id
        game.providers[0].external_game_id = external_game_id
        return replace(self, game=game)

    def abandoned_at_the_end(self) -> Script:
        """Return the game with an end: one whose events stop short is abandoned then."""
        if self.complete or not self.events:
            return self
        ending = TimedEvent(self.length_s, self.abandonment())
        return replace(self, events=(*self.events, ending), complete=True)

    def abandonment(self) -> GameEvent:
        """Return the fact that the game is abandoned, to come after all its other events."""
        last = self.events[-1].event
        step = 1 if last.ordering == FeedOrdering.FEED_ORDERING_CONTIGUOUS else _ROOM_AFTER_THE_LAST
        return GameEvent(
            game_id=self.game_id,
            event_id="replay-ended",
            action=EventAction.EVENT_ACTION_CREATE,
            ordering=last.ordering,
            sequence=last.sequence + step,
            status_changed=StatusChanged(
                status=GameStatus.GAME_STATUS_ABANDONED, note="the replay was not played to its end"
            ),
        )


class Disorder(NamedTuple):
    """What a test does to the order of a feed."""

    shuffle_window_ms: int = 0
    duplicate_share: float = 0.0
    seed: int = 0


class Due(NamedTuple):
    """An event and when it is to be sent."""

    due_s: float
    """Real seconds after the start of the replay; an order only where nothing is paced."""
    game_index: int
    event_index: int
    """Place in the game, so that no two entries are ever equal."""
    offset_s: float
    """When it happened, in seconds after the first event."""
    event: GameEvent


def schedule(scripts: Sequence[Script], speed: float | None, disorder: Disorder) -> Iterator[Due]:
    """Interleave the games by time; `speed` is how many times faster than life, nothing means: no pacing.

    Holds one event of each game and those within the window of disorder, never a whole game.
    """
    return heapq.merge(
        *(_game(index, script, speed, disorder, len(scripts)) for index, script in enumerate(scripts))
    )


def as_recorded(due: Due, game: Game) -> GameEvent:
    """Return the event as the registered game's own; without a time in the feed, counted from the start."""
    event = GameEvent()
    event.CopyFrom(due.event)
    event.game_id = game.game_id
    if not event.HasField("occurred_time"):
        start_us = game.scheduled_time.ToMicroseconds()
        event.occurred_time.FromMicroseconds(start_us + round(due.offset_s * 1_000_000))
    return event


def as_if_now(due: Due, game: Game, began_us: int, speed: float) -> GameEvent:
    """Return the event as the registered game's own, as if the match had begun at an instant at that speed.

    The planned instant, not that of sending: so clocks agree with the facts, however late a task is run.
    """
    event = GameEvent()
    event.CopyFrom(due.event)
    event.game_id = game.game_id
    event.occurred_time.FromMicroseconds(began_us + round(due.offset_s / speed * 1_000_000))
    return event


def _game(index: int, script: Script, speed: float | None, disorder: Disorder, games: int) -> Iterator[Due]:
    if not disorder.shuffle_window_ms and not disorder.duplicate_share:
        for place, (offset_s, event) in enumerate(script.events):
            yield Due(offset_s / (speed or 1.0), index, place, offset_s, event)
        return
    # Each game has dice of its own, so that adding a game does not change the disorder of the others.
    dice = Random(f"{disorder.seed}/{script.game_id}")
    if speed is not None:
        keys = [offset_s / speed for offset_s, _ in script.events]
        width = disorder.shuffle_window_ms / 1000
    else:
        keys = [float(place) for place in range(len(script.events))]
        width = float(min(_MOST_PLACES, max(2, disorder.shuffle_window_ms * _PLACES_PER_MS // games)))
    order = _disordered(keys, width, disorder.duplicate_share, dice)
    for place, (key, number) in enumerate(order):
        offset_s, event = script.events[number]
        # Unpaced, the place decides when it comes: the disorder must not leak into the order of other games.
        due_s = key if speed is not None else script.events[min(int(key), len(script.events) - 1)].offset_s
        yield Due(due_s, index, place, offset_s, event)


def _disordered(
    keys: Sequence[float], width: float, duplicate_share: float, dice: Random
) -> Iterator[tuple[float, int]]:
    waiting: list[tuple[float, int]] = []
    for number, key in enumerate(keys):
        while waiting and waiting[0][0] <= key:
            yield heapq.heappop(waiting)
        heapq.heappush(waiting, (key + dice.random() * width, number))
        if dice.random() < duplicate_share:
            heapq.heappush(waiting, (key + dice.random() * width, number))
    while waiting:
        yield heapq.heappop(waiting)
