"""One gRPC interceptor translates errors, once: handlers hold no try/except for it.

A `ScorelineError` travels as google.rpc.Status with ErrorInfo (and RetryInfo where a
retry helps); anything unexpected is counted, logged with its traceback and answered
as INTERNAL without a word about our inside [E5].
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NoReturn, TypeAlias, cast

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from prometheus_client import Counter

from scoreline.runtime import logs
from scoreline.wire import reasons

DETAILS_KEY = "grpc-status-details-bin"

refused = Counter("scoreline_grpc_refused_total", "Calls that ended in a typed error.", ["method", "reason"])
broken = Counter(
    "scoreline_grpc_unexpected_errors_total", "Calls that ended in an error nobody foresaw.", ["method"]
)
log = logs.get(__name__)
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


def to_status(error: reasons.ScorelineError) -> status_pb2.Status:
    """Return the error as a client receives it."""
    metadata = dict(error.metadata)
    if error.field:
        metadata.setdefault("field", error.field)
    info = error_details_pb2.ErrorInfo(
        reason=reasons.reason_name(error.reason), domain=reasons.ERROR_DOMAIN, metadata=metadata
    )
    details = [_pack(info)]
    # A reason that a retry helps without a known delay has none: the client's own backoff decides.
    if error.retry_after_s > 0:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(round(error.retry_after_s * 1000))
        details.append(_pack(error_details_pb2.RetryInfo(retry_delay=delay)))
    return status_pb2.Status(code=_code(error).value[0], message=error.message, details=details)


class RefusalInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs only
    """Translate what a handler raises."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Wrap the handler of the call in the translation."""
        handler: Any = await continuation(handler_call_details)
        if handler is None:  # unknown method: grpc answers UNIMPLEMENTED itself
            return cast("Handler", handler)
        method = str(handler_call_details.method)
        for kind in ("unary_unary", "unary_stream", "stream_unary", "stream_stream"):
            behavior = getattr(handler, kind)
            if behavior is not None:
                return cast("Handler", handler._replace(**{kind: _guard(behavior, method)}))
        raise AssertionError(f"a handler without behaviour: {method}")


def _guard(behavior: Any, method: str) -> Any:
    if inspect.isasyncgenfunction(behavior):

        async def stream(request: Any, context: Any) -> AsyncIterator[Any]:
            answers = behavior(request, context)
            try:
                async for answer in answers:
                    yield answer
            except Exception as error:
                await _abort(error, context, method)
            finally:
                # Without this a cancelled call leaves the handler's own `finally` to the garbage collector.
                await answers.aclose()

        return stream

    async def call(request: Any, context: Any) -> Any:
        try:
            return await behavior(request, context)
        except Exception as error:
            await _abort(error, context, method)

    return call


async def _abort(error: Exception, context: Any, method: str) -> NoReturn:
    # CancelledError is a BaseException and never comes here: swallowing it leaks the call (grpc/grpc#43360).
    if isinstance(error, (grpc.aio.AbortError, grpc.aio.UsageError)):
        raise error
    if isinstance(error, reasons.ScorelineError):
        status = to_status(error)
        refused.labels(method, reasons.reason_name(error.reason)).inc()
        await context.abort(_code(error), status.message, ((DETAILS_KEY, status.SerializeToString()),))
    broken.labels(method).inc()
    log.error("rpc.failed_unexpectedly", method=method, exc_info=error)
    await context.abort(grpc.StatusCode.INTERNAL, "internal error; it was logged and counted")
    raise AssertionError("abort always raises")


def _code(error: reasons.ScorelineError) -> grpc.StatusCode:
    return grpc.StatusCode[reasons.POLICIES[error.reason].grpc_code]


def _pack(detail: Any) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed
