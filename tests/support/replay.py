"""Fold a translated game as the log would bring it, and keep the books of it."""

from __future__ import annotations

from typing import NamedTuple

from ingestd.core.validation import check_envelope, check_facts, fixture
from scoreline.feeds.adapter import GameTranslation
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import ScoreState
from scoreline.wire.frames import encode_patch
from scoreline.wire.names import event_identity
from stated.core.game_fold import GameFold
from stated.core.steps import Applied, LoggedEvent, Recorded, RecordReason

PROVIDER = "demo"


class Replayed(NamedTuple):
    """What became of a game."""

    game: Game
    state: ScoreState
    frame_bytes: list[int]
    recorded: list[tuple[str, RecordReason]]
    """Events that changed nothing, and why."""
    refused: list[str]
    """Events that ingestd would not have taken."""


def replay(told: GameTranslation) -> Replayed:
    """Return what becomes of the game of a translation."""
    game = Game()
    game.CopyFrom(told.game)
    game.topic = 137
    for number, entry in enumerate(game.roster, 1):
        entry.roster_number = number
    if not game.HasField("scheduled_time"):
        game.scheduled_time.FromJsonString("2018-06-30T14:00:00Z")
    result = Replayed(game, ScoreState(), [], [], [])
    fold, rules = GameFold(game), fixture(game)
    start_us = game.scheduled_time.ToMicroseconds()
    for number, (offset_s, event) in enumerate(told.events, 1):
        refusal = check_envelope(event, PROVIDER, 4e9) or check_facts(event, rules, PROVIDER)
        if refusal is not None:
            result.refused.append(f"{event.event_id}: {refusal}")
        event.provider_id = PROVIDER
        now_us = start_us + int(offset_s * 1e6)
        for step in fold.offer(LoggedEvent(number, event_identity(event), event, now_us), now_us):
            if isinstance(step, Applied) and step.patch is not None:
                result.frame_bytes.append(len(encode_patch(game.topic, fold.version, step.patch)))
            elif isinstance(step, Recorded):
                result.recorded.append((event.event_id, step.reason))
    return result._replace(state=fold.state)
