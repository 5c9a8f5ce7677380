"""What goes into the fold of a game and what becomes of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.state_pb2 import ScoreState


class RecordReason(StrEnum):
    """What operators should know of an event; also the kind in the subject of what is told them."""

    STALE_LATE = "stale_late"
    """Came after its place had passed and means nothing any more: not applied."""
    STALE_REVISION = "stale_revision"
    """Older than what is held of the same fact, or restates what was taken back: not applied."""
    ILLEGAL_TRANSITION = "illegal_transition"
    """Not allowed in the state it met: not applied, but it counts if a correction makes it legal."""
    STANDBY_PROVIDER = "standby_provider"
    """Not from the provider that the game is folded from."""
    UNKNOWN_RETRACTION_HELD = "unknown_retraction_held"
    """Takes back a fact never seen; should the fact still come, it comes as taken back."""
    LATE_APPLIED = "late_applied"
    """Came after its place had passed and was put into its place."""
    STATUS_CORRECTED = "status_corrected"
    """A status that the rules forbid, allowed as an explicit correction."""
    SCORE_CORRECTED = "score_corrected"
    """A score stated below what the facts had added up to: taken, as the explicit correction that it is."""
    SCORE_DISAGREEMENT = "score_disagreement"
    """The feed states another score than the facts add up to; the facts stand."""


class Note(NamedTuple):
    """One thing that operators should know of an event."""

    reason: RecordReason
    text: str


class LoggedEvent(NamedTuple):
    """An event as the log holds it."""

    log_sequence: int
    """Its number in the stream EVENTS."""
    identity: str
    """What makes it the same event when it is sent again (scoreline.wire.names.event_identity)."""
    event: GameEvent
    received_us: int
    """When it was received, in unix microseconds."""


class Applied(NamedTuple):
    """The event was taken into the state, whether or not that changed anything to be seen."""

    logged: LoggedEvent
    patch: ScoreState | None
    """What changed; nothing when the state is as before. The version rises only with a patch."""
    ledger: dict[str, bytes]
    """Ledger entries to be stored with it."""
    corrected: bool = False
    """The game was folded anew rather than carried on."""
    critical: bool = False
    """Score, status or period changed: to be sent before anything else."""
    notes: tuple[Note, ...] = ()
    """What operators should know besides."""


class Recorded(NamedTuple):
    """The event changed no state, and operators should know."""

    logged: LoggedEvent
    reason: RecordReason
    note: str = ""
    ledger: dict[str, bytes] = {}  # noqa: RUF012  # never written to: a step is a value
    """Ledger entries to be stored all the same: a retraction held, a fact that may become legal."""


class Duplicate(NamedTuple):
    """The event was applied or recorded before."""

    logged: LoggedEvent


Step = Applied | Recorded | Duplicate


@dataclass(slots=True)
class GameRecord:
    """A game as the store holds it."""

    epoch: int
    version: int
    state: ScoreState
    as_of_us: int = 0
    """When the last event in it was received, unix microseconds; 0 before the first."""
    last_log_sequence: int = 0
    ledger: dict[str, bytes] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    """Digests of the identities of all events that became a step."""
    cursors: bytes = b""
    """Where the reorder buffer and the fold stand; opaque."""


# Asked three times of an event on its way: when it is offered, when it is taken, when it is committed.
@lru_cache(maxsize=8192)
def digest(identity: str) -> str:
    """Return the short form of an identity that the seen set keeps, 16 hexadecimal digits."""
    return hashlib.blake2b(identity.encode(), digest_size=8).hexdigest()
