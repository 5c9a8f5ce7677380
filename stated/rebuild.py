"""Fold a game again from the log, from its first event to the last one stored [B7]."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from scoreline.runtime import logs
from scoreline.v1.game_pb2 import Game
from stated import metrics
from stated.core.game_fold import GameFold
from stated.core.steps import LoggedEvent, Step, digest
from stated.effects import LiveGame, commit_of
from stated.ports import Commit

log = logs.get(__name__)

#: A long game is thousands of events: others get their turn after so many.
_EVENTS_PER_TURN = 200


class Refolded(NamedTuple):
    """A game as the log alone tells it."""

    live: LiveGame
    commit: Commit | None
    """What to store; nothing when the log has no event that counts."""


async def refold(game: Game, events: Sequence[LoggedEvent], epoch: int, hot_after_end_s: int) -> Refolded:
    """Return the game under a new epoch, as if each event had been folded when it was received.

    An event at which the engine raises is left out, as it was left out of the live fold.
    """
    left_out: set[int] = set()
    while True:
        fold = GameFold(game, None)
        failed, steps = await _offer_all(fold, [it for it in events if it.log_sequence not in left_out])
        if failed is None:
            break
        left_out.add(failed.log_sequence)
    live = LiveGame(game, fold, epoch, version=0, seen=0, created=False)
    commit = commit_of(live, steps, hot_after_end_s)
    if commit is not None:
        # The ledger and the seen set whole, from the fold itself: the steps' sum is the same by contract.
        record = fold.record()
        commit = commit._replace(ledger=record.ledger, digests=sorted(record.seen))
        live.version, live.seen = commit.version, len(commit.digests)
        live.created = True
    return Refolded(live, commit)


async def _offer_all(fold: GameFold, events: Sequence[LoggedEvent]) -> tuple[LoggedEvent | None, list[Step]]:
    steps: list[Step] = []
    logged: LoggedEvent | None = None
    try:
        for number, logged in enumerate(events, 1):
            deadline_us = fold.deadline_us
            if deadline_us is not None and deadline_us <= logged.received_us:
                steps += fold.release(logged.received_us)
            steps += fold.offer(logged, logged.received_us)
            if number % _EVENTS_PER_TURN == 0:
                await asyncio.sleep(0)
        while (deadline_us := fold.deadline_us) is not None:
            steps += fold.release(deadline_us)
    except Exception as error:  # whatever the engine raises is our bug, and one event must not hide a game
        if logged is None:
            raise
        metrics.engine_failures.inc()
        log.error(
            "event.left_out",
            game_id=logged.event.game_id,
            event_id=logged.event.event_id,
            log_sequence=logged.log_sequence,
            identity=digest(logged.identity),
            exc_info=error,
        )
        return logged, []
    return None, steps
