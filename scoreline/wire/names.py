"""Subjects, streams, durables, message ids and keys, spelled here and nowhere else.

Tokens hold letters, digits, `_` and `-` only (scoreline.domain.ids); who builds a name has checked its ids.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from zlib import crc32

from scoreline.v1.event_pb2 import GameEvent

EVENTS_STREAM = "EVENTS"
PATCHES_STREAM = "PATCHES"
DEAD_STREAM = "DEAD"
OPS_STREAM = "OPS"
CATALOG_STREAM = "CATALOG"

EVENTS_SUBJECTS = "scoreline.events.>"
PATCHES_SUBJECTS = "scoreline.patches.>"
DEAD_SUBJECTS = "scoreline.dead.>"
OPS_SUBJECTS = "scoreline.ops.>"
CATALOG_SUBJECTS = "scoreline.catalog.>"

#: How many partitions the event log has; a change of it moves games between consumers, never loses events.
PARTITIONS = 16
#: How many patches a topic keeps for those who come back.
PATCHES_KEPT = 256
#: How many events a game keeps in its hot state.
RECENT_EVENTS_KEPT = 50


class Header(StrEnum):
    """Headers of our messages in NATS."""

    MESSAGE_ID = "Nats-Msg-Id"
    TRACE_PARENT = "traceparent"
    PROVIDER = "Scoreline-Provider"
    EPOCH = "Scoreline-Epoch"
    VERSION = "Scoreline-Version"
    RECEIVED_US = "Scoreline-Received-Us"
    CRITICAL = "Scoreline-Critical"
    REASON = "Scoreline-Reason"
    FIELD = "Scoreline-Field"
    MESSAGE = "Scoreline-Message"
    FORMAT = "Scoreline-Format"
    EDGE = "Scoreline-Edge"
    PART = "Scoreline-Part"
    PARTS = "Scoreline-Parts"
    BYTES = "Scoreline-Bytes"


def partition_of(game_id: str, partitions: int = PARTITIONS) -> int:
    """Return the partition of a game, the same in every process and language (CRC-32 of the id)."""
    return crc32(game_id.encode()) % partitions


def event_subject(game_id: str, partitions: int = PARTITIONS) -> str:
    """Return the subject of a game's events."""
    return f"scoreline.events.{partition_of(game_id, partitions)}.{game_id}"


def partition_subjects(partition: int) -> str:
    """Return the subjects of all events of a partition."""
    return f"scoreline.events.{partition}.*"


def fold_durable(partition: int) -> str:
    """Return the durable consumer that folds a partition."""
    return f"stated-fold-{partition}"


ARCHIVE_DURABLE = "stated-archive"


def patch_subject(topic: str) -> str:
    """Return the subject of a topic's patches, such as `scoreline.patches.game.g123` for `game/g123`."""
    return "scoreline.patches." + topic.replace("/", ".")


def patch_message_id(topic: str, epoch: int, version: int) -> str:
    """Return the id by which JetStream drops a patch that was published before."""
    return f"{topic}:{epoch}:{version}"


def dead_subject(provider_id: str) -> str:
    """Return the subject of a provider's dead letters."""
    return f"scoreline.dead.{provider_id}"


def ops_subject(kind: str, game_id: str) -> str:
    """Return the subject of what operators should know of a game."""
    return f"scoreline.ops.{kind}.{game_id}"


def catalog_subject(game_id: str) -> str:
    """Return the subject that holds a game's catalog entry."""
    return f"scoreline.catalog.{game_id}"


def game_key(game_id: str, part: str) -> str:
    """Return the Redis key of a part of a game; the braces keep a game on one slot of a cluster."""
    return f"scoreline:{{{game_id}}}:{part}"


def event_identity(event: GameEvent) -> str:
    """Return what makes an event the same event when it is sent again.

    Provider, game, event id, action, and the revision, or a hash of the content where the feed counts none.
    The times that ingestd and the sender's clock add are not content: a second attempt has later ones.
    """
    if event.revision:
        content = f"r{event.revision}"
    else:
        stable = GameEvent()
        stable.CopyFrom(event)
        stable.ClearField("received_time")
        stable.ClearField("occurred_time")
        stable.ClearField("provider_id")
        # One runtime's deterministic order is enough: identities are only ever compared within our services.
        text = stable.SerializeToString(deterministic=True)
        content = "h" + hashlib.blake2b(text, digest_size=8).hexdigest()
    return f"{event.provider_id}:{event.game_id}:{event.event_id}:{event.action}:{content}"
