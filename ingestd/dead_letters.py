"""What providers sent and nobody could read, kept whole in the stream DEAD [A3].

A letter larger than a NATS message is kept in parts: the parts first, then the letter
itself with their numbers, so that a letter that is listed is complete.
"""

import asyncio
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from scoreline.runtime import logs
from scoreline.runtime.jetstream import NatsLink
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.wire import names
from scoreline.wire.names import Header
from scoreline.wire.reasons import reason_name

log = logs.get(__name__)

_HEADER_ROOM = 16 << 10
_KEEP_S = 3.0
_FIRST_SPAN = 200
_MOST_MESSAGE_CHARS = 300


class Letter(NamedTuple):
    """One payload that could not be read, and why."""

    letter_id: int
    provider_id: str
    received_us: int
    edge: str
    """`grpc` or `webhook`."""
    format: str
    reason: ErrorReason.ValueType
    field: str
    message: str
    size: int
    payload: bytes = b""
    """Empty in lists."""


class DeadLetters(Protocol):
    """Where unreadable payloads are kept."""

    async def keep(self, letter: Letter) -> int | None:
        """Keep a letter and return its number; nothing when it could not be kept."""

    async def list(self, provider_id: str, before: int, size: int) -> list[Letter]:
        """Return at most `size` letters older than number `before` (0: from the newest), the newest first."""

    async def get(self, letter_id: int) -> Letter | None:
        """Return a letter with its payload."""

    async def discard(self, letter_id: int) -> bool:
        """Remove a letter; false when there is none of that number."""


class JetStreamDeadLetters:
    """Letters in the stream DEAD."""

    def __init__(self, link: NatsLink) -> None:
        self._link = link

    async def keep(self, letter: Letter) -> int | None:
        """Keep a letter; see DeadLetters."""
        room = max(self._link.client.max_payload - _HEADER_ROOM, 1024)
        parts = [letter.payload[at : at + room] for at in range(0, len(letter.payload), room)] or [b""]
        subject = names.dead_subject(letter.provider_id)
        numbers: list[int] = []
        try:
            async with asyncio.timeout(_KEEP_S):
                for part in parts[:-1]:
                    ack = await self._link.js.publish(subject, part, headers={Header.PART: "1"})
                    numbers.append(ack.seq)
                ack = await self._link.js.publish(subject, parts[-1], headers=_headers(letter, numbers))
        except (NatsError, TimeoutError, OSError) as error:
            log.error(
                "dead_letter.lost", provider_id=letter.provider_id, reason=str(error) or type(error).__name__
            )
            return None
        return int(ack.seq)

    async def list(self, provider_id: str, before: int, size: int) -> list[Letter]:
        """Return letters, the newest first; see DeadLetters."""
        state = (await self._link.js.stream_info(names.DEAD_STREAM)).state
        upper = min(before - 1, state.last_seq) if before else state.last_seq
        subject = names.dead_subject(provider_id) if provider_id else names.DEAD_SUBJECTS
        found: list[Letter] = []
        span = max(_FIRST_SPAN, 2 * size)
        while upper >= max(state.first_seq, 1) and len(found) < size:
            lower = max(state.first_seq, upper - span + 1, 1)
            chunk = [_letter(message) for message in await self._headers(subject, lower, upper)]
            found.extend(letter for letter in reversed(chunk) if letter is not None)
            upper, span = lower - 1, span * 4
        return found[:size]

    async def get(self, letter_id: int) -> Letter | None:
        """Return a letter with its payload; see DeadLetters."""
        try:
            message = await self._link.js.get_msg(names.DEAD_STREAM, seq=letter_id)
            headers = message.headers or {}
            if Header.PART in headers:
                return None
            bodies = [
                (await self._link.js.get_msg(names.DEAD_STREAM, seq=number)).data or b""
                for number in _part_numbers(headers)
            ]
        except NotFoundError:
            return None
        payload = b"".join([*bodies, message.data or b""])
        letter = _read(letter_id, message.subject or "", headers, len(payload))
        return letter._replace(payload=payload)

    async def discard(self, letter_id: int) -> bool:
        """Remove a letter and its parts; see DeadLetters."""
        try:
            message = await self._link.js.get_msg(names.DEAD_STREAM, seq=letter_id)
        except NotFoundError:
            return False
        headers = message.headers or {}
        if Header.PART in headers:
            return False
        # The letter goes first: parts without a letter are never shown, a letter without parts would lie.
        for number in [letter_id, *_part_numbers(headers)]:
            try:
                await self._link.js.delete_msg(names.DEAD_STREAM, number)
            except NotFoundError:
                continue
            except NatsError as error:
                # The server answers a deleted number with an error of its own that has no class.
                log.info("dead_letter.part_gone", number=number, reason=str(error))
        return True

    async def _headers(self, subject: str, lower: int, upper: int) -> Iterable[Msg]:
        """Return the messages numbered `lower` to `upper` without their bodies."""
        inbox = self._link.client.new_inbox()
        arrived: asyncio.Queue[Msg] = asyncio.Queue()

        async def receive(message: Msg) -> None:
            arrived.put_nowait(message)

        subscription = await self._link.client.subscribe(inbox, cb=receive)
        try:
            info = await self._link.js.add_consumer(
                names.DEAD_STREAM,
                ConsumerConfig(
                    deliver_subject=inbox,
                    filter_subject=subject,
                    deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                    opt_start_seq=lower,
                    ack_policy=AckPolicy.NONE,
                    headers_only=True,
                    mem_storage=True,
                    inactive_threshold=5.0,
                ),
            )
            found: list[Msg] = []
            # The server may have sent some before it answered: what is pending then does not count those.
            expected = (info.num_pending or 0) + (info.delivered.consumer_seq if info.delivered else 0)
            for _ in range(expected):
                async with asyncio.timeout(_KEEP_S):
                    message = await arrived.get()
                if message.metadata.sequence.stream > upper:
                    break
                found.append(message)
            return found
        finally:
            await subscription.unsubscribe()


def _headers(letter: Letter, parts: Iterable[int]) -> dict[str, str]:
    headers = {
        Header.REASON: reason_name(letter.reason),
        Header.FIELD: _plain(letter.field),
        Header.MESSAGE: _plain(letter.message),
        Header.FORMAT: _plain(letter.format),
        Header.EDGE: letter.edge,
        Header.RECEIVED_US: str(letter.received_us),
        Header.BYTES: str(letter.size),
    }
    numbers = ",".join(str(number) for number in parts)
    if numbers:
        headers[Header.PARTS] = numbers
    return {str(key): value for key, value in headers.items() if value}


def _plain(text: str) -> str:
    # Header values are lines of ASCII to every NATS client; foreign text must not end one.
    shown = text[:_MOST_MESSAGE_CHARS].encode("ascii", "backslashreplace").decode()
    return "".join(character if character.isprintable() else "?" for character in shown)


def _part_numbers(headers: dict[str, str]) -> list[int]:
    return [int(number) for number in headers.get(Header.PARTS, "").split(",") if number.isdigit()]


def _letter(message: Msg) -> Letter | None:
    headers = message.headers or {}
    if Header.PART in headers:
        return None
    size = int(headers.get(Header.BYTES) or headers.get("Nats-Msg-Size") or 0)
    return _read(message.metadata.sequence.stream, message.subject, headers, size)


def _read(letter_id: int, subject: str, headers: dict[str, str], size: int) -> Letter:
    name = "ERROR_REASON_" + headers.get(Header.REASON, "UNSPECIFIED")
    return Letter(
        letter_id,
        subject.rpartition(".")[2],
        int(headers.get(Header.RECEIVED_US) or 0),
        headers.get(Header.EDGE, ""),
        headers.get(Header.FORMAT, ""),
        ErrorReason.Value(name) if name in ErrorReason.keys() else ErrorReason.ERROR_REASON_UNSPECIFIED,  # noqa: SIM118  # an enum, not a mapping
        headers.get(Header.FIELD, ""),
        headers.get(Header.MESSAGE, ""),
        size,
    )
