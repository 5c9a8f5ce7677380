"""Publish what was committed, in bulk, until JetStream has stored it.

Publishing again is harmless: JetStream drops a message id that it has, and readers drop a
version that they have. Not publishing would leave a hole, so this never gives up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, Protocol

from nats.errors import Error as NatsError
from nats.js.errors import NoStreamResponseError

from scoreline.runtime import logs
from scoreline.runtime.jetstream import NatsLink
from stated import metrics

log = logs.get(__name__)

#: How long acks may take before the rest is published again.
_ACK_WAIT_S = 5.0
#: How long to wait for room among the unacked (nats-py waits for ever by default).
_STALL_WAIT_S = 2.0
_BACKOFF_S = (0.05, 0.1, 0.25, 0.5, 1.0)


class Publication(NamedTuple):
    """A message for JetStream."""

    subject: str
    body: bytes
    headers: dict[str, str]


class Publisher(Protocol):
    """Where publications go."""

    async def publish(self, publications: Sequence[Publication]) -> None:
        """Return once every publication is stored."""


class JetStreamPublisher:
    """See `Publisher`; tries again until it has succeeded."""

    def __init__(self, link: NatsLink, ensure_streams: Callable[[], Awaitable[object]]) -> None:
        self._link, self._ensure_streams = link, ensure_streams

    async def publish(self, publications: Sequence[Publication]) -> None:
        """Return once every publication is stored."""
        rest = list(publications)
        attempt = 0
        while rest := await self._attempt(rest):
            metrics.retries.labels("nats").inc()
            log.warning("publication.retried", missing=len(rest), subject=rest[0].subject)
            await asyncio.sleep(_BACKOFF_S[min(attempt, len(_BACKOFF_S) - 1)])
            attempt += 1

    async def _attempt(self, publications: list[Publication]) -> list[Publication]:
        """Publish in order and return those that were not acked."""
        acks: list[asyncio.Future[Any]] = []
        try:
            for publication in publications:
                acks.append(
                    await self._link.js.publish_async(
                        publication.subject,
                        publication.body,
                        wait_stall=_STALL_WAIT_S,
                        headers=dict(publication.headers),
                    )
                )
        except (NatsError, TimeoutError, OSError) as error:
            log.warning("publication.failed", reason=str(error) or type(error).__name__)
        if acks:
            await asyncio.wait(acks, timeout=_ACK_WAIT_S)
        missing = publications[len(acks) :]
        stream_gone = False
        for publication, ack in zip(publications, acks, strict=False):
            if not ack.done():
                ack.cancel()  # gives its place among the unacked back
                missing.append(publication)
            elif (error_or_none := ack.exception()) is not None:
                stream_gone |= isinstance(error_or_none, NoStreamResponseError)
                missing.append(publication)
        if stream_gone:
            await self._create_streams()
        # The order of the first attempt, so that a topic's versions stay in order.
        order = {id(publication): i for i, publication in enumerate(publications)}
        return sorted(missing, key=lambda publication: order[id(publication)])

    async def _create_streams(self) -> None:
        try:
            await self._ensure_streams()
        except (NatsError, TimeoutError, OSError) as error:
            log.warning("stream.missing", reason=str(error) or type(error).__name__)
