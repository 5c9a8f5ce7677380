"""Fold one partition of the event log: the order of effects lives here, in `_settle`.

Everything that this process knows of a game can be lost at any line. What is lost with it:

- before the commit: nothing happened; the events are unacked and come again.
- after the commit, before the publication: the events come again and are answered `duplicate`;
  loading the game publishes what the stream PATCHES lacks.
- after the publication, before the ack: the events come again, are duplicates, and are acked;
  a patch published twice is dropped by its message id.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from nats.aio.msg import Msg

from scoreline.runtime import logs
from scoreline.runtime.lifecycle import cancel_all
from scoreline.v1.game_pb2 import Game
from stated import metrics
from stated.core.log_clock import LogClock
from stated.core.steps import LoggedEvent, Step
from stated.effects import Effects, LiveGame, effects_of, notes_of
from stated.errands import Errands
from stated.event_log import EventLog, NotAnEvent, logged_event
from stated.journal import tell
from stated.live_games import LiveGames
from stated.loader import GameLoader, GameSource, Rebuilt
from stated.open_events import OpenEvents, give_back
from stated.persistence import Persistence, backoff_s
from stated.ports import Committed, PatchStore
from stated.publisher import Publisher

log = logs.get(__name__)


class Deliveries(Protocol):
    """Where messages come from: each stays ours until it is acked, or comes again."""

    def batches(self) -> AsyncIterator[list[Msg]]:
        """Yield what has arrived, in the log's order, redeliveries included."""


@dataclass(frozen=True, slots=True)
class FoldLimits:
    """What one partition may cost and how long it is patient."""

    games_cached: int = 2000
    attempts: int = 5
    """Deliveries of an event at which the engine raises, before it is given up."""
    hot_after_end_s: int = 86_400


class _EngineFailed(Exception):
    """The engine raised at an event: our bug."""

    def __init__(self, logged: LoggedEvent, error: Exception) -> None:
        super().__init__(logged, error)
        self.logged, self.error = logged, error


class PartitionConsumer:
    """The only writer, in this process, of the games of one partition."""

    def __init__(
        self,
        partition: int,
        deliveries: Deliveries,
        store: PatchStore,
        publisher: Publisher,
        loader: GameLoader,
        games: GameSource,
        event_log: EventLog,
        *,
        now_us: Callable[[], int],
        limits: FoldLimits,
    ) -> None:
        self.partition = partition
        self._persistence = Persistence(partition)
        self._deliveries, self._store, self._publisher = deliveries, store, publisher
        self._loader, self._now_us, self._limits = loader, now_us, limits
        self._open = OpenEvents(publisher, limits.attempts)
        self._live = LiveGames(games, loader, self._persistence, self._open)
        self._deadlines: dict[str, int] = {}
        self._log_clock = LogClock()
        self._errands = Errands()
        self._event_log = event_log

    @property
    def stalled(self) -> str | None:
        """Why nothing advances, for readiness."""
        return self._persistence.stalled

    async def run(self) -> None:
        """Fold until cancelled."""
        try:
            await self._inherit()
            await self._take_turns()
        except asyncio.CancelledError:
            # A stop is no death: another replica gets at once what is not acked, not after its ack wait.
            await self._open.give_back()
            raise

    async def _inherit(self) -> None:
        """Fold what a process that died had in hand, before anything newer.

        Those messages come again only after the ack wait: meanwhile their gap would be given up, and viewers
        would see a state without a goal that was acked to its provider. When they come, they are duplicates.
        """
        inherited = await self._persistence.until_done(
            "inherit", lambda: self._event_log.in_hand(self.partition)
        )
        if not inherited:
            return
        log.info("events.inherited", partition=self.partition, events=len(inherited))
        arrived: dict[str, list[LoggedEvent]] = {}
        for logged in inherited:
            self._log_clock.read(logged.received_us, more_pending=True, now_us=self._now_us())
            arrived.setdefault(logged.event.game_id, []).append(logged)
        await self._fold_all(arrived)

    async def _take_turns(self) -> None:
        batches = self._deliveries.batches()
        arriving: asyncio.Future[list[Msg]] = asyncio.ensure_future(anext(batches))
        asked: asyncio.Future[Any] = asyncio.ensure_future(self._errands.wake.wait())
        try:
            while True:
                waited: set[asyncio.Future[Any]] = {arriving, asked}
                await asyncio.wait(waited, timeout=self._patience_s(), return_when=asyncio.FIRST_COMPLETED)
                messages: list[Msg] = []
                if arriving.done():
                    messages = arriving.result()
                    arriving = asyncio.ensure_future(anext(batches))
                if asked.done():
                    self._errands.wake.clear()
                    asked = asyncio.ensure_future(self._errands.wake.wait())
                await self.turn(messages)
                # One at a time: live events don't wait for a long list of rebuilds.
                await self._errands.run_one()
        finally:
            await cancel_all([asked, arriving])
            await batches.aclose()  # type: ignore[attr-defined]  # an async generator in all twins
            if not arriving.cancelled() and arriving.exception() is None:
                await give_back(arriving.result())

    async def rebuild(self, game: Game) -> Rebuilt:
        """Fold a game again from the log, in this partition's turn."""
        return await self._errands.ask(lambda: self._rebuild(game))

    async def restore(self, game: Game) -> None:
        """Bring a game's state back from the log if the store has none, or an older one than it had."""
        await self._errands.ask(lambda: self._restore(game))

    def register(self, game: Game) -> None:
        """Take note of a catalog entry that changed."""
        if self._live.has_entry_of(game.game_id):

            async def register() -> None:
                live = self._live.get(game.game_id)
                if live is not None and live.game != game:
                    live.game = game
                    live.fold.register(game)

            # Between turns: a fold must not change between an offer and its commit.
            self._errands.leave(register)

    async def turn(self, messages: Iterable[Msg]) -> None:
        """Fold what has arrived and what has waited long enough, and make it last."""
        arrived: dict[str, list[LoggedEvent]] = {}
        for message in messages:
            logged = await self._read(message)
            if logged is None:
                continue
            if not self._open.add(logged, message):
                continue
            arrived.setdefault(logged.event.game_id, []).append(logged)
        await self._fold_all(arrived)

    async def _fold_all(self, arrived: dict[str, list[LoggedEvent]]) -> None:
        now_us = self._log_time_us()
        overdue = [game_id for game_id, deadline_us in self._deadlines.items() if deadline_us <= now_us]
        await self._live.ensure([*arrived, *overdue])
        steps: dict[str, list[Step]] = {}
        for game_id in dict.fromkeys([*overdue, *arrived]):
            steps[game_id] = await self._fold(game_id, arrived.get(game_id, []), now_us)
        await self._settle(steps)
        self._trim()

    def _patience_s(self) -> float | None:
        if self._errands:
            return 0.0
        if not self._deadlines:
            return None
        return max(0.0, (min(self._deadlines.values()) - self._log_time_us()) / 1e6)

    def _log_time_us(self) -> int:
        return self._log_clock.time_us(self._now_us())

    async def _read(self, message: Msg) -> LoggedEvent | None:
        sequence = message.metadata.sequence.stream
        try:
            logged = logged_event(sequence, message.subject, message.data)
        except NotAnEvent as error:
            # ingestd stores only what it has read itself; whatever this is, trying again does not help.
            log.error("event.unreadable", log_sequence=sequence, subject=message.subject, reason=str(error))
            await message.term()
            return None
        self._log_clock.read(logged.received_us, bool(message.metadata.num_pending), self._now_us())
        return logged

    async def _fold(self, game_id: str, arrived: list[LoggedEvent], now_us: int) -> list[Step]:
        """Return all steps that the game's fold makes of its events, without those that make it raise."""
        while (live := self._live.get(game_id)) is not None:
            try:
                steps = self._offer(live, arrived, now_us)
            except _EngineFailed as failure:
                await self._reject(failure)
                arrived = await self._start_over(game_id)
                continue
            deadline_us = live.fold.deadline_us
            if deadline_us is None:
                self._deadlines.pop(game_id, None)
            else:
                self._deadlines[game_id] = deadline_us
            return steps
        return []

    def _offer(self, live: LiveGame, arrived: list[LoggedEvent], now_us: int) -> list[Step]:
        steps: list[Step] = []
        # The oldest unacked event is the one to blame when a release raises: it must not block the rest.
        logged = suspect = next(iter(self._open.of(live.game.game_id)), None)
        try:
            for logged in arrived:
                # Patience counts from receipt: how busy we are says nothing about the feed.
                steps += live.fold.offer(logged, logged.received_us)
            # Only now: what has just arrived may be what the others wait for.
            if live.fold.deadline_us is not None and live.fold.deadline_us <= now_us:
                logged = suspect
                steps += live.fold.release(now_us)
        except Exception as error:
            if logged is None:
                raise
            raise _EngineFailed(logged, error) from error
        return steps

    async def _start_over(self, game_id: str) -> list[LoggedEvent]:
        """Load a game anew and return all its unacked events, in log order, to be offered again."""
        self._forget(game_id)
        await self._live.ensure([game_id])
        return self._open.of(game_id)

    async def _settle(self, steps: dict[str, list[Step]]) -> None:
        """Make steps last: commit, publish, ack, in this order."""
        attempt = 0
        while steps:
            effects = {game_id: self._effects(game_id, made) for game_id, made in steps.items() if made}
            # 1. Commit, all games in one round trip. If we die before it, the events come again.
            refused = await self._commit(effects)
            done = {game_id: made for game_id, made in effects.items() if game_id not in refused}
            # 2. Publish what was committed. If we die between 1 and 2, the events come again, the store
            #    knows them, and the loader publishes what the stream lacks (loader.missing_patches).
            await self._publisher.publish([it for made in done.values() for it in made.publications])
            # 3. Ack. If we die between 2 and 3, the events come again and are duplicates. The reverse
            #    order would lose a goal: an acked event never comes again.
            for game_id in done:
                await self._ack(game_id, steps[game_id])
                for step in steps[game_id]:
                    tell(step)
            steps = {}
            for game_id in refused:
                steps[game_id] = await self._fold(
                    game_id, await self._start_over(game_id), self._log_time_us()
                )
            if refused:
                await asyncio.sleep(backoff_s(attempt) if attempt else 0)
                attempt += 1

    def _effects(self, game_id: str, steps: list[Step]) -> Effects:
        headers_of = self._open.headers_of(game_id)
        return effects_of(self._live[game_id], steps, headers_of, self._limits.hot_after_end_s)

    async def _commit(self, effects: Mapping[str, Effects]) -> set[str]:
        """Commit and return the games whose commit was refused."""
        commits = [made.commit for made in effects.values() if made.commit is not None]
        if not commits:
            return set()
        with metrics.commit_s.time():
            outcomes = await self._persistence.until_done("commit", lambda: self._store.commit_batch(commits))
        refused = set()
        for commit, outcome in zip(commits, outcomes, strict=True):
            if isinstance(outcome, Committed):
                live = self._live[commit.game_id]
                live.version, live.created = commit.version, True
                live.seen += len(commit.digests)
                for patch in commit.patches:
                    metrics.patch_bytes.observe(len(patch.frame))
                metrics.patches_published.inc(len(commit.patches))
                log.debug(
                    "events.committed",
                    game_id=commit.game_id,
                    epoch=commit.epoch,
                    version=commit.version,
                    events=len(commit.events),
                    log_sequence=commit.log_sequence,
                )
            else:
                # Also `AlreadySeen`: an attempt whose answer was lost got through. What the store
                # holds now is the truth, and loading it publishes what is missing.
                refused.add(commit.game_id)
                kind = type(outcome).__name__
                metrics.commit_conflicts.labels(kind).inc()
                log.warning("commit.refused", game_id=commit.game_id, outcome=kind, stands_at=outcome[-1])
        return refused

    async def _ack(self, game_id: str, steps: list[Step]) -> None:
        await self._open.ack(game_id, steps)
        now_us = self._now_us()
        kinds = Counter(type(step).__name__.lower() for step in steps)
        for kind, count in kinds.items():
            metrics.events_folded.labels(kind).inc(count)
        for step in steps:
            for note in notes_of(step):
                metrics.notes_recorded.labels(note.reason.value).inc()
            metrics.ingest_to_commit_s.observe(max(0, now_us - step.logged.received_us) / 1e6)

    async def _reject(self, failure: _EngineFailed) -> None:
        logged = failure.logged
        metrics.engine_failures.inc()
        log.error(
            "event.failed",
            game_id=logged.event.game_id,
            event_id=logged.event.event_id,
            log_sequence=logged.log_sequence,
            exc_info=failure.error,
        )
        await self._open.put_off(logged, f"the engine raised {failure.error!r}", give_up=True)

    async def _rebuild(self, game: Game) -> Rebuilt:
        rebuilt = await self._persistence.until_done("rebuild", lambda: self._loader.rebuild(game, "asked"))
        self._forget(game.game_id)
        if rebuilt.live.created:
            self._live.put(rebuilt.live)
        await self._offer_open(game.game_id)
        return rebuilt

    async def _restore(self, game: Game) -> None:
        game_id = game.game_id
        states = await self._persistence.until_done("restore", lambda: self._store.states([game_id]))
        stored, live = states.get(game_id), self._live.get(game_id)
        if stored and live and (stored.epoch, stored.version) == (live.epoch, live.version):
            return
        self._forget(game_id)
        await self._live.ensure([game_id])
        await self._offer_open(game_id)

    async def _offer_open(self, game_id: str) -> None:
        """Offer what was held back to a fold that has just been loaded."""
        if game_id in self._open:
            await self._live.ensure([game_id])
            events = self._open.of(game_id)
            await self._settle({game_id: await self._fold(game_id, events, self._log_time_us())})

    def _forget(self, game_id: str) -> None:
        self._live.forget(game_id)
        self._deadlines.pop(game_id, None)

    def _trim(self) -> None:
        """Keep memory bounded."""
        for game_id in self._live.trim(self._limits.games_cached):
            self._deadlines.pop(game_id, None)
        metrics.games_cached.labels(self.partition).set(len(self._live))
        metrics.events_held.labels(self.partition).set(len(self._open))
