"""Poll rounds: fetch every followed game in turn while no WebSocket can be had."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple, assert_never

from scoreline.domain.ids import game_of_topic
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline_client.audience import Audience
from scoreline_client.backoff import Dice, jittered_s
from scoreline_client.clock import ServerClock
from scoreline_client.errors import UnknownGame
from scoreline_client.follower import Follower, Outcome, Topic
from scoreline_client.transport_poll import Fetched, NoSuchGame, PollTransport, Unchanged, Unreachable


class Round(NamedTuple):
    """How a poll round went."""

    reached: bool
    """The server answered."""
    hint_s: float
    """How long it asked us to wait."""
    clock: ServerClock | None
    """The server's clock to the second, where an answer showed it."""


async def poll_for_ever(
    transport: PollTransport,
    follower: Follower,
    audience: Audience,
    interval_s: float,
    dice: Dice,
    report: Callable[[Round], None],
) -> None:
    """Poll until cancelled, with jitter so that a crowd spreads; close the transport at the end."""
    try:
        while True:
            done = await poll_round(transport, follower, audience)
            report(done)
            await asyncio.sleep(max(done.hint_s, jittered_s(interval_s, dice)))
    finally:
        await transport.close()


async def poll_round(transport: PollTransport, follower: Follower, audience: Audience) -> Round:
    """Fetch every followed game once; stop at the first sign that the server can't be reached."""
    clock = None
    for topic in follower.topics:
        polled = await transport.fetch(_game(topic), topic.position)
        match polled:
            case Fetched():
                if polled.server_time_s:
                    clock = ServerClock().observed(polled.server_time_s, time.time())
                taken = follower.absorb(topic.name, polled.position, polled.state)
                if taken.outcome is Outcome.REPLACED:
                    audience.offer(topic)
            case Unchanged():
                pass
            case NoSuchGame():
                # A game that was there before is only unknown to a gateway that has not caught up yet.
                if topic.position is None:
                    follower.forget(topic.name)
                    audience.fail(topic.name, _unknown(topic))
            case Unreachable():
                return Round(reached=False, hint_s=polled.retry_after_s, clock=clock)
            case _:
                assert_never(polled)
    return Round(reached=True, hint_s=0.0, clock=clock)


def _unknown(topic: Topic) -> UnknownGame:
    reason = ErrorReason.ERROR_REASON_UNKNOWN_GAME
    return UnknownGame(_game(topic), reason, "no such game is registered")


def _game(topic: Topic) -> str:
    return game_of_topic(topic.name) or topic.name.partition("/")[2]
