"""The port of the event log: what is appended here and answered is durable [A2]."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from ingestd.core.outcomes import Outcome


class Entry(NamedTuple):
    """One event on its way to the log."""

    subject: str
    identity: str
    """The same for the same event: what was appended before is answered `Known`."""
    body: bytes
    provider_id: str


class EventLog(Protocol):
    """Where events are kept."""

    async def append(
        self, entries: Sequence[Entry], headers: Mapping[str, str]
    ) -> "asyncio.Future[list[Outcome]]":
        """Take `entries` in order and return a future of one outcome each.

        Entries of two calls keep the order of the calls. The call itself returns when there is
        room for the entries, or after a bounded wait; the future never waits for ever and never
        fails: what is not known to be durable is refused as unavailable.
        """
