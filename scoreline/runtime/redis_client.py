"""A Redis client that fails soon and by name, and scripts that reload themselves."""

import asyncio
import hashlib
from importlib.resources import files
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError
from redis.exceptions import TimeoutError as RedisTimeoutError


def connect(url: str, *, timeout_s: float = 2.0, max_connections: int = 32) -> "Redis":
    """Return a client for `url`; nothing is opened before the first command, so Redis may be down."""
    # A pool that lends in turn: more questions at a time than connections are a queue, not an outage.
    pool = BlockingConnectionPool.from_url(
        url,
        timeout=timeout_s,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        socket_keepalive=True,
        health_check_interval=15,
        max_connections=max_connections,
        # Two quick attempts ride over a hiccup; longer waits belong to the caller, who knows what waits.
        retry=Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.2), retries=2),
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
    )
    return Redis.from_pool(pool)


async def check(client: "Redis") -> str | None:
    """Answer the readiness question."""
    try:
        await client.ping()
    except (RedisConnectionError, RedisTimeoutError, OSError) as error:
        return f"Redis does not answer: {error}"
    return None


class Script:
    """One Lua file, called by its hash and loaded where the server does not know it (yet, or any more)."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()

    @classmethod
    def from_package(cls, package: str, name: str) -> "Script":
        """Read `name` from the files of `package`, for instance ("stated.lua", "commit_patch.lua")."""
        return cls(files(package).joinpath(name).read_text())

    async def call(self, client: "Redis", keys: list[str], args: list[Any]) -> Any:
        """Run the script once."""
        try:
            return await client.evalsha(self.sha, len(keys), *keys, *args)
        except NoScriptError:
            return await client.eval(self.source, len(keys), *keys, *args)


class ScriptBatch:
    """Script calls that travel in one round trip; replies come back in the order of the calls."""

    def __init__(self, client: "Redis") -> None:
        self._client = client
        self._calls: list[tuple[Script, list[str], list[Any]]] = []

    def add(self, script: Script, keys: list[str], args: list[Any]) -> None:
        """Queue one call."""
        self._calls.append((script, keys, args))

    async def execute(self) -> list[Any]:
        """Send all calls; the reply of a call that failed is its exception.

        When the server forgot a script, the calls from the first unknown one on are sent again
        after loading: the calls of one batch depend on their order (one game's events), so
        none may overtake another one.
        """
        replies: list[Any] = []
        rest = self._calls
        for attempt in range(3):
            answered = await self._send(rest)
            missing = next((i for i, reply in enumerate(answered) if isinstance(reply, NoScriptError)), None)
            if missing is None or attempt == 2:
                replies += answered
                break
            # Known scripts behind the unknown one have run already; running them again is harmless,
            # because every script of ours is idempotent, and keeps the order.
            replies += answered[:missing]
            rest = rest[missing:]
            await self._load(rest)
        self._calls = []
        return replies

    async def _send(self, calls: list[tuple[Script, list[str], list[Any]]]) -> list[Any]:
        pipeline: Pipeline = self._client.pipeline(transaction=False)
        for script, keys, args in calls:
            pipeline.evalsha(script.sha, len(keys), *keys, *args)
        answers: list[Any] = await pipeline.execute(raise_on_error=False)
        return answers

    async def _load(self, calls: list[tuple[Script, list[str], list[Any]]]) -> None:
        sources = {script.sha: script.source for script, _keys, _args in calls}
        await asyncio.gather(*(self._client.script_load(source) for source in sources.values()))
