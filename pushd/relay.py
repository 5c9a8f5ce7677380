"""Watches the sources of the rooms: tells clients when they are lost, repairs the rooms afterwards [E4].

Core NATS promises no delivery. What it loses is seen at the next patch, which proves the gap; a lost last
patch is seen here, by comparing rooms with what is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from pushd.audience import Audience
from pushd.ports import SourceUnavailable
from pushd.rooms import Rooms
from scoreline.runtime import logs

log = logs.get(__name__)

Check = Callable[[], Awaitable[str | None]]

_LOOK_EVERY_S = 0.5
_CONFIRM_S = 0.25
"""A patch that takes longer from the commit to the gateway is late enough to be fetched."""


class Relay:
    """The watch over NATS and Redis."""

    def __init__(self, rooms: Rooms, audience: Audience, checks: dict[str, Check], *, audit_s: float) -> None:
        self._rooms, self._audience, self._checks, self._audit_s = rooms, audience, checks, audit_s
        self._audit_at = 0.0

    async def watch(self) -> None:
        """Look after the sources until cancelled."""
        loop = asyncio.get_running_loop()
        self._audit_at = loop.time() + self._audit_s
        while True:
            lost = await self._lost()
            if lost and not self._audience.degraded:
                log.warning("source.lost", sources=lost)
                await self._audience.degrade()
            elif not lost and (self._audience.degraded or loop.time() >= self._audit_at):
                await self._repair()
                self._audit_at = loop.time() + self._audit_s
            self._rooms.sweep()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def reconnected(self) -> None:
        """Repair what was missed between two looks of `watch`."""
        await self._repair()

    async def _repair(self) -> None:
        try:
            repaired = await self._rooms.audit(_CONFIRM_S)
        except SourceUnavailable as error:
            log.warning("source.lost", reason=str(error))
            return
        except Exception as error:
            # Something unreadable is stored; the other rooms go on, and the next audit tries again.
            log.error("audit.failed", exc_info=error)
            return
        if repaired:
            log.info("rooms.repaired", count=repaired)
        if self._audience.degraded and not await self._lost():
            log.info("source.restored")
            await self._audience.restore()

    async def _lost(self) -> dict[str, str]:
        reasons = await asyncio.gather(*(_ask(check) for check in self._checks.values()))
        return {name: reason for name, reason in zip(self._checks, reasons, strict=True) if reason}


async def _ask(check: Check) -> str | None:
    try:
        async with asyncio.timeout(2):
            return await check()
    except TimeoutError:
        return "no answer"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
