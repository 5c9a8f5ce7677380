"""An event log in memory; twin of JetStream behind ingestd's port `EventLog`.

Outcomes are made by the caller's factories, so that the shared library knows no service.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

O = TypeVar("O")  # noqa: E741  # an outcome


class _Entry(Protocol):
    @property
    def subject(self) -> str: ...
    @property
    def identity(self) -> str: ...
    @property
    def body(self) -> bytes: ...


class Appended(NamedTuple):
    """One entry as it was kept."""

    sequence: int
    subject: str
    identity: str
    body: bytes
    headers: dict[str, str]


class MemoryEventLog(Generic[O]):
    """Keeps entries in a list; a test may take it down or hold its answers back."""

    def __init__(self, kept: Callable[[int], O], known: Callable[[int], O], refused: Callable[[], O]) -> None:
        self._kept, self._known, self._refused = kept, known, refused
        self._sequences: dict[str, int] = {}
        self._waiting: list[tuple[asyncio.Future[list[O]], list[O]]] = []
        self.appended: list[Appended] = []
        self.is_down = False
        """While true, everything is refused as unavailable."""
        self.holds_answers = False
        """While true, entries are kept but not answered; `release` answers them."""

    async def append(self, entries: Sequence[Any], headers: Mapping[str, str]) -> asyncio.Future[list[O]]:
        """Keep `entries` in order; see ingestd's EventLog."""
        outcomes = [self._append(entry, headers) for entry in entries]
        done: asyncio.Future[list[O]] = asyncio.get_running_loop().create_future()
        if self.holds_answers:
            self._waiting.append((done, outcomes))
        else:
            done.set_result(outcomes)
        return done

    def release(self) -> None:
        """Answer what was held back."""
        self.holds_answers = False
        for done, outcomes in self._waiting:
            if not done.done():
                done.set_result(outcomes)
        self._waiting.clear()

    def _append(self, entry: _Entry, headers: Mapping[str, str]) -> O:
        if self.is_down:
            return self._refused()
        if entry.identity in self._sequences:
            return self._known(self._sequences[entry.identity])
        sequence = len(self.appended) + 1
        self._sequences[entry.identity] = sequence
        self.appended.append(Appended(sequence, entry.subject, entry.identity, entry.body, dict(headers)))
        return self._kept(sequence)
