"""The events that were delivered and are not acked: each leaves by an ack, by another try, or as poison."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from scoreline.runtime import logs
from stated import metrics
from stated.core.steps import LoggedEvent, Step
from stated.effects import HeadersOf, poison
from stated.publisher import Publisher

log = logs.get(__name__)

#: How soon an event that failed is tried again: longer with each attempt.
_TRY_AGAIN_S = (1.0, 2.0, 5.0, 10.0)


@dataclass(slots=True)
class _Open:
    logged: LoggedEvent
    message: Msg


class OpenEvents:
    """The unacked events of one partition, by game and number in the log."""

    def __init__(self, publisher: Publisher, attempts: int) -> None:
        self._publisher, self._attempts = publisher, attempts
        self._games: dict[str, dict[int, _Open]] = {}

    def __contains__(self, game_id: str) -> bool:
        return game_id in self._games

    def __len__(self) -> int:
        return sum(len(events) for events in self._games.values())

    def add(self, logged: LoggedEvent, message: Msg) -> bool:
        """Take note of a delivery; tell whether the event is new here."""
        events = self._games.setdefault(logged.event.game_id, {})
        opened = events.get(logged.log_sequence)
        if opened is not None:
            opened.message = message  # it came again while it is held back: only the newest can be acked
            return False
        events[logged.log_sequence] = _Open(logged, message)
        return True

    def of(self, game_id: str) -> list[LoggedEvent]:
        """Return a game's events in log order."""
        events = self._games.get(game_id, {})
        return [events[sequence].logged for sequence in sorted(events)]

    def oldest(self) -> dict[str, int]:
        """Return the number of each game's first unacked event."""
        return {game_id: min(events) for game_id, events in self._games.items()}

    def headers_of(self, game_id: str) -> HeadersOf:
        """Return what gives the headers with which a game's events came."""
        events = self._games.get(game_id, {})

        def headers(log_sequence: int) -> Mapping[str, str] | None:
            opened = events.get(log_sequence)
            return opened.message.headers if opened else None

        return headers

    async def ack(self, game_id: str, steps: Iterable[Step]) -> int:
        """Ack the events of `steps` and return how many were open."""
        acked = 0
        for step in steps:
            opened = self._pop(game_id, step.logged.log_sequence)
            if opened is not None:
                acked += 1
                await _answer(opened.message.ack())
        return acked

    async def put_off_all(self, game_id: str, reason: str, *, give_up: bool) -> None:
        """Let all events of a game come again later."""
        log.warning("game.put_off", game_id=game_id, reason=reason)
        for logged in self.of(game_id):
            await self.put_off(logged, reason, give_up=give_up)

    async def put_off(self, logged: LoggedEvent, reason: str, *, give_up: bool) -> None:
        """Let an event come again later, or give it up after enough attempts; the partition goes on."""
        game_id = logged.event.game_id
        opened = self._pop(game_id, logged.log_sequence)
        if opened is None:
            return
        attempts = opened.message.metadata.num_delivered or 1
        if not give_up or attempts < self._attempts:
            delay_s = _TRY_AGAIN_S[min(attempts - 1, len(_TRY_AGAIN_S) - 1)]
            await _answer(opened.message.nak(delay=delay_s))
            return
        await self._publisher.publish([poison(logged, reason, attempts)])
        metrics.events_poisoned.inc()
        log.error(
            "event.given_up",
            game_id=game_id,
            event_id=logged.event.event_id,
            attempts=attempts,
            reason=reason,
        )
        await _answer(opened.message.term())

    async def give_back(self) -> None:
        """Let all events come again at once, here or elsewhere."""
        await give_back([opened.message for events in self._games.values() for opened in events.values()])
        self._games.clear()

    def _pop(self, game_id: str, log_sequence: int) -> _Open | None:
        events = self._games.get(game_id, {})
        opened = events.pop(log_sequence, None)
        if not events:
            self._games.pop(game_id, None)
        return opened


async def give_back(messages: Iterable[Msg]) -> None:
    """Let messages come again at once."""
    for message in messages:
        await _answer(message.nak())


async def _answer(answer: Awaitable[object]) -> None:
    try:
        await answer
    except NatsError as error:
        # A lost ack only means that the event comes again and is a duplicate.
        log.info("ack.lost", reason=str(error) or type(error).__name__)
