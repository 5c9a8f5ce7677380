"""The composition root of ingestd: every part is built here, once, in the order of dependency.

Needs NATS, and nothing else: with stated, Redis and PostgreSQL down it goes on taking events [A5].
"""

import asyncio
import signal
import sys
import time

import grpc
from aiohttp import web

from ingestd import dead_letter_api, grpc_api
from ingestd.core.admission import Rate
from ingestd.dead_letter_api import DeadLetterApi
from ingestd.dead_letters import JetStreamDeadLetters
from ingestd.documents import Documents, canonical_format
from ingestd.grpc_api import IngestApi
from ingestd.intake import Intake
from ingestd.postbox import Postbox
from ingestd.provider_stream import Tools
from ingestd.providers import Providers, RegistryError
from ingestd.publisher import JetStreamEventLog, Limits
from ingestd.settings import IngestdSettings
from ingestd.throttle import Throttle
from ingestd.webhook import Webhook
from scoreline.runtime import grpc_server, http_server, jetstream, streams
from scoreline.runtime.catalog_follower import CatalogFollower
from scoreline.runtime.health import Check, Health, add_routes
from scoreline.runtime.lifecycle import Lifecycle, StartError

_SWITCH_INTERVAL_S = 0.0005
_TRANSPORT_FACTOR = 4
"""The transport takes more than the limit, so that a message that is too large is refused with its reason."""


async def start(settings: IngestdSettings, life: Lifecycle) -> None:
    """Build ingestd, listen, and say so."""
    # A thread that translates a document keeps the interpreter for so long each time the loop wants it back;
    # with the default of 5 ms an event on a stream waits several times that.
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    providers = _providers(settings)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, providers.reload)
    health = Health()

    link = await jetstream.connect(settings.nats_url, "ingestd")
    life.on_stop("nats", link.close)

    async def ensure_streams() -> None:
        await streams.ensure_streams(link.js, streams.configs(replicas=settings.stream_replicas))

    await ensure_streams()
    catalog = CatalogFollower(link, ensure_stream=ensure_streams)
    await catalog.start()
    life.on_stop("catalog", catalog.stop)
    event_log = JetStreamEventLog(
        link,
        Limits(most_pending=settings.max_pending_events, ack_s=settings.ack_timeout_s),
        stream_missing=ensure_streams,
    )
    await event_log.start()
    life.on_stop("event-log", event_log.stop)
    # A server that lost its disk comes back without streams; the first reconnect mends that.
    link.after_reconnect(ensure_streams)

    health.add("nats", link.check)
    health.add("streams", _streams_check(link))
    health.add("catalog", catalog.check)

    throttle = Throttle(
        Rate(settings.events_per_second, settings.burst_events),
        Rate(settings.game_events_per_second, settings.game_burst_events),
        time.monotonic,
    )
    letters = JetStreamDeadLetters(link)
    postbox = Postbox(letters, throttle)
    intake = Intake(catalog, event_log, _now_us)
    documents = Documents(catalog, intake)
    link.after_reconnect(documents.durable.forget_all)
    api = IngestApi(
        Tools(intake, postbox, throttle, settings.window_events, settings.max_message_bytes, _now_us),
        providers,
    )
    operators = DeadLetterApi(letters, documents, settings.admin_token_sha256)
    webhook = Webhook(providers, documents, postbox, throttle, max_bytes=settings.max_document_bytes)

    def register(server: grpc.aio.Server) -> None:
        api.register(server)
        operators.register(server)

    http_port = await _serve_http(settings, life, health, webhook)
    grpc_port = await grpc_server.start(
        life,
        health,
        register,
        services=[grpc_api.SERVICE, dead_letter_api.SERVICE],
        host=settings.host,
        port=settings.grpc_port,
        variable="INGESTD_GRPC_PORT",
        limits=grpc_server.Limits(max_message_bytes=_TRANSPORT_FACTOR * settings.max_message_bytes),
    )

    # Registered last, so it runs first: streams get their answers before the listeners close.
    async def drain() -> None:
        health.drain()
        await api.drain()

    life.on_stop("streams", drain)
    await life.ready({"grpc": grpc_port, "http": http_port})


async def _serve_http(settings: IngestdSettings, life: Lifecycle, health: Health, webhook: Webhook) -> int:
    app = web.Application()
    add_routes(app, health)
    webhook.add_routes(app)
    return await http_server.start(
        life, app, host=settings.host, port=settings.http_port, variable="INGESTD_HTTP_PORT"
    )


def _providers(settings: IngestdSettings) -> Providers:
    try:
        return Providers.load(settings.providers_file, canonical_format)
    except RegistryError as error:
        lines = "\n  ".join(error.problems)
        raise StartError(
            f"the registry of providers (INGESTD_PROVIDERS_FILE) is not usable:\n  {lines}"
        ) from None


def _streams_check(link: jetstream.NatsLink) -> Check:
    async def check() -> str | None:
        present = {info.config.name for info in await link.js.streams_info()}
        wanted = {config.name for config in streams.configs()}
        missing = sorted(str(name) for name in wanted - present)
        return f"missing streams: {', '.join(missing)}" if missing else None

    return check


def _now_us() -> int:
    return time.time_ns() // 1000
