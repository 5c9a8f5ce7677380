"""Which workers should run, start and stop: the rules of the supervisor, without processes or clocks.

Every slot has one worker that serves. To replace it, a successor is started beside it; only when that one is
ready does the old one leave, so that somebody always accepts on the slot's socket.
"""

from __future__ import annotations

from typing import NamedTuple

#: A worker that was ready for so long has not failed at the start, whatever ends it.
STEADY_S = 30.0
#: Pauses before a slot's worker is started again, by how often it failed in a row.
BACKOFF_S = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)


class Start(NamedTuple):
    """Start a worker on this slot, and call `started`."""

    slot: int


class Stop(NamedTuple):
    """Ask this worker to drain and end."""

    pid: int


class Kill(NamedTuple):
    """End this worker: it had its time."""

    pid: int


Order = Start | Stop | Kill


class Worker:
    """One process."""

    __slots__ = ("asked_at", "pid", "ready_at", "slot", "started_at")

    def __init__(self, pid: int, slot: int, now: float) -> None:
        self.pid = pid
        self.slot = slot
        self.started_at = now
        self.ready_at: float | None = None
        self.asked_at: float | None = None
        """When it was asked to stop."""


class Crew:
    """All workers of one supervisor."""

    def __init__(self, size: int, *, start_deadline_s: float, stop_deadline_s: float) -> None:
        self.size = size
        self.stopping = False
        self._start_deadline_s, self._stop_deadline_s = start_deadline_s, stop_deadline_s
        self._workers: dict[int, Worker] = {}
        self._starting: set[int] = set()
        self._not_before = dict.fromkeys(range(size), 0.0)
        self._failures = dict.fromkeys(range(size), 0)
        self._to_replace: list[int] = []

    @property
    def over(self) -> bool:
        """Whether everybody has gone who was asked to."""
        return self.stopping and not self._workers

    @property
    def ready(self) -> int:
        """How many slots have a worker that serves."""
        return len({worker.slot for worker in self._serving() if worker.ready_at is not None})

    @property
    def waiting(self) -> list[int]:
        """The workers that are not ready yet."""
        return [worker.pid for worker in self._serving() if worker.ready_at is None]

    def started(self, slot: int, pid: int, now: float) -> None:
        """Take note of a worker."""
        self._starting.discard(slot)
        self._workers[pid] = Worker(pid, slot, now)

    def became_ready(self, pid: int, now: float) -> None:
        """Take note that a worker serves."""
        self._workers[pid].ready_at = now

    def ended(self, pid: int, now: float) -> int:
        """Take note that a worker has gone; return how often its slot failed in a row.

        One that was asked to go has not failed.
        """
        worker = self._workers.pop(pid)
        slot = worker.slot
        if worker.asked_at is not None:
            return 0
        if worker.ready_at is not None and now - worker.ready_at >= STEADY_S:
            self._failures[slot] = 0
        self._not_before[slot] = now + BACKOFF_S[min(self._failures[slot], len(BACKOFF_S) - 1)]
        self._failures[slot] += 1
        return self._failures[slot]

    def replace_all(self) -> None:
        """Replace every worker that serves now, one at a time."""
        self._to_replace = [worker.pid for worker in self._serving()]

    def stop(self) -> None:
        """Let everybody drain and go."""
        self.stopping = True
        self._to_replace = []

    def orders(self, now: float) -> list[Order]:
        """Return what is to be done now; call it again and again."""
        orders: list[Order] = []
        for worker in self._workers.values():
            if worker.asked_at is not None:
                if now - worker.asked_at >= self._stop_deadline_s:
                    orders.append(Kill(worker.pid))
            elif self.stopping:
                worker.asked_at = now
                orders.append(Stop(worker.pid))
            elif worker.ready_at is None and now - worker.started_at >= self._start_deadline_s:
                orders.append(Kill(worker.pid))
        if not self.stopping:
            orders += self._replacements(now)
            orders += self._starts(now)
        return orders

    def _serving(self) -> list[Worker]:
        return [worker for worker in self._workers.values() if worker.asked_at is None]

    def _starts(self, now: float) -> list[Order]:
        manned = {worker.slot for worker in self._serving()} | self._starting
        return [
            self._start(slot) for slot, at in self._not_before.items() if slot not in manned and at <= now
        ]

    def _replacements(self, now: float) -> list[Order]:
        """Take the next step of replacing the first in line."""
        while self._to_replace and self._to_replace[0] not in self._workers:
            self._to_replace.pop(0)
        if not self._to_replace:
            return []
        old = self._workers[self._to_replace[0]]
        if old.asked_at is not None:
            return []  # it drains; the next one's turn comes when it has gone
        successors = [worker for worker in self._serving() if worker.slot == old.slot and worker is not old]
        if any(worker.ready_at is not None for worker in successors):
            old.asked_at = now
            return [Stop(old.pid)]
        if successors or old.slot in self._starting or self._not_before[old.slot] > now:
            return []
        return [self._start(old.slot)]

    def _start(self, slot: int) -> Start:
        self._starting.add(slot)
        return Start(slot)
