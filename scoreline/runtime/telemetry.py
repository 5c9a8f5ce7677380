"""A trace follows a goal from the provider's receipt to the socket write [E3].

Without an exporter nothing is recorded and nothing is batched, yet a `traceparent`
that came in still goes out: the trace id of a provider or a partner can be followed
through our logs and NATS headers at the price of two dictionary look-ups.
"""

from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRACEPARENT = "traceparent"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("scoreline")


def configure(service: str, environ: Mapping[str, str]) -> TracerProvider | None:
    """Export spans if the standard OTEL_* variables name an endpoint; return what must be shut down.

    The SDK reads OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG and OTEL_RESOURCE_ATTRIBUTES itself.
    """
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or not any(
        environ.get(name) for name in _ENDPOINTS
    ):
        # The API's no-op tracer still hands the parent's context on, which is all we need here.
        return None
    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: environ.get("OTEL_SERVICE_NAME") or service})
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


def span(
    name: str, *, parent: Context | None = None, kind: SpanKind = SpanKind.INTERNAL
) -> AbstractContextManager[Span]:
    """Open a span as the current one; `parent` comes from `extract`."""
    return _tracer.start_as_current_span(name, context=parent, kind=kind)


def inject(headers: MutableMapping[str, str]) -> None:
    """Write the current context into NATS headers or gRPC metadata, if there is one."""
    _propagator.inject(headers)


def extract(headers: Mapping[str, str] | None) -> Context:
    """Return the context that `headers` carry; a missing or broken `traceparent` gives an empty one."""
    if not headers or TRACEPARENT not in headers:
        return Context()
    return _propagator.extract(headers, context=Context())


def trace_id(ctx: Context | None = None) -> str:
    """Return the trace id of `ctx` (default: the current context) as 32 hex digits, or nothing."""
    found = trace.get_current_span(context.get_current() if ctx is None else ctx).get_span_context()
    return trace.format_trace_id(found.trace_id) if found.is_valid else ""
