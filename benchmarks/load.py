"""Football games without end: every game a contiguous feed, its events mixed as in a real match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scoreline.v1.event_pb2 import EventAction, FeedOrdering, GameEvent
from scoreline.v1.game_pb2 import Game, GameProvider, Side, Sport, Team
from scoreline.v1.state_pb2 import PeriodKind

#: Of twenty events of a recorded match about three change what a scoreboard shows.
PLAYS_PER_SCORE_CHANGE = 6


def game(game_id: str, provider: str, kickoff_s: int) -> Game:
    """Return a game of two teams that any number of events can be played in."""
    made = Game(
        game_id=game_id,
        sport=Sport.SPORT_FOOTBALL,
        home=Team(team_id=f"{game_id}-h", name="Home"),
        away=Team(team_id=f"{game_id}-a", name="Away"),
        providers=[GameProvider(provider_id=provider, external_game_id=game_id)],
    )
    made.scheduled_time.FromSeconds(kickoff_s)
    return made


@dataclass
class Feed:
    """One game's next event, and the next, and the next."""

    game_id: str
    sequence: int = 0
    fouls: int = 0
    """How many fouls by the home side were sent: what the score topic shows of them."""

    def kick_off(self) -> GameEvent:
        """Return the start of the first half."""
        event = self._next()
        event.period_started.SetInParent()
        return event

    def foul(self) -> GameEvent:
        """Return an event that changes what a scoreboard shows."""
        event = self._next()
        event.side = Side.SIDE_HOME
        event.foul_committed.SetInParent()
        self.fouls += 1
        return event

    def play(self) -> GameEvent:
        """Return an event that changes nothing there."""
        event = self._next()
        event.side = Side.SIDE_AWAY
        event.play_observed.kind = "pass"
        return event

    def mixed(self) -> Iterator[GameEvent]:
        """Return events in the proportions of a recorded match, without end."""
        yield self.kick_off()
        while True:
            for _ in range(PLAYS_PER_SCORE_CHANGE):
                yield self.play()
            yield self.foul()

    def _next(self) -> GameEvent:
        self.sequence += 1
        event = GameEvent(
            game_id=self.game_id,
            event_id=str(self.sequence),
            action=EventAction.EVENT_ACTION_CREATE,
            ordering=FeedOrdering.FEED_ORDERING_CONTIGUOUS,
            sequence=self.sequence,
        )
        event.time.kind, event.time.ordinal = PeriodKind.PERIOD_KIND_REGULAR, 1
        event.time.elapsed_ms = min(self.sequence * 100, 2_700_000)
        return event
