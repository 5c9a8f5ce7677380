"""What is answered when a call can't be served; one function for each reason."""

from __future__ import annotations

from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.wire.reasons import ScorelineError

_RETRY_AFTER_S = 1.0


def unavailable(dependency: str) -> ScorelineError:
    """Return the refusal of a call that needs something that is down."""
    return ScorelineError(
        ErrorReason.ERROR_REASON_UNAVAILABLE,
        f"{dependency} does not answer; try again",
        metadata={"dependency": dependency},
        retry_after_s=_RETRY_AFTER_S,
    )


def unknown_game(name: str) -> ScorelineError:
    """Return the refusal of a game that nobody registered."""
    return ScorelineError(
        ErrorReason.ERROR_REASON_UNKNOWN_GAME, "no such game is registered", metadata={"game_id": name}
    )


def invalid(field: str, message: str, **metadata: str) -> ScorelineError:
    """Return the refusal of an impossible value."""
    return ScorelineError(ErrorReason.ERROR_REASON_INVALID_FIELD, message, field=field, metadata=metadata)


def contradiction(field: str, message: str) -> ScorelineError:
    """Return the refusal of what contradicts what is registered."""
    return ScorelineError(ErrorReason.ERROR_REASON_CONFLICT, message, field=field)
