"""Every refusal over HTTP as one JSON form: {reason, field, message}."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web

from pushd import metrics
from pushd.ports import SourceUnavailable
from scoreline.runtime import logs
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.wire.reasons import POLICIES, ScorelineError, reason_name

log = logs.get(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_RETRY_AFTER_S = 2


@web.middleware
async def translate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors in the one form, and let pages of any origin read what is public."""
    response: web.StreamResponse
    try:
        response = await handler(request)
    except ScorelineError as error:
        response = refusal(POLICIES[error.reason].http_status, error.reason, error.message, error.field)
    except SourceUnavailable as error:
        log.warning("http.source_unavailable", path=request.path, reason=str(error))
        response = refusal(
            503, ErrorReason.ERROR_REASON_UNAVAILABLE, "a source does not answer now; try again soon"
        )
    except web.HTTPException as error:
        reason = (
            ErrorReason.ERROR_REASON_NOT_FOUND if error.status == 404 else ErrorReason.ERROR_REASON_MALFORMED
        )
        response = refusal(error.status, reason, error.reason)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
    except Exception as error:
        log.error("http.failed_unexpectedly", path=request.path, exc_info=error)
        response = refusal(500, ErrorReason.ERROR_REASON_INTERNAL, "internal error; it was logged")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Scoreline-Position, Retry-After, Date"
    resource = request.match_info.route.resource
    metrics.http_requests.labels(resource.canonical if resource else "none", response.status).inc()
    return response


def refusal(status: int, reason: ErrorReason.ValueType, message: str, field: str = "") -> web.Response:
    """Return an error as every route answers it."""
    body = {"reason": reason_name(reason), "field": field, "message": message}
    headers = {"Cache-Control": "no-store"}
    if status in (429, 503):
        headers["Retry-After"] = str(_RETRY_AFTER_S)
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/json", headers=headers
    )


def invalid(field: str, message: str) -> ScorelineError:
    """Return the error for a field of a request that has an impossible value."""
    return ScorelineError(ErrorReason.ERROR_REASON_INVALID_FIELD, message, field=field)
