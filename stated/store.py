"""The hot state of games in Redis: one script call a commit, one round trip a batch."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import (
    ClusterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from scoreline.runtime import redis_client
from scoreline.runtime.redis_client import Script, ScriptBatch
from scoreline.v1.state_pb2 import ScoreState
from scoreline.wire.names import PATCHES_KEPT, RECENT_EVENTS_KEPT, game_key
from stated.core.steps import GameRecord
from stated.ports import (
    AlreadySeen,
    Built,
    Commit,
    Committed,
    Conflict,
    KeptPatch,
    Outcome,
    Standing,
    StoredState,
    StoreUnavailable,
)

_PARTS = ("state", "ledger", "seen", "recent", "patches")
_READ = ("epoch", "version", "topic", "body", "as_of_us", "log_sequence", "lag_ms")
# A server that starts, is full, or was demoted answers, but not with what was asked for: that passes.
_PASSING = (
    RedisConnectionError,
    RedisTimeoutError,
    OutOfMemoryError,
    ReadOnlyError,
    ClusterDownError,
    TryAgainError,
)
# Inside a script these arrive as text. A script is refused before its first write or not at all.
_PASSING_WORDS = ("MISCONF ", "BUSY ", "OOM command", "READONLY ")

T = TypeVar("T")


class RedisPatchStore:
    """See `PatchStore`; keys as in scoreline.wire.names, on one slot per game."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._commit = Script.from_package("stated.lua", "commit_patch.lua")
        self._replace = Script.from_package("stated.lua", "replace_state.lua")

    async def load(self, game_ids: Sequence[str]) -> dict[str, GameRecord]:
        """Return what a fold continues from."""
        # Not a transaction: who writes between the reads applies more events than we have seen, which makes
        # our next commit a conflict. So what was seen is read first.
        pipeline = self._client.pipeline(transaction=False)
        for game_id in game_ids:
            pipeline.smembers(game_key(game_id, "seen"))
            pipeline.hgetall(game_key(game_id, "state"))
            pipeline.hgetall(game_key(game_id, "ledger"))
        answers = await _reach(pipeline.execute())
        found = {}
        for i, game_id in enumerate(game_ids):
            seen, state, ledger = answers[3 * i : 3 * i + 3]
            if state:
                found[game_id] = _record(state, ledger, seen)
        return found

    async def commit_batch(self, commits: Sequence[Commit]) -> list[Outcome]:
        """Apply commits in one round trip."""
        batch = ScriptBatch(self._client)
        for commit in commits:
            head = [
                *(commit.epoch, commit.base, commit.version, int(commit.creates), commit.expire_s),
                *(RECENT_EVENTS_KEPT, PATCHES_KEPT, commit.base_seen),
            ]
            batch.add(self._commit, _keys(commit.game_id), head + _what(commit))
        return [_outcome(reply) for reply in await _reach(batch.execute())]

    async def replace(self, commit: Commit, found: Standing) -> Outcome:
        """Put a rebuilt state in place of the one at `found`."""
        kept = commit._replace(
            events=commit.events[-RECENT_EVENTS_KEPT:], patches=commit.patches[-PATCHES_KEPT:]
        )
        args = [commit.epoch, commit.version, *found, commit.expire_s, *_what(kept)]
        return _outcome(await _reach(self._replace.call(self._client, _keys(commit.game_id), args)))

    async def states(self, game_ids: Sequence[str]) -> dict[str, StoredState]:
        """Return what readers see."""
        pipeline = self._client.pipeline(transaction=False)
        for game_id in game_ids:
            pipeline.hmget(game_key(game_id, "state"), _READ)
        answers = await _reach(pipeline.execute())
        return {
            game_id: _stored(values)
            for game_id, values in zip(game_ids, answers, strict=True)
            if values[0] is not None
        }

    async def patches(self, game_id: str) -> tuple[StoredState, list[KeptPatch]] | None:
        """Return the state and the patches that lead to it."""
        pipeline = self._client.pipeline(transaction=True)
        pipeline.hmget(game_key(game_id, "state"), _READ)
        pipeline.lrange(game_key(game_id, "patches"), 0, -1)
        values, entries = await _reach(pipeline.execute())
        if values[0] is None:
            return None
        kept = [KeptPatch(int.from_bytes(entry[:8]), entry[8:]) for entry in reversed(entries)]
        return _stored(values), kept

    async def built(self, partitions: Sequence[int]) -> Built:
        """Return the partitions whose games are here."""
        pipeline = self._client.pipeline(transaction=False)
        pipeline.info("server")
        for partition in partitions:
            pipeline.get(_mark(partition))
        server, *marks = await _reach(pipeline.execute())
        life = str(server["run_id"])
        whole = {number for number, mark in zip(partitions, marks, strict=True) if mark == life.encode()}
        return Built(life, whole)

    async def mark_built(self, partition: int, life: str) -> None:
        """Remember that the games of a partition are here."""
        await _reach(self._client.set(_mark(partition), life))

    async def check(self) -> str | None:
        """Answer the readiness question."""
        return await redis_client.check(self._client)


def _mark(partition: int) -> str:
    # A space can't stand in a game's id, so this is nobody's key.
    return game_key(f"partition {partition}", "built")


def _keys(game_id: str) -> list[str]:
    return [game_key(game_id, part) for part in _PARTS]


def _what(commit: Commit) -> list[Any]:
    """Return the arguments that both scripts share, in their order."""
    args: list[Any] = [
        *(commit.topic, commit.body, commit.as_of_us, commit.log_sequence, commit.lag_ms, commit.cursors),
        *(len(commit.digests), len(commit.ledger), len(commit.events), len(commit.patches)),
        *commit.digests,
    ]
    for key, value in commit.ledger.items():
        args += (key, value)
    args += commit.events
    args += [patch.version.to_bytes(8) + patch.frame for patch in commit.patches]
    return args


def _outcome(reply: Any) -> Outcome:
    if isinstance(reply, Exception):
        if _passes(reply):
            raise StoreUnavailable(_reason(reply)) from reply
        raise reply
    match reply:
        case [b"applied", version]:
            return Committed(version)
        case [b"duplicate", version]:
            return AlreadySeen(version)
        case [b"conflict", epoch, version]:
            return Conflict(epoch, version)
    raise AssertionError(f"a reply that the scripts do not give: {reply!r}")


def _record(state: dict[bytes, bytes], ledger: dict[bytes, bytes], seen: set[bytes]) -> GameRecord:
    return GameRecord(
        epoch=int(state[b"epoch"]),
        version=int(state[b"version"]),
        state=ScoreState.FromString(state[b"body"]),
        as_of_us=int(state[b"as_of_us"]),
        last_log_sequence=int(state[b"log_sequence"]),
        ledger={key.decode(): value for key, value in ledger.items()},
        seen={digest.decode() for digest in seen},
        cursors=state[b"cursors"],
    )


def _stored(values: list[bytes]) -> StoredState:
    epoch, version, topic, body, as_of_us, log_sequence, lag_ms = values
    return StoredState(
        int(epoch), int(version), int(topic), body, int(as_of_us), int(log_sequence), int(lag_ms)
    )


async def _reach(work: Awaitable[T]) -> T:
    try:
        return await work
    except (RedisError, OSError) as error:
        if _passes(error):
            raise StoreUnavailable(_reason(error)) from error
        raise


def _passes(error: Exception) -> bool:
    return isinstance(error, (OSError, *_PASSING)) or any(word in str(error) for word in _PASSING_WORDS)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
