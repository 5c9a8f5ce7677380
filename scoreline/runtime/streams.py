"""The five JetStream streams: what each keeps, for how long, and where.

Whoever needs a stream ensures it: creating what exists changes nothing, so the
services may start in any order and after the loss of the server's disk.
"""

from collections.abc import Sequence
from dataclasses import replace

from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError, NotFoundError

from scoreline.runtime import logs
from scoreline.wire import names

log = logs.get(__name__)

DUPLICATE_WINDOW_S = 600.0
"""A provider that was cut off sends its window again within this time; the fold is idempotent beyond it."""

_THE_OPERATORS = ("num_replicas", "max_age", "max_bytes")


def configs(*, events_max_age_s: float = 30 * 86400.0, replicas: int = 1) -> list[StreamConfig]:
    """Return the configuration of all streams."""
    file, memory = StorageType.FILE, StorageType.MEMORY
    return [
        _stream(
            names.EVENTS_STREAM,
            names.EVENTS_SUBJECTS,
            file,
            replicas,
            max_age=events_max_age_s,
            duplicate_window=DUPLICATE_WINDOW_S,
        ),
        # Memory: a patch is needed for seconds, and Redis keeps the same ones.
        _stream(
            names.PATCHES_STREAM,
            names.PATCHES_SUBJECTS,
            memory,
            replicas,
            max_msgs_per_subject=names.PATCHES_KEPT,
            max_age=86400.0,
        ),
        _stream(
            names.DEAD_STREAM, names.DEAD_SUBJECTS, file, replicas, max_age=30 * 86400.0, max_bytes=1 << 30
        ),
        _stream(
            names.OPS_STREAM, names.OPS_SUBJECTS, file, replicas, max_age=30 * 86400.0, max_bytes=1 << 30
        ),
        _stream(names.CATALOG_STREAM, names.CATALOG_SUBJECTS, file, replicas, max_msgs_per_subject=1),
    ]


async def ensure_streams(js: JetStreamContext, wanted: Sequence[StreamConfig]) -> None:
    """Create the streams that are missing and bring those up to date that another release created.

    How long an existing stream keeps, and how often it is replicated, is its operator's: each service knows
    only its own settings, and the one that knows of one replica must not take two from the others.
    """
    for config in wanted:
        assert config.name is not None
        try:
            found = (await js.stream_info(config.name)).config
        except NotFoundError:
            if await _create(js, config):
                continue
            found = (await js.stream_info(config.name)).config
        if _differs(found, config):
            kept = {name: getattr(found, name) for name in ("storage", *_THE_OPERATORS)}
            await js.update_stream(replace(config, **kept))
            log.info("stream.updated", stream=config.name)


async def _create(js: JetStreamContext, config: StreamConfig) -> bool:
    try:
        await js.add_stream(config)
    except BadRequestError:
        return False  # another service created it, by its own settings, in the moment between
    log.info("stream.created", stream=config.name)
    return True


def _differs(found: StreamConfig, wanted: StreamConfig) -> bool:
    compared = ("subjects", "max_msgs_per_subject", "duplicate_window")
    return any(
        getattr(wanted, name) is not None and getattr(wanted, name) != getattr(found, name)
        for name in compared
    )


def _stream(
    name: str,
    subjects: str,
    storage: StorageType,
    replicas: int,
    duplicate_window: float = 120.0,
    **more: float,
) -> StreamConfig:
    # The window is always said: left out, the server fills in its own and the two would differ for ever.
    return StreamConfig(
        duplicate_window=duplicate_window,
        name=name,
        subjects=[subjects],
        storage=storage,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.OLD,
        num_replicas=replicas,
        allow_direct=True,
        **more,  # type: ignore[arg-type]  # numbers of the fields named by the callers above
    )
