"""Answers that are good for a moment: made once for all who ask at the same time, then kept briefly."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class ShortMemory(Generic[K, V]):
    """A small cache with a single flight per key."""

    def __init__(self, fresh_s: float, kept: int) -> None:
        self._fresh_s, self._kept = fresh_s, kept
        self._known: dict[K, tuple[float, V]] = {}
        self._making: dict[K, asyncio.Future[V]] = {}

    async def get(self, key: K, make: Callable[[], Awaitable[V]]) -> V:
        """Return the kept answer or make it; what `make` raises reaches everybody who waits."""
        known = self._known.get(key)
        if known is not None and known[0] > asyncio.get_running_loop().time():
            return known[1]
        making = self._making.get(key)
        if making is None:
            making = self._making[key] = asyncio.ensure_future(self._make(key, make))
            making.add_done_callback(lambda _: self._making.pop(key, None))
        # One asker that hangs up must not take the answer away from the others.
        return await asyncio.shield(making)

    def put(self, key: K, value: V) -> None:
        """Keep an answer that was made elsewhere."""
        self._known.pop(key, None)
        self._known[key] = (asyncio.get_running_loop().time() + self._fresh_s, value)
        while len(self._known) > self._kept:
            del self._known[next(iter(self._known))]

    def peek(self, key: K) -> tuple[bool, V | None]:
        """Return whether an answer is kept that is still good, and the last one, good or not."""
        known = self._known.get(key)
        if known is None:
            return False, None
        return known[0] > asyncio.get_running_loop().time(), known[1]

    async def _make(self, key: K, make: Callable[[], Awaitable[V]]) -> V:
        value = await make()
        self.put(key, value)
        return value
