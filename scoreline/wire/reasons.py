"""The one error that edges translate, and what each reason means in gRPC and HTTP."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from scoreline.v1.error_reason_pb2 import ErrorReason

#: The domain of every google.rpc.ErrorInfo of ours.
ERROR_DOMAIN = "scoreline"


class ReasonPolicy(NamedTuple):
    """What a reason becomes on the transports."""

    grpc_code: str
    """Name of the grpc.StatusCode."""
    http_status: int
    retry_helps: bool


_P = ReasonPolicy
POLICIES = MappingProxyType(
    {
        ErrorReason.ERROR_REASON_UNSPECIFIED: _P("UNKNOWN", 500, False),
        ErrorReason.ERROR_REASON_UNAUTHENTICATED: _P("UNAUTHENTICATED", 401, False),
        ErrorReason.ERROR_REASON_PERMISSION_DENIED: _P("PERMISSION_DENIED", 403, False),
        ErrorReason.ERROR_REASON_MALFORMED: _P("INVALID_ARGUMENT", 400, False),
        ErrorReason.ERROR_REASON_TOO_LARGE: _P("INVALID_ARGUMENT", 413, False),
        ErrorReason.ERROR_REASON_INVALID_FIELD: _P("INVALID_ARGUMENT", 400, False),
        ErrorReason.ERROR_REASON_UNKNOWN_GAME: _P("NOT_FOUND", 404, True),
        ErrorReason.ERROR_REASON_UNKNOWN_PROVIDER: _P("PERMISSION_DENIED", 403, False),
        ErrorReason.ERROR_REASON_WRONG_SPORT: _P("INVALID_ARGUMENT", 400, False),
        ErrorReason.ERROR_REASON_IMPOSSIBLE_CLOCK: _P("INVALID_ARGUMENT", 400, False),
        ErrorReason.ERROR_REASON_IMPOSSIBLE_SCORE: _P("INVALID_ARGUMENT", 400, False),
        ErrorReason.ERROR_REASON_UNKNOWN_FORMAT: _P("INVALID_ARGUMENT", 400, False),
        ErrorReason.ERROR_REASON_STALE_SIGNATURE: _P("UNAUTHENTICATED", 401, True),
        ErrorReason.ERROR_REASON_RATE_LIMITED: _P("RESOURCE_EXHAUSTED", 429, True),
        ErrorReason.ERROR_REASON_UNAVAILABLE: _P("UNAVAILABLE", 503, True),
        ErrorReason.ERROR_REASON_NOT_FOUND: _P("NOT_FOUND", 404, False),
        ErrorReason.ERROR_REASON_UNKNOWN_TOPIC: _P("NOT_FOUND", 404, True),
        ErrorReason.ERROR_REASON_TOO_MANY_SUBSCRIPTIONS: _P("RESOURCE_EXHAUSTED", 429, True),
        ErrorReason.ERROR_REASON_WINDOW_EXCEEDED: _P("RESOURCE_EXHAUSTED", 429, True),
        ErrorReason.ERROR_REASON_CONFLICT: _P("FAILED_PRECONDITION", 409, False),
        ErrorReason.ERROR_REASON_INTERNAL: _P("INTERNAL", 500, True),
    }
)


def reason_name(reason: ErrorReason.ValueType) -> str:
    """Return the name without prefix, as ErrorInfo and JSON carry it, such as `UNKNOWN_GAME`."""
    return ErrorReason.Name(reason).removeprefix("ERROR_REASON_")


class ScorelineError(Exception):
    """A request that is refused; edges translate it once, handlers just raise it."""

    def __init__(
        self,
        reason: ErrorReason.ValueType,
        message: str,
        *,
        field: str = "",
        metadata: dict[str, str] | None = None,
        retry_after_s: float = 0.0,
    ) -> None:
        super().__init__(reason, message)
        self.reason = reason
        self.message = message
        self.field = field
        self.metadata = metadata or {}
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        at = f" ({self.field})" if self.field else ""
        return f"{reason_name(self.reason)}{at}: {self.message}"
