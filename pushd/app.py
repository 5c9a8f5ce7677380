"""The composition root: the only place where the parts of pushd meet."""

from __future__ import annotations

import asyncio
import gc
import resource
import socket
from pathlib import Path

import grpc
from aiohttp import web

from pushd import crewmate, multisend, page
from pushd.audience import Audience
from pushd.caller import Caller
from pushd.directory import CatalogDirectory
from pushd.event_history import EventHistory
from pushd.fan_socket import FanSocket
from pushd.fanout import FanOut
from pushd.gateway import Gateway
from pushd.grpc_api import SERVICE, PushService
from pushd.http_api import HttpApi, new_app
from pushd.hub import Hub
from pushd.patch_feed import NatsPatchFeed
from pushd.plain_http import PlainHttp
from pushd.relay import Relay
from pushd.rooms import Rooms
from pushd.settings import Settings
from pushd.state_reader import RedisStateReader
from pushd.views import Views
from scoreline.runtime import grpc_server, health, jetstream, lifecycle, logs, redis_client, streams
from scoreline.runtime.catalog_follower import CatalogFollower
from scoreline.runtime.http_server import log_our_mistakes_only
from scoreline.runtime.lifecycle import Lifecycle
from scoreline.wire.names import CATALOG_STREAM

log = logs.get(__name__)

#: How long a stop waits for those who were accepted and have not said yet what they want.
LATECOMERS_S = 1.0
#: Files that the process needs beside its WebSockets: sources, polls over HTTP, gRPC.
OWN_FILES = 500


async def start(settings: Settings, life: Lifecycle) -> None:
    """Build the gateway, listen, and say so."""
    if settings.crew_file is not None:
        crewmate.end_with_parent(settings.crew_file)
    _allow_files(settings.max_connections)
    # Connections live long and hold few cycles; with the usual thresholds the collector is almost half the
    # cost of an upgrade.
    gc.set_threshold(50_000, 20, 50)
    loop = asyncio.get_running_loop()
    link = await jetstream.connect(settings.nats_url, "pushd")
    life.on_stop("nats", link.close)
    redis = redis_client.connect(settings.redis_url)
    life.on_stop("redis", redis.aclose)

    catalog = CatalogFollower(link, ensure_stream=lambda: _ensure_catalog(link))
    await catalog.start()
    life.on_stop("catalog", catalog.stop)

    async def redis_check() -> str | None:
        return await redis_client.check(redis)

    async def nats_connected() -> str | None:
        return None if link.client.is_connected else "not connected"

    readiness = health.Health()
    readiness.add("nats", link.check)
    readiness.add("redis", redis_check)
    readiness.add("catalog", catalog.check)

    if settings.crew_file is not None:
        readiness.add("workers", _crew_check(settings.crew_file))

    reader = RedisStateReader(redis)
    directory = CatalogDirectory(catalog, link)
    calls = multisend.choose(compiled=settings.compiled)
    fanout = FanOut(loop, calls.send)
    rooms = Rooms(directory, reader, NatsPatchFeed(link), fanout, linger_s=settings.room_linger_s)
    life.on_stop("rooms", rooms.close)
    audience = Audience()
    relay = Relay(rooms, audience, {"nats": nats_connected, "redis": redis_check}, audit_s=settings.audit_s)
    link.after_reconnect(relay.reconnected)

    # Connects when the first older events are asked for; stated may be down.
    channel = grpc.aio.insecure_channel(settings.state_address)
    life.on_stop("state channel", lambda: channel.close(None))
    app = new_app()
    health.add_routes(app, readiness, crewmate.registry(settings.crew_file))
    HttpApi(directory, Views(rooms, reader), EventHistory(channel)).add_routes(app)
    folder = settings.page_dir or page.BUILT
    files = page.read(folder)
    if not files:
        log.warning("page.missing", folder=str(folder))
    page.add_routes(app, files)
    log_our_mistakes_only()
    # No request here has a body that matters; unpacking one would stop the loop for every viewer.
    runner = web.AppRunner(
        app, access_log=None, keepalive_timeout=30, shutdown_timeout=2, auto_decompress=False
    )
    await runner.setup()
    life.on_stop("http", runner.cleanup)
    http_server = runner.server
    assert http_server is not None

    def welcome(wire: FanSocket) -> Caller:
        return Caller(gateway, wire)

    listener = _listener(settings)
    http_port = int(listener.getsockname()[1])
    hub = Hub(loop, listener, welcome, calls.accept)
    plain = PlainHttp(loop, hub.release, http_server)
    gateway = Gateway(settings, rooms, audience, plain.take)
    hub.start()

    async def close_hub() -> None:
        hub.close()

    life.on_stop("hub", close_hub)
    grpc_port = await grpc_server.start(
        life,
        readiness,
        PushService(gateway).register,
        services=[SERVICE],
        host=settings.host,
        port=settings.grpc_port,
        variable="PUSHD_GRPC_PORT",
        grace_s=1.0,
        shared=settings.share_port or settings.crew_file is not None,
    )
    life.spawn("wheel", gateway.tick())
    life.spawn("relay", relay.watch())

    async def drain() -> None:
        readiness.drain()
        hub.stop_accepting()
        await gateway.drain()
        await hub.emptied(LATECOMERS_S)

    # Registered last and so called first: clients leave while everything still works.
    life.on_stop("drain", drain)
    await life.ready({"http": http_port, "grpc": grpc_port})


async def _ensure_catalog(link: jetstream.NatsLink) -> None:
    wanted = [config for config in streams.configs() if config.name == CATALOG_STREAM]
    await streams.ensure_streams(link.js, wanted)


def _allow_files(connections: int) -> None:
    """Take as many open files as the system grants: the usual limit of a shell is a thousand."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and connections + OWN_FILES > hard:
        log.warning("files.short", limit=hard, max_connections=connections, needed=connections + OWN_FILES)


def _listener(settings: Settings) -> socket.socket:
    if settings.listener is not None:
        inherited = socket.socket(fileno=settings.listener)
        inherited.setblocking(False)
        return inherited
    return lifecycle.listen(settings.host, settings.http_port, "PUSHD_HTTP_PORT", shared=settings.share_port)


def _crew_check(crew_file: Path) -> health.Check:
    async def check() -> str | None:
        return crewmate.whole_crew(crew_file)

    return check
