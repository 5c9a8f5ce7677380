"""Read the log itself: one game from its first event, without a consumer and without acks."""

from __future__ import annotations

import asyncio
from typing import NamedTuple, Protocol

import orjson
from google.protobuf.message import DecodeError
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from scoreline.domain.ids import game_topic, is_id
from scoreline.runtime import logs
from scoreline.runtime.jetstream import NatsLink
from scoreline.v1.event_pb2 import GameEvent
from scoreline.wire import names
from scoreline.wire.names import Header
from stated.core.steps import LoggedEvent

log = logs.get(__name__)

_BATCH = 500
_WAIT_S = 5.0
#: A replica of the stream may lag behind its leader for a moment.
_CATCH_UP_TRIES = 20


class LogUnavailable(Exception):
    """The log does not answer; trying again helps."""


class LastPatch(NamedTuple):
    """Where the patches that were published lead."""

    epoch: int
    version: int


class FirstEvent(NamedTuple):
    """Where a game begins in the log."""

    log_sequence: int
    received_us: int


class EventLog(Protocol):
    """What is asked of the streams besides the consumer; each method may raise `LogUnavailable`."""

    async def first(self, game_id: str) -> FirstEvent | None:
        """Return where a game's first event stands, or nothing when it has none."""

    async def read(self, game_id: str) -> list[LoggedEvent]:
        """Return all events of a game that are stored by now, in log order."""

    async def in_hand(self, partition: int) -> list[LoggedEvent]:
        """Return what was delivered to a partition's consumer and is not acked, in log order.

        Some that are acked may be among them.
        """

    async def last_patch(self, game_id: str) -> LastPatch | None:
        """Return where the last published patch of a game leads."""

    async def games(self, partition: int) -> list[str]:
        """Return the games that have events."""

    async def last_time_us(self, game_id: str) -> int | None:
        """Return when the last event of a game was received."""


class NotAnEvent(Exception):
    """A message of the log that ingestd would not have stored; whoever wrote it, it counts for nothing."""


def logged_event(log_sequence: int, subject: str, body: bytes) -> LoggedEvent:
    """Return the event that a message of the log holds.

    Raises:
        NotAnEvent: the body is no event, or one of another game than the subject says.
    """
    try:
        event = GameEvent.FromString(body)
    except DecodeError as error:
        raise NotAnEvent(str(error)) from error
    if subject.rpartition(".")[2] != event.game_id or not is_id(event.game_id):
        raise NotAnEvent("an event of another game than its subject's")
    return LoggedEvent(log_sequence, names.event_identity(event), event, event.received_time.ToMicroseconds())


class JetStreamEventLog:
    """See `EventLog`."""

    def __init__(self, link: NatsLink, partitions: int) -> None:
        self._link, self._partitions = link, partitions

    async def first(self, game_id: str) -> FirstEvent | None:
        """Return where a game's first event stands."""
        subject = names.event_subject(game_id, self._partitions)
        try:
            found = await self._link.js.get_msg(
                names.EVENTS_STREAM, seq=1, subject=subject, direct=True, next=True
            )
        except NotFoundError:
            return None
        except (NatsError, TimeoutError, OSError) as error:
            raise LogUnavailable(_reason(error)) from error
        return FirstEvent(int(found.seq or 0), _received_us(found.data or b""))

    async def read(self, game_id: str) -> list[LoggedEvent]:
        """Return all events of a game."""
        subject = names.event_subject(game_id, self._partitions)
        try:
            # Asked of the stream's leader: what was acked before this moment is certainly included.
            end = int((await self._link.js.get_last_msg(names.EVENTS_STREAM, subject)).seq or 0)
        except NotFoundError:
            return []
        except (NatsError, TimeoutError, OSError) as error:
            raise LogUnavailable(_reason(error)) from error
        return await self._between(subject, 0, end)

    async def in_hand(self, partition: int) -> list[LoggedEvent]:
        """Return what was delivered to a partition's consumer and is not acked."""
        try:
            info = await self._link.js.consumer_info(names.EVENTS_STREAM, names.fold_durable(partition))
        except NotFoundError:
            return []
        except (NatsError, TimeoutError, OSError) as error:
            raise LogUnavailable(_reason(error)) from error
        if not info.num_ack_pending or info.ack_floor is None or info.delivered is None:
            return []
        return await self._between(
            names.partition_subjects(partition), info.ack_floor.stream_seq, info.delivered.stream_seq
        )

    async def _between(self, subject: str, behind: int, end: int) -> list[LoggedEvent]:
        events: list[LoggedEvent] = []
        tries = 0
        while behind < end:
            try:
                messages = await self._batch(subject, behind + 1)
            except (NatsError, TimeoutError, OSError) as error:
                raise LogUnavailable(_reason(error)) from error
            for message in messages:
                behind = _sequence(message)
                if behind > end:
                    return events
                at = (message.headers or {})["Nats-Subject"]
                try:
                    events.append(logged_event(behind, at, message.data))
                except NotAnEvent as error:
                    log.error("event.unreadable", log_sequence=behind, subject=at, reason=str(error))
            if not messages:
                tries += 1
                if tries == _CATCH_UP_TRIES:
                    raise LogUnavailable(f"{subject} ends before {end}")
                await asyncio.sleep(0.1)
        return events

    async def last_patch(self, game_id: str) -> LastPatch | None:
        """Return where the last published patch of a game leads."""
        subject = names.patch_subject(game_topic(game_id))
        try:
            found = await self._link.js.get_last_msg(names.PATCHES_STREAM, subject)
        except NotFoundError:
            return None
        except (NatsError, TimeoutError, OSError) as error:
            raise LogUnavailable(_reason(error)) from error
        headers = found.headers or {}
        return LastPatch(int(headers.get(Header.EPOCH, 0)), int(headers.get(Header.VERSION, 0)))

    async def games(self, partition: int) -> list[str]:
        """Return the games that have events."""
        try:
            info = await self._link.js.stream_info(
                names.EVENTS_STREAM, subjects_filter=names.partition_subjects(partition)
            )
        except (NatsError, TimeoutError, OSError) as error:
            raise LogUnavailable(_reason(error)) from error
        return sorted(subject.rpartition(".")[2] for subject in info.state.subjects or {})

    async def last_time_us(self, game_id: str) -> int | None:
        """Return when the last event of a game was received."""
        subject = names.event_subject(game_id, self._partitions)
        try:
            found = await self._link.js.get_last_msg(names.EVENTS_STREAM, subject, direct=True)
        except NotFoundError:
            return None
        except (NatsError, TimeoutError, OSError) as error:
            raise LogUnavailable(_reason(error)) from error
        return _received_us(found.data or b"")

    async def _batch(self, subject: str, start: int) -> list[Msg]:
        """Ask for many messages at once (a direct get with `batch`); an empty message ends the answer."""
        client = self._link.client
        inbox = client.new_inbox()
        answers = await client.subscribe(inbox)
        request = {"seq": start, "next_by_subj": subject, "batch": _BATCH}
        messages: list[Msg] = []
        try:
            await client.publish(
                f"$JS.API.DIRECT.GET.{names.EVENTS_STREAM}", orjson.dumps(request), reply=inbox
            )
            while True:
                message = await answers.next_msg(timeout=_WAIT_S)
                status = (message.headers or {}).get("Status")
                if status in ("204", "404"):  # end of the batch; nothing (more) there
                    return messages
                if status is not None:
                    raise LogUnavailable(f"{status} {(message.headers or {}).get('Description', '')}")
                messages.append(message)
        finally:
            if not client.is_closed:
                await answers.unsubscribe()


def _received_us(body: bytes) -> int:
    try:
        return GameEvent.FromString(body).received_time.ToMicroseconds()
    except DecodeError:
        return 0  # long ago, whatever it is


def _sequence(message: Msg) -> int:
    return int((message.headers or {})["Nats-Sequence"])


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
