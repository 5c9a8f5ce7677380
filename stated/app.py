"""Put stated together: the only place where adapters are built."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import grpc
from aiohttp import web

from scoreline.runtime import grpc_server, http_server, jetstream, lifecycle, redis_client, streams
from scoreline.runtime.catalog_follower import CatalogFollower
from scoreline.runtime.health import Health, add_routes
from scoreline.runtime.jetstream import NatsLink
from scoreline.runtime.lifecycle import Lifecycle
from scoreline.runtime.postgres import PostgresPool
from scoreline.runtime.pull_consumer import ConsumerSpec, PullConsumer
from scoreline.v1 import catalog_service_pb2_grpc, state_service_pb2_grpc
from scoreline.v1.game_pb2 import Game
from scoreline.wire import names
from stated import catalog_api, state_api
from stated.archive import Archivist, PostgresArchive
from stated.catalog import PostgresCatalog
from stated.catalog_outbox import CatalogOutbox
from stated.consumer import FoldLimits, PartitionConsumer
from stated.event_log import JetStreamEventLog
from stated.game_source import CatalogGames
from stated.guardian import Guardian
from stated.lag import LagMonitor
from stated.loader import GameLoader
from stated.migrate import Schema
from stated.publisher import JetStreamPublisher
from stated.settings import StatedSettings
from stated.state_reader import StateReader
from stated.store import RedisPatchStore
from stated.watch import WatchHub

EnsureStreams = Callable[[], Awaitable[None]]

_FETCH = 100
_ARCHIVE_FETCH = 500
_GUARD_EVERY_S = 1.0
_LAG_EVERY_S = 1.0
_AUDIT_EVERY_S = 10.0
#: An import of 1,000 games with their rosters.
_MAX_MESSAGE_BYTES = 16 << 20


async def start(settings: StatedSettings, life: Lifecycle) -> None:
    """Build everything and begin to serve."""
    link = await jetstream.connect(settings.nats_url, "stated")
    life.on_stop("nats", link.close)

    async def ensure_streams() -> None:
        await streams.ensure_streams(link.js, streams.configs(events_max_age_s=settings.events_max_age_s))

    await ensure_streams()
    client = redis_client.connect(settings.redis_url)
    life.on_stop("redis", client.aclose)
    pool = PostgresPool(settings.postgres_url)
    await pool.open()
    life.on_stop("postgres", pool.close)
    schema = Schema(settings.postgres_url)

    store = RedisPatchStore(client)
    publisher = JetStreamPublisher(link, ensure_streams)
    event_log = JetStreamEventLog(link, names.PARTITIONS)
    catalog = PostgresCatalog(pool, schema)
    outbox = CatalogOutbox(catalog, publisher, link, schema)
    partitions: dict[int, PartitionConsumer] = {}

    def registered(game: Game) -> None:
        partition = partitions.get(names.partition_of(game.game_id))
        if partition is not None:
            partition.register(game)

    follower = CatalogFollower(link, ensure_stream=ensure_streams, changed=registered)
    games = CatalogGames(follower, catalog)
    loader = GameLoader(store, event_log, publisher, now_us=now_us, hot_after_end_s=settings.hot_after_end_s)
    limits = FoldLimits(
        games_cached=max(1, settings.games_cached // len(settings.owned)),
        attempts=settings.event_attempts,
        hot_after_end_s=settings.hot_after_end_s,
    )
    pulls = {partition: _fold_pull(link, partition, ensure_streams) for partition in settings.owned}
    for number, pull in pulls.items():
        partitions[number] = PartitionConsumer(
            number, pull, store, publisher, loader, games, event_log, now_us=now_us, limits=limits
        )
    archive_pull = _archive_pull(link, ensure_streams)
    archive = PostgresArchive(pool, schema)

    def season_of(game_id: str) -> str:
        game = follower.get(game_id)
        return game.season if game else ""

    async def archive_when_seasons_are_known() -> None:
        await follower.wait_caught_up()
        await Archivist(archive_pull, archive, season_of).run()

    guardian = Guardian(
        partitions, store, event_log, games, now_us=now_us, restored_age_s=settings.restored_age_s
    )
    lag = LagMonitor(pulls, archive_pull, settings.ready_lag)
    hub = WatchHub(link, store)
    reader = StateReader(store, event_log, games, partitions, now_us=now_us)

    async def partitions_check() -> str | None:
        return next((it.stalled for it in partitions.values() if it.stalled), None)

    health = Health()
    health.add("nats", link.check)
    health.add("redis", store.check)
    health.add("catalog", follower.check)
    health.add("caught_up", lag.check)
    health.add("restored", guardian.check)
    health.add("partitions", partitions_check)

    await follower.start()
    life.on_stop("catalog", follower.stop)
    tasks: list[asyncio.Task[object]] = []

    async def stop_work() -> None:
        # While the connections are still there: what was fetched and not folded is given back at once.
        await lifecycle.cancel_all(tasks)

    life.on_stop("work", stop_work)
    for number, consumer in partitions.items():
        tasks.append(life.spawn(f"fold-{number}", consumer.run()))
    for name, work in (
        ("schema", schema.bring_up()),
        ("archive", archive_when_seasons_are_known()),
        ("outbox", outbox.run(settings.repair_every_s)),
        ("guardian", guardian.run(_GUARD_EVERY_S)),
        ("lag", lag.run(_LAG_EVERY_S)),
        ("watch", hub.run(_AUDIT_EVERY_S)),
    ):
        tasks.append(life.spawn(name, work))

    def register(server: grpc.aio.Server) -> None:
        catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server(
            catalog_api.CatalogApi(catalog, outbox), server
        )
        state_service_pb2_grpc.add_StateServiceServicer_to_server(
            state_api.StateApi(reader, follower, archive, hub), server
        )

    http_port = await _serve_http(life, health, settings)
    grpc_port = await grpc_server.start(
        life,
        health,
        register,
        services=[catalog_api.SERVICE_NAME, state_api.SERVICE_NAME],
        host=settings.host,
        port=settings.grpc_port,
        variable="STATED_GRPC_PORT",
        limits=grpc_server.Limits(max_message_bytes=_MAX_MESSAGE_BYTES),
    )
    await life.ready({"grpc": grpc_port, "http": http_port})


def now_us() -> int:
    """Return the time in unix microseconds."""
    return time.time_ns() // 1000


def _fold_pull(link: NatsLink, partition: int, ensure_streams: EnsureStreams) -> PullConsumer:
    spec = ConsumerSpec(
        names.EVENTS_STREAM,
        names.fold_durable(partition),
        (names.partition_subjects(partition),),
        # How long the events wait that a killed replica had in hand: viewers wait as long.
        ack_wait_s=5.0,
    )
    return PullConsumer(link, spec, batch=_FETCH, ensure_stream=ensure_streams)


def _archive_pull(link: NatsLink, ensure_streams: EnsureStreams) -> PullConsumer:
    spec = ConsumerSpec(names.EVENTS_STREAM, names.ARCHIVE_DURABLE, (names.EVENTS_SUBJECTS,), ack_wait_s=10.0)
    return PullConsumer(link, spec, batch=_ARCHIVE_FETCH, ensure_stream=ensure_streams)


async def _serve_http(life: Lifecycle, health: Health, settings: StatedSettings) -> int:
    app = web.Application()
    add_routes(app, health)
    return await http_server.start(
        life, app, host=settings.host, port=settings.http_port, variable="STATED_HTTP_PORT"
    )
