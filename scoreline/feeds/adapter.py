"""What every provider format offers: a document in, the games and events that it tells of out.

An adapter keeps no state between documents, so the same document always gives the same events with the same
identities: whoever sends a growing document again sends known events again, which changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Competition, Game, Sport

#: Answers a provider's own name of a game with the game as it is registered, or nothing.
GameLookup = Callable[[str], Game | None]


def nobody_knows(_external_game_id: str) -> Game | None:
    """Look up nothing: the document has to tell everything by itself."""
    return None


class Malformed(NamedTuple):
    """Why a document can't be translated."""

    field: str
    """The place at fault, such as `events[12].eventSec`; empty when it is the whole document."""
    message: str
    """For people."""

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class TimedEvent(NamedTuple):
    """An event and when it is due in a replay."""

    offset_s: float
    """Real seconds since the first event, by the provider's times or by match time with plausible breaks."""
    event: GameEvent


class GameTranslation(NamedTuple):
    """What a document tells of one game."""

    external_game_id: str
    """How the provider names the game."""
    game: Game
    """A proposal for the catalog, as far as the document tells: teams, players, rules, external id."""
    competition: Competition | None
    """The competition that the proposal refers to, where the document names one."""
    events: tuple[TimedEvent, ...]
    """In feed order, offsets never falling; empty for a document that describes a game without its events."""
    complete: bool
    """Whether the document shows the game to its end."""
    ending: tuple[TimedEvent, ...] = ()
    """How the game ended, where a document without its events tells what they don't (a retirement)."""


class Translation(NamedTuple):
    """What a document tells."""

    games: tuple[GameTranslation, ...]


class FeedAdapter(Protocol):
    """A provider's format."""

    @property
    def name(self) -> str:
        """The name in commands, settings and webhooks."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names that are understood."""

    @property
    def sport(self) -> Sport.ValueType:
        """The sport of all its games."""

    def parse(
        self, document: bytes, *, provider_id: str, lookup: GameLookup = nobody_knows
    ) -> Translation | Malformed:
        """Translate a document; events carry the id of the game that `lookup` knows, else one of our own."""
