"""What becomes of one event: kept, known already, or refused with a reason."""

from __future__ import annotations

from typing import NamedTuple

from scoreline.v1.error_reason_pb2 import ErrorReason


class Kept(NamedTuple):
    """The event is durable under this number in the event log."""

    log_sequence: int


class Known(NamedTuple):
    """The same event was durable already; 0 when its number is not known any more."""

    log_sequence: int


class Refusal(NamedTuple):
    """The event is not stored; the field names what is at fault, empty for the whole message."""

    reason: ErrorReason.ValueType
    field: str
    message: str
    metadata: dict[str, str] = {}  # noqa: RUF012  # never changed: a default of an immutable tuple
    retry_after_s: float = 0.0


Outcome = Kept | Known | Refusal


def unavailable(dependency: str, message: str, retry_after_s: float = 1.0) -> Refusal:
    """Refuse because something we need is down; the event may be sent again without harm."""
    return Refusal(
        ErrorReason.ERROR_REASON_UNAVAILABLE, "", message, {"dependency": dependency}, retry_after_s
    )
