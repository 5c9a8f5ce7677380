"""Who calls: the metadata of a gRPC call, turned into a provider or an operator."""

import hashlib
import hmac
from typing import Any

from ingestd.providers import Provider, Providers
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.wire.reasons import ScorelineError

_BEARER = "bearer "


def provider_of(context: Any, providers: Providers) -> Provider:
    """Return the authenticated provider of a call, or raise."""
    metadata = text_metadata(context)
    provider_id = metadata.get("scoreline-provider", "")
    provider = providers.authenticate(provider_id, _token(metadata))
    if provider is None:
        raise ScorelineError(
            ErrorReason.ERROR_REASON_UNAUTHENTICATED,
            "the token is missing or wrong, or the provider is not registered; "
            "send `authorization: Bearer <token>` and `scoreline-provider: <provider_id>`",
            field="authorization",
            metadata={"provider_id": provider_id[:64]},
        )
    return provider


def require_admin(context: Any, admin_token_sha256: str | None) -> None:
    """Raise unless the caller shows the operators' token."""
    if admin_token_sha256 is None:
        raise ScorelineError(
            ErrorReason.ERROR_REASON_PERMISSION_DENIED,
            "no operator may enter: INGESTD_ADMIN_TOKEN_SHA256 is not set",
        )
    offered = hashlib.sha256(_token(text_metadata(context)).encode("utf-8", "surrogateescape")).hexdigest()
    if not hmac.compare_digest(admin_token_sha256, offered):
        raise ScorelineError(
            ErrorReason.ERROR_REASON_UNAUTHENTICATED,
            "the admin token is missing or wrong; send `authorization: Bearer <admin token>`",
            field="authorization",
        )


def text_metadata(context: Any) -> dict[str, str]:
    """Return the textual metadata of a call; of a repeated key the first value counts."""
    found: dict[str, str] = {}
    for key, value in context.invocation_metadata() or ():
        if isinstance(value, str):
            found.setdefault(key, value)
    return found


def _token(metadata: dict[str, str]) -> str:
    value = metadata.get("authorization", "")
    return value[len(_BEARER) :].strip() if value[: len(_BEARER)].lower() == _BEARER else ""
