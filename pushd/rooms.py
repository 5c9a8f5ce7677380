"""The rooms of this gateway: opened by the first follower, loaded once for all who wait [C6].

Order matters: subscribe to what is live, then read the state, then drop what is not newer. So nothing falls
between the two, however quick the game is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from opentelemetry.trace import SpanKind

from pushd import metrics
from pushd.core.room import Room
from pushd.core.session import Answer, Session, refusal, unknown_topic
from pushd.doorway import Doorway
from pushd.fanout import FanOut
from pushd.ports import Directory, PatchFeed, Published, StateReader, StoredTopic
from pushd.sources import Sources, retry_s
from scoreline.domain.ids import game_of_topic
from scoreline.domain.position import Position
from scoreline.domain.topic_log import Appended, Gap, OtherEpoch, Stale, Unreadable
from scoreline.runtime import logs, telemetry
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.wire.reasons import reason_name

log = logs.get(__name__)


class Rooms:
    """All open rooms by topic name."""

    def __init__(
        self, directory: Directory, reader: StateReader, feed: PatchFeed, fanout: FanOut, *, linger_s: float
    ) -> None:
        self._sources = Sources(directory, reader, feed)
        self._fanout = fanout
        self._linger_s = linger_s
        self._open: dict[str, Doorway] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._open)

    def room(self, topic: str) -> Room | None:
        """Return a room that is open and has a state."""
        doorway = self._open.get(topic)
        room = doorway.room if doorway is not None else None
        return room if room is not None and room.has_state else None

    def follow(self, session: Session, topic: str, position: Position | None) -> None:
        """Admit a session, now or as soon as the room is open."""
        doorway = self._open.get(topic)
        if doorway is None:
            doorway = self._open[topic] = Doorway(topic)
            doorway.task = asyncio.create_task(self._open_up(doorway), name=f"open {topic}")
        doorway.empty_since = None
        if doorway.room is not None:
            self._admit(doorway.room, session, position)
        else:
            doorway.waiting[session] = position
            session.wait_for(topic)

    def unfollow(self, session: Session, topic: str) -> None:
        """Take a session out of a room; it need not be in it."""
        doorway = self._open.get(topic)
        if doorway is None:
            return
        doorway.waiting.pop(session, None)
        session.wait_no_more(topic)
        room = doorway.room
        if room is not None:
            if topic in session.members:
                metrics.subscriptions.dec()
            room.leave(session)
        if not doorway.waiting and (room is None or not room.size):
            doorway.empty_since = asyncio.get_running_loop().time()

    def drop(self, session: Session) -> None:
        """Take a session out of all rooms: its connection is gone."""
        for topic in [*session.members, *session.waiting]:
            self.unfollow(session, topic)

    def sweep(self) -> None:
        """Close the rooms that were empty for a while; somebody calls it every second or so."""
        now = asyncio.get_running_loop().time()
        for doorway in list(self._open.values()):
            if doorway.empty_since is not None and now - doorway.empty_since >= self._linger_s:
                self._close(doorway)
        metrics.rooms.set(len(self._open))

    async def close(self) -> None:
        """Close all rooms."""
        for doorway in list(self._open.values()):
            self._close(doorway)
        await asyncio.gather(*self._leaving, return_exceptions=True)

    async def audit(self, confirm_s: float) -> int:
        """Compare all rooms with what is stored and reload those that missed something; return how many.

        A patch on its way is no miss: a difference must outlive `confirm_s`.
        """
        standing = {
            topic: doorway.room.position
            for topic, doorway in self._open.items()
            if doorway.room is not None and not doorway.loading
        }
        suspects: list[tuple[Doorway, Position]] = []
        for topics in _chunks(list(standing), 500):
            stored = await self._sources.positions([_game(topic) for topic in topics])
            for topic in topics:
                found = stored.get(_game(topic))
                if found is not None and found != standing[topic] and topic in self._open:
                    suspects.append((self._open[topic], standing[topic]))
        if suspects:
            await asyncio.sleep(confirm_s)
        wrong = [
            doorway
            for doorway, before in suspects
            if doorway.room is not None and not doorway.loading and doorway.room.position == before
        ]
        for doorway in wrong:
            self._reload(doorway, "audit")
        return len(wrong)

    async def _open_up(self, doorway: Doorway) -> None:
        game_id = _game(doorway.topic)
        game = await self._sources.find(game_id)
        if game is None or not game.topic:
            self._refuse(doorway, unknown_topic(doorway.topic))
            return
        room = Room(game.topic, doorway.topic)
        try:
            doorway.unsubscribe = await self._sources.subscribe(
                doorway.topic, lambda patch: self._receive(doorway, patch)
            )
            stored = await self._sources.read(game_id, "open")
            self._take(room, stored)
            doorway.room = room
            waiting, doorway.waiting = doorway.waiting, {}
            for session, position in waiting.items():
                session.wait_no_more(doorway.topic)
                self._admit(room, session, position)
            self._replay(doorway, room)
        except Exception as error:
            log.error("room.open_failed", topic=doorway.topic, exc_info=error)
            reason = ErrorReason.ERROR_REASON_INTERNAL
            self._refuse(
                doorway, refusal(reason, "it was logged", topic=doorway.topic, retry_after_ms=10_000)
            )

    def _admit(self, room: Room, session: Session, position: Position | None) -> None:
        if room.name not in session.members:
            metrics.subscriptions.inc()
        room.admit(session, position)

    def _refuse(self, doorway: Doorway, answer: Answer) -> None:
        self._close(doorway)
        for session in doorway.waiting:
            session.wait_no_more(doorway.topic)
            session.answer(answer)
            metrics.errors.labels(reason_name(answer.frame.error.reason)).inc()

    def _receive(self, doorway: Doorway, patch: Published) -> None:
        if doorway.loading or doorway.room is None:
            doorway.held.append(patch)
            return
        room = doorway.room
        outcome = room.log.append(patch.frame, patch.epoch, as_of_us=patch.received_us)
        match outcome:
            case Appended():
                metrics.patches.labels("appended").inc()
                doorway.reloads = 0
                room.moved()
                room.critical = room.critical or patch.critical
                if patch.received_us:
                    room.received_us.append(patch.received_us)
                self._send_on(room, patch)
            case Stale():
                metrics.patches.labels("stale").inc()
            case Gap() | OtherEpoch():
                cause = "gap" if isinstance(outcome, Gap) else "epoch"
                metrics.patches.labels(cause).inc()
                doorway.held.append(patch)
                self._reload(doorway, cause)
            case Unreadable(why):
                metrics.patches.labels("unreadable").inc()
                log.error("patch.unreadable", topic=doorway.topic, reason=why)

    def _send_on(self, room: Room, patch: Published) -> None:
        if not patch.trace_parent:
            self._fanout.offer(room)
            return
        # The last span of the trace that began at the provider: until the first slice is written.
        parent = telemetry.extract({telemetry.TRACEPARENT: patch.trace_parent})
        with telemetry.span("push.fan_out", parent=parent, kind=SpanKind.CONSUMER):
            self._fanout.offer(room)

    def _reload(self, doorway: Doorway, cause: str) -> None:
        doorway.loading = True
        log.info("room.reloading", topic=doorway.topic, cause=cause)
        doorway.task = asyncio.create_task(self._load_again(doorway, cause), name=f"reload {doorway.topic}")

    async def _load_again(self, doorway: Doorway, cause: str) -> None:
        room = doorway.room
        assert room is not None
        # What is stored may be behind what was published (a replica): ask again, but not in a circle.
        await asyncio.sleep(retry_s(doorway.reloads - 1) if doorway.reloads else 0)
        doorway.reloads += 1
        try:
            stored = await self._sources.read(_game(doorway.topic), cause)
        except Exception as error:
            log.error("room.reload_failed", topic=doorway.topic, exc_info=error)
            stored = None
        self._take(room, stored)
        if stored is None:
            # The state is gone and will come back under another epoch; what was held can't be judged before.
            doorway.held.clear()
        self._replay(doorway, room)
        self._fanout.offer(room)

    def _take(self, room: Room, stored: StoredTopic | None) -> None:
        if stored is None:
            return
        state = stored.state
        room.load(state.position, state.body, state.as_of_us, stored.frames)

    def _replay(self, doorway: Doorway, room: Room) -> None:
        held = list(doorway.held)
        doorway.held.clear()
        doorway.loading = False
        for patch in held:
            # The first gap starts another load, and the rest is held again.
            self._receive(doorway, patch)

    def _close(self, doorway: Doorway) -> None:
        if self._open.get(doorway.topic) is doorway:
            del self._open[doorway.topic]
        if doorway.task is not None and doorway.task is not asyncio.current_task():
            doorway.task.cancel()
        if doorway.unsubscribe is not None:
            leaving = asyncio.ensure_future(doorway.unsubscribe())
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)


def _game(topic: str) -> str:
    game_id = game_of_topic(topic)
    assert game_id is not None, "a session lets only topics of games through"
    return game_id


def _chunks(items: list[str], size: int) -> Iterable[list[str]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]
