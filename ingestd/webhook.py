"""The signed JSON webhook: `POST /v1/webhook/{provider_id}?format=<name>` [A1].

Answers `{"stored": n, "duplicate": n, "rejected": [{"event_id", "reason", "field", "message"}]}`;
an error adds `reason`, `field` and `message` of the request as a whole. A sender that gets
429 or 5xx sends the same document again: what is stored already is counted as duplicate.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from ingestd.core import signature
from ingestd.core.body_room import BodyRoom, OpenBody
from ingestd.core.outcomes import Refusal
from ingestd.core.reading import games_of
from ingestd.core.reading_json import FORMAT
from ingestd.documents import Documents, Receipt, canonical_format, unknown_format
from ingestd.metrics import metrics
from ingestd.postbox import Postbox
from ingestd.providers import Provider, Providers
from ingestd.throttle import Throttle
from scoreline.runtime import logs, telemetry
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.wire.reasons import POLICIES, reason_name

log = logs.get(__name__)

_CONTENT_TYPES = frozenset(
    {"application/json", "application/xml", "text/xml", "text/plain", "text/csv", "application/octet-stream"}
)
_IN_LOOP_BYTES = 256 << 10
"""Up to this size a digest takes less than a millisecond."""
_BODY_WAIT_S = 30.0
_MOST_BODIES = 4
"""Documents of one provider that are taken in at a time, and largest bodies that it may have in memory."""
_MOST_REJECTED_SHOWN = 1000
_PATIENCE_S = 2.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WebhookRefused(Exception):
    """A request that is refused as a whole."""

    def __init__(self, refusal: Refusal, *, status: int | None = None) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.status = status or POLICIES[refusal.reason].http_status


class Webhook:
    """The HTTP edge of ingestd."""

    def __init__(
        self,
        providers: Providers,
        documents: Documents,
        postbox: Postbox,
        throttle: Throttle,
        *,
        max_bytes: int,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._providers, self._documents, self._postbox = providers, documents, postbox
        self._throttle, self._max_bytes, self._now_s = throttle, max_bytes, now_s
        # For each provider, so that a flood in the name of one keeps no other waiting.
        self._rooms: dict[str, BodyRoom] = {}
        self._taking: dict[str, asyncio.Semaphore] = {}

    def add_routes(self, app: web.Application) -> None:
        """Serve the webhook."""
        app.router.add_post("/v1/webhook/{provider_id}", self._post)

    async def _post(self, request: web.Request) -> web.Response:
        try:
            response = await self._handle(request)
        except WebhookRefused as refused:
            response = _refused(refused)
        except web.HTTPException:
            raise
        except Exception as error:
            log.error("webhook.failed_unexpectedly", exc_info=error)
            response = _refused(
                WebhookRefused(
                    Refusal(ErrorReason.ERROR_REASON_INTERNAL, "", "internal error; it was logged")
                )
            )
        metrics.webhooks.labels(str(response.status)).inc()
        return response

    async def _handle(self, request: web.Request) -> web.Response:
        provider_id = request.match_info["provider_id"]
        header = request.headers.get(signature.HEADER)
        provider = self._providers.get(provider_id)
        # Everything that needs no body is refused before one is read.
        claim = signature.parse(header)
        if provider is None or not provider.webhook_secrets or claim is None:
            raise WebhookRefused(_unauthenticated("the signature is missing, or not of a known provider"))
        if not signature.is_fresh(claim, self._now_s()):
            raise WebhookRefused(_stale())
        if request.content_type not in _CONTENT_TYPES:
            raise WebhookRefused(
                Refusal(
                    ErrorReason.ERROR_REASON_UNKNOWN_FORMAT,
                    "Content-Type",
                    "send application/json, or the type of the document",
                ),
                status=415,
            )
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise WebhookRefused(
                Refusal(
                    ErrorReason.ERROR_REASON_UNKNOWN_FORMAT,
                    "Content-Encoding",
                    "send the document as it is, not compressed",
                ),
                status=415,
            )
        room = self._rooms.setdefault(provider_id, BodyRoom(_MOST_BODIES * self._max_bytes))
        loop = asyncio.get_running_loop()
        deadline = asyncio.timeout(_BODY_WAIT_S)
        place = room.enter(lambda: deadline.reschedule(loop.time()))
        try:
            body = await self._body(request, place, deadline)
            await self._verify(header, body, provider)
            place.prove()
            format_name = self._format(request, provider)
            sent = {name.lower(): value for name, value in request.headers.items()}
            async with self._taking.setdefault(provider_id, asyncio.Semaphore(_MOST_BODIES)):
                with telemetry.span("ingest.webhook", parent=telemetry.extract(sent)):
                    headers: dict[str, str] = {}
                    telemetry.inject(headers)
                    receipt = await self._take(provider, format_name, body, headers)
        finally:
            place.leave()
        return _answer(receipt)

    async def _take(
        self, provider: Provider, format_name: str, body: bytes, headers: dict[str, str]
    ) -> Receipt:
        reading = await self._documents.read(provider.provider_id, format_name, body)
        if reading.malformed is not None:
            await self._postbox.keep(
                provider.provider_id,
                body,
                reading.malformed,
                edge="webhook",
                format_name=format_name,
                received_us=int(self._now_s() * 1_000_000),
            )
        refusal = await self._throttle.admit(provider, games_of(reading.items), patience_s=_PATIENCE_S)
        if refusal is not None:
            raise WebhookRefused(refusal)
        return await self._documents.take(provider.provider_id, reading, headers)

    async def _body(self, request: web.Request, place: OpenBody, deadline: asyncio.Timeout) -> bytes:
        too_large = Refusal(
            ErrorReason.ERROR_REASON_TOO_LARGE,
            "",
            f"a document has at most {self._max_bytes} bytes",
            {"limit_bytes": str(self._max_bytes)},
        )
        if request.content_length is not None and request.content_length > self._max_bytes:
            raise WebhookRefused(too_large)
        body = bytearray()
        try:
            async with deadline:
                place.grow(0)
                async for chunk in request.content.iter_chunked(64 << 10):
                    body += chunk
                    if len(body) > self._max_bytes:
                        raise WebhookRefused(too_large)
                    place.grow(len(body))
        except TimeoutError:
            if not place.gave_way:
                late = Refusal(ErrorReason.ERROR_REASON_MALFORMED, "", "the body did not come in time")
                raise WebhookRefused(late, status=408) from None
        if place.gave_way:
            raise WebhookRefused(_crowded())
        return bytes(body)

    async def _verify(self, header: str | None, body: bytes, provider: Provider) -> None:
        arguments = (header, body, provider.webhook_secrets, self._now_s())
        if len(body) <= _IN_LOOP_BYTES:
            verdict = signature.verify(*arguments)
        else:
            verdict = await asyncio.to_thread(signature.verify, *arguments)
        if verdict is signature.Verdict.STALE:
            raise WebhookRefused(_stale())
        if verdict is not signature.Verdict.GENUINE:
            raise WebhookRefused(_unauthenticated("the signature does not match the body"))

    @staticmethod
    def _format(request: web.Request, provider: Provider) -> str:
        asked = request.query.get("format", FORMAT)
        name = canonical_format(asked)
        if name is None:
            raise WebhookRefused(unknown_format(asked))
        if name not in provider.formats:
            raise WebhookRefused(
                Refusal(
                    ErrorReason.ERROR_REASON_PERMISSION_DENIED,
                    "format",
                    "this provider is not registered for the format",
                    {"format": name},
                )
            )
        return name


def _unauthenticated(message: str) -> Refusal:
    return Refusal(ErrorReason.ERROR_REASON_UNAUTHENTICATED, signature.HEADER, message)


def _crowded() -> Refusal:
    return Refusal(
        ErrorReason.ERROR_REASON_RATE_LIMITED,
        "",
        "too many documents come in at a time; send it again",
        retry_after_s=1.0,
    )


def _stale() -> Refusal:
    window_s = signature.REPLAY_WINDOW_S
    return Refusal(
        ErrorReason.ERROR_REASON_STALE_SIGNATURE,
        signature.HEADER,
        f"the timestamp lies more than {window_s} s from now; check the clock and sign again",
        {"window_s": str(window_s)},
    )


def _refused(refused: WebhookRefused) -> web.Response:
    body = {"stored": 0, "duplicate": 0, "rejected": [], **_shown(refused.refusal)}
    return _json(body, refused.status, refused.refusal.retry_after_s)


def _answer(receipt: Receipt) -> web.Response:
    rejected = [
        {"event_id": rejection.event_id, **_shown(rejection.refusal)}
        for rejection in receipt.rejected[:_MOST_REJECTED_SHOWN]
    ]
    body: dict[str, Any] = {
        "stored": receipt.stored,
        "duplicate": receipt.duplicate,
        "rejected": rejected,
    }
    if len(receipt.rejected) > len(rejected):
        body["rejected_not_shown"] = len(receipt.rejected) - len(rejected)
    refusals = [rejection.refusal for rejection in receipt.rejected]
    # What may succeed later decides the status: the sender's own retry then mends it.
    again = next((it for it in refusals if POLICIES[it.reason].http_status in (429, 503)), None)
    whole = again or receipt.malformed
    if whole is None and refusals and not receipt.stored and not receipt.duplicate:
        whole = refusals[0]
    if whole is None:
        return _json(body, 200)
    body.update(_shown(whole))
    return _json(body, POLICIES[whole.reason].http_status, again.retry_after_s if again else 0.0)


def _shown(refusal: Refusal) -> dict[str, str]:
    return {"reason": reason_name(refusal.reason), "field": refusal.field, "message": refusal.message}


def _json(body: dict[str, Any], status: int, retry_after_s: float = 0.0) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    if retry_after_s > 0:
        headers["Retry-After"] = str(max(1, round(retry_after_s)))
    return web.Response(
        body=orjson.dumps(body), status=status, content_type="application/json", headers=headers
    )
