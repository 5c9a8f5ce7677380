"""The lines of the timeline: what a fact looks like to somebody who reads the last fifty."""

from __future__ import annotations

from scoreline.domain.match_time import period_number
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.state_pb2 import KeyEvent, KeyEventKind, ScoreState
from stated.core.context import GameContext


def key_event(
    kind: KeyEventKind.ValueType, event: GameEvent, state: ScoreState, game: GameContext
) -> KeyEvent:
    """Return the line of a fact; `state` is the state after it."""
    line = KeyEvent(kind=kind)
    player = game.roster.get(event.player_id)
    if player is not None:
        line.player = player
    elif event.side:
        line.side = event.side
    place = event.time if event.HasField("time") else state.period
    number = period_number(game.rules, place.kind, place.ordinal)
    if number:
        line.period = number
    if event.time.HasField("elapsed_ms"):
        line.elapsed_s = event.time.elapsed_ms // 1000
    if event.baseball_play.runs > 1:
        line.amount = event.baseball_play.runs
    if event.penalty_imposed.minutes:
        line.amount = event.penalty_imposed.minutes
    other = game.roster.get(_other_player(event))
    if other is not None:
        line.other_player = other
    return line


def voided(line: KeyEvent) -> KeyEvent:
    """Return the line of a fact that was taken back."""
    struck = KeyEvent(voided=True)
    struck.MergeFrom(line)
    return struck


def _other_player(event: GameEvent) -> str:
    detail = event.WhichOneof("detail")
    if detail == "goal_scored":
        return event.goal_scored.assist_player_id
    if detail == "points_scored":
        return event.points_scored.assist_player_id
    return event.player_substituted.player_in_id if detail == "player_substituted" else ""
