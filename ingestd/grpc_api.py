"""IngestService over gRPC, on raw bytes.

Handlers are registered without deserializers: a message that does not parse is our business,
kept whole as a dead letter and answered with its reason, not a broken stream.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from ingestd.access import provider_of, text_metadata
from ingestd.answers import as_error, unary_response
from ingestd.core.outcomes import Refusal
from ingestd.core.reading import games_of, read_request
from ingestd.metrics import metrics
from ingestd.provider_stream import ProviderStream, Tools
from ingestd.providers import Providers
from scoreline.runtime import logs, telemetry
from scoreline.v1 import ingest_service_pb2
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.wire.reasons import ScorelineError

log = logs.get(__name__)

SERVICE = ingest_service_pb2.DESCRIPTOR.services_by_name["IngestService"].full_name
MOST_STREAMS = 10
"""Streams of one provider at a time: its windows together fill at most half of what may be pending."""
_DRAIN_S = 5.0


class IngestApi:
    """The gRPC edge of ingestd."""

    def __init__(self, tools: Tools, providers: Providers) -> None:
        self._tools, self._providers = tools, providers
        self._streams: set[ProviderStream] = set()
        self._stopping = False
        self._emptied = asyncio.Event()

    def register(self, server: grpc.aio.Server) -> None:
        """Add the service to `server`."""
        handlers = {
            "Stream": grpc.stream_stream_rpc_method_handler(self.stream),
            "Ingest": grpc.unary_unary_rpc_method_handler(self.ingest),
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))

    async def stream(self, requests: AsyncIterator[bytes], context: Any) -> None:
        """Carry events and answers both ways."""
        provider = provider_of(context, self._providers)
        if self._stopping:
            raise _going_away()
        if (
            sum(stream.provider.provider_id == provider.provider_id for stream in self._streams)
            >= MOST_STREAMS
        ):
            raise ScorelineError(
                ErrorReason.ERROR_REASON_RATE_LIMITED,
                f"this provider has {MOST_STREAMS} streams open; send more on those",
                metadata={"limit": f"{MOST_STREAMS} streams"},
                retry_after_s=5.0,
            )
        stream = ProviderStream(self._tools, provider, context, text_metadata(context))
        self._streams.add(stream)
        metrics.streams.inc()
        log.info("stream.opened", provider_id=provider.provider_id)
        try:
            await stream.run(self._while_allowed(requests, stream, context))
        finally:
            self._streams.discard(stream)
            metrics.streams.dec()
            if not self._streams:
                self._emptied.set()
            log.info("stream.closed", provider_id=provider.provider_id)
        if self._stopping:
            raise _going_away()

    async def ingest(self, payload: bytes, context: Any) -> bytes:
        """Take a few events and answer each, in their order."""
        provider = provider_of(context, self._providers)
        tools = self._tools
        if len(payload) > tools.max_message_bytes:
            raise ScorelineError(
                ErrorReason.ERROR_REASON_TOO_LARGE,
                f"a message has at most {tools.max_message_bytes} bytes; this one has {len(payload)}",
                metadata={"limit_bytes": str(tools.max_message_bytes)},
            )
        reading = read_request(payload)
        if reading.malformed is not None:
            await tools.postbox.keep(
                provider.provider_id,
                payload,
                reading.malformed,
                edge="grpc",
                format_name="protobuf",
                received_us=tools.now_us(),
            )
        unread = [item.event for item in reading.items if isinstance(item.event, Refusal)]
        if unread and len(unread) == len(reading.items):
            raise as_error(reading.malformed or unread[0])
        refusal = await tools.throttle.admit(provider, games_of(reading.items), patience_s=0.25)
        if refusal is not None:
            raise as_error(refusal)
        with telemetry.span("ingest.call", parent=telemetry.extract(text_metadata(context))):
            headers: dict[str, str] = {}
            telemetry.inject(headers)
            outcomes = await tools.intake.submit(provider.provider_id, reading.items, headers)
        return unary_response([item.tag for item in reading.items], await outcomes)

    async def drain(self) -> None:
        """Take nothing more; return once every stream has the answers to what it sent, or after a while."""
        self._stopping = True
        self._emptied.clear()
        for stream in self._streams:
            stream.close()
        if self._streams:
            try:
                async with asyncio.timeout(_DRAIN_S):
                    await self._emptied.wait()
            except TimeoutError:
                log.warning("stream.drain_late", streams=len(self._streams))

    async def _while_allowed(
        self, requests: AsyncIterator[bytes], stream: ProviderStream, context: Any
    ) -> AsyncIterator[bytes]:
        """Pass messages on, and ask for the token again after each reload of the registry."""
        generation = self._providers.generation
        async for payload in requests:
            if self._providers.generation != generation:
                generation = self._providers.generation
                stream.provider = provider_of(context, self._providers)
            yield payload


def _going_away() -> ScorelineError:
    return ScorelineError(
        ErrorReason.ERROR_REASON_UNAVAILABLE,
        "the service stops; open another stream and send again what was not answered",
        metadata={"dependency": "ingestd"},
        retry_after_s=0.5,
    )
