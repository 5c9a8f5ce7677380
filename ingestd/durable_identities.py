"""Events known to be durable, so that a document that grows is not stored again and again.

A provider that posts its whole document every few seconds repeats hundreds of events. The
event log recognises them for ten minutes; this remembers them for as long as a game lasts,
and spares the log the question. Forgetting is harmless: stated applies nothing twice.
"""

from collections import OrderedDict

_MOST = 200_000


class DurableIdentities:
    """The identities stored last, with their numbers in the event log."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._sequences: OrderedDict[str, int] = OrderedDict()

    def get(self, identity: str) -> int | None:
        """Return the number of an event that is known to be durable."""
        sequence = self._sequences.get(identity)
        if sequence is not None:
            self._sequences.move_to_end(identity)
        return sequence

    def add(self, identity: str, log_sequence: int) -> None:
        """Remember that an event is durable."""
        self._sequences[identity] = log_sequence
        self._sequences.move_to_end(identity)
        if len(self._sequences) > self._most:
            self._sequences.popitem(last=False)

    async def forget_all(self) -> None:
        """Forget everything: the log may have come back without its data."""
        self._sequences.clear()
