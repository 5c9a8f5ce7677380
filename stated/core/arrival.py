"""An event whose turn has come, and how it stands to what the ledger holds of the same fact."""

from __future__ import annotations

from typing import NamedTuple

from scoreline.v1.event_pb2 import FeedOrdering, GameEvent
from stated.core.ledger import Entry, Place, content_of
from stated.core.steps import LoggedEvent


class Arrival(NamedTuple):
    """An event whose turn has come."""

    logged: LoggedEvent
    place: Place
    in_order: bool
    """Whether nothing that stands after it was taken before."""
    at_us: int
    """When it happened, or was received where the feed does not say."""

    @property
    def event(self) -> GameEvent:
        """The event itself."""
        return self.logged.event

    @property
    def name(self) -> str:
        """What operators read of it."""
        return f"{self.event.WhichOneof('detail')} {self.event.event_id}"

    @property
    def message(self) -> int:
        """In a contiguous feed, the number of the message; 0 elsewhere."""
        contiguous = self.event.ordering == FeedOrdering.FEED_ORDERING_CONTIGUOUS
        return self.event.sequence if contiguous else 0

    def entry(self, key: str) -> Entry:
        """Return the entry of a fact of which nothing is held yet."""
        return Entry(
            key=key,
            place=self.place,
            revision=self.event.revision,
            at_us=self.at_us,
            event=content_of(self.event),
            message=self.message,
        )

    def is_older(self, entry: Entry, revision: int) -> bool:
        """Whether more recent word of the fact is held: by revision, else by the numbers of the messages."""
        if revision != entry.revision:
            return revision < entry.revision
        return 0 < self.message < entry.message

    def moves(self, entry: Entry) -> bool:
        """Whether the fact stands elsewhere now.

        A contiguous feed numbers messages: a fact stays where it was first stated. A monotonic one numbers
        facts: a fact stands where it was last said to stand. Without an order it stays where it was.
        """
        if self.message:
            return self.message < entry.place.sequence
        if self.event.ordering == FeedOrdering.FEED_ORDERING_MONOTONIC:
            return self.event.sequence not in (0, entry.place.sequence)
        return False
