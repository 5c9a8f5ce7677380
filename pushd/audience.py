"""All connections of this process, for what concerns every one of them."""

from __future__ import annotations

import asyncio

from pushd import metrics
from pushd.core.outgoing import Outgoing
from pushd.core.session import DEGRADED, RESTORED, Session

#: Connections told before the loop may do something else.
_SLICE = 500


class Audience:
    """The sessions that are open, whatever carries them."""

    def __init__(self) -> None:
        self._sessions: dict[Session, str] = {}
        self.degraded = False

    def __len__(self) -> int:
        return len(self._sessions)

    def __contains__(self, session: Session) -> bool:
        return session in self._sessions

    def join(self, session: Session, transport: str) -> None:
        """Count a session in and tell it what the others were told."""
        self._sessions[session] = transport
        metrics.open_connections(transport).inc()
        if self.degraded:
            session.tell(DEGRADED)

    def leave(self, session: Session) -> None:
        """Count a session out; it need not be in."""
        transport = self._sessions.pop(session, None)
        if transport is not None:
            metrics.open_connections(transport).dec()

    async def degrade(self) -> None:
        """Tell everybody that the state may be old."""
        self.degraded = True
        await self._tell(DEGRADED)

    async def restore(self) -> None:
        """Tell everybody that the source is back."""
        self.degraded = False
        await self._tell(RESTORED)

    async def _tell(self, notice: Outgoing) -> None:
        for count, session in enumerate(list(self._sessions)):
            if session in self._sessions:
                session.tell(notice)
            if count % _SLICE == _SLICE - 1:
                await asyncio.sleep(0)
