"""Hand-written feeds, and what a test asks of a translation."""

from __future__ import annotations

import os
from pathlib import Path

from scoreline.feeds.adapter import FeedAdapter, GameTranslation, Malformed, Translation
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Side

FIXTURES = Path(__file__).parent.parent / "fixtures"
HOME, AWAY = Side.SIDE_HOME, Side.SIDE_AWAY


def recordings() -> Path:
    """Return the folder of real recordings; it may not exist."""
    told = os.environ.get("SCORELINE_DATA")
    return Path(told) if told else Path(__file__).parents[3] / "shared" / "data"


def fixture_bytes(folder: str, name: str) -> bytes:
    """Return a hand-written document."""
    return (FIXTURES / folder / f"{name}.json").read_bytes()


def the_game(adapter: FeedAdapter, document: bytes) -> GameTranslation:
    """Return the one game of a document that must translate."""
    result = adapter.parse(document, provider_id="demo")
    assert isinstance(result, Translation), result
    [game] = result.games
    return game


def the_fault(adapter: FeedAdapter, document: bytes) -> Malformed:
    """Return why a document can't be translated."""
    result = adapter.parse(document, provider_id="demo")
    assert isinstance(result, Malformed), "it was translated"
    return result


def details(game: GameTranslation) -> list[str]:
    """Return what the events are, in order."""
    return [event.WhichOneof("detail") or "" for _, event in game.events]


def only(game: GameTranslation, detail: str) -> list[GameEvent]:
    """Return the events of one kind."""
    return [event for _, event in game.events if event.WhichOneof("detail") == detail]


def goals(game: GameTranslation) -> tuple[int, int]:
    """Return the score that the goals add up to."""
    sides = [event.side for event in only(game, "goal_scored")]
    return sides.count(HOME), sides.count(AWAY)
