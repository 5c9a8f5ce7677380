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
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from nats.aio.msg import Msg

from scoreline.runtime import logs
from scoreline.runtime.lifecycle import cancel_all
from scoreline.v1.game_pb2 import Game
from stated import metrics
from stated.core.log_clock import LogClock
from stated.core.steps import LoggedEvent, Step
from stated.effects import Effects, LiveGame, effects_of, notes_of
from stated.errands import Errands
from stated.event_log import NotAnEvent, logged_event
from stated.loader import GameLoader, GameSource, Rebuilt, SourceUnavailable
from stated.open_events import OpenEvents
from stated.persistence import Persistence, backoff_s
from stated.ports import Committed, PatchStore
from stated.publisher import Publisher

log = logs.get(__name__)


T = TypeVar("T")


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
        *,
        now_us: Callable[[], int],
        limits: FoldLimits,
    ) -> None:
        self.partition = partition
        self._persistence = Persistence(partition)
        self._deliveries, self._store, self._publisher = deliveries, store, publisher
        self._loader, self._games, self._now_us, self._limits = loader, games, now_us, limits
        self._live: OrderedDict[str, LiveGame] = OrderedDict()
        self._open = OpenEvents(publisher, limits.attempts)
        self._deadlines: dict[str, int] = {}
        self._log_clock = LogClock()
        self._errands = Errands()

    @property
    def stalled(self) -> str | None:
        """Why nothing advances, for readiness."""
        return self._persistence.stalled

    async def run(self) -> None:
        """Fold until cancelled."""
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

    async def rebuild(self, game: Game) -> Rebuilt:
        """Fold a game again from the log, in this partition's turn."""
        return await self._errands.ask(lambda: self._rebuild(game))

    async def restore(self, game: Game) -> None:
        """Bring a game's state back from the log if the store has none."""
        await self._errands.ask(lambda: self._restore(game))

    def register(self, game: Game) -> None:
        """Take note of a catalog entry that changed."""
        if game.game_id in self._live:

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
        now_us = self._log_time_us()
        overdue = [game_id for game_id, deadline_us in self._deadlines.items() if deadline_us <= now_us]
        await self._ensure_live([*arrived, *overdue])
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

    async def _ensure_live(self, game_ids: Iterable[str]) -> None:
        """Load the games that are not in memory; the events of those that can't be are put off."""
        wanted: list[Game] = []
        for game_id in dict.fromkeys(game_ids):
            if game_id in self._live:
                self._live.move_to_end(game_id)
                continue
            try:
                game = await self._games.game(game_id)
            except SourceUnavailable as error:
                await self._open.put_off_all(game_id, f"catalog unavailable: {error}", give_up=False)
                continue
            if game is None:
                await self._open.put_off_all(game_id, "no such game is registered", give_up=True)
            else:
                wanted.append(game)
        if wanted:
            oldest = self._open.oldest()
            try:
                self._live.update(
                    await self._persistence.until_done("load", lambda: self._loader.load(wanted, oldest))
                )
            except Exception:
                await self._load_singly(wanted, oldest)

    async def _load_singly(self, games: list[Game], oldest: dict[str, int]) -> None:
        """Find out which game can't be loaded, so that the others go on."""
        for game in games:
            try:
                load = partial(self._loader.load, [game], oldest)
                self._live.update(await self._persistence.until_done("load", load))
            except Exception as error:
                metrics.engine_failures.inc()
                log.error("game.load_failed", game_id=game.game_id, exc_info=error)
                await self._open.put_off_all(game.game_id, f"can't be loaded: {error!r}", give_up=True)

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
        await self._ensure_live([game_id])
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
        for step in steps:
            metrics.events_folded.labels(type(step).__name__.lower()).inc()
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
            self._live[game.game_id] = rebuilt.live
        await self._offer_open(game.game_id)
        return rebuilt

    async def _restore(self, game: Game) -> None:
        game_id = game.game_id
        if await self._persistence.until_done("restore", lambda: self._store.states([game_id])):
            return
        self._forget(game_id)
        await self._ensure_live([game_id])
        await self._offer_open(game_id)

    async def _offer_open(self, game_id: str) -> None:
        """Offer what was held back to a fold that has just been loaded."""
        if game_id in self._open:
            await self._ensure_live([game_id])
            events = self._open.of(game_id)
            await self._settle({game_id: await self._fold(game_id, events, self._log_time_us())})

    def _forget(self, game_id: str) -> None:
        self._live.pop(game_id, None)
        self._deadlines.pop(game_id, None)

    def _trim(self) -> None:
        """Keep memory bounded: the games that were quiet longest go first, those that hold events stay."""
        surplus = len(self._live) - self._limits.games_cached
        if surplus > 0:
            quiet = [game_id for game_id in self._live if game_id not in self._open]
            for game_id in quiet[:surplus]:
                self._forget(game_id)
        metrics.games_cached.labels(self.partition).set(len(self._live))
        metrics.events_held.labels(self.partition).set(len(self._open))
