"""What others ask of a task that alone may touch something: done in its turn, one at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class Errands:
    """A queue of work for one task."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], Awaitable[None]]] = deque()
        self.wake = asyncio.Event()
        """Set when there is something to do."""

    def __len__(self) -> int:
        return len(self._waiting)

    def leave(self, work: Callable[[], Awaitable[None]]) -> None:
        """Have something done; nobody waits for it."""
        self._waiting.append(work)
        self.wake.set()

    async def ask(self, work: Callable[[], Awaitable[T]]) -> T:
        """Have something done and return its result, or raise its error."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def run() -> None:
            if done.done():
                return  # whoever asked has gone
            try:
                result = await work()
            except Exception as error:
                if not done.done():
                    done.set_exception(error)
            else:
                if not done.done():
                    done.set_result(result)

        self.leave(run)
        return await done

    async def run_one(self) -> None:
        """Do what was asked first, if anything was."""
        if self._waiting:
            await self._waiting.popleft()()
