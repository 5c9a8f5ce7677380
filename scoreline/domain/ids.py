"""Which ids are allowed: they become parts of subjects, keys and paths, so their letters are few."""

from __future__ import annotations

import re

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_EVENT_ID = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)


def is_id(text: str) -> bool:
    """Whether `text` can name a game, team, player, competition or provider."""
    return _ID.fullmatch(text) is not None


def is_event_id(text: str) -> bool:
    """Whether `text` can name a provider's event: printable ASCII without spaces."""
    return _EVENT_ID.fullmatch(text) is not None


def game_topic(game_id: str) -> str:
    """Return the name of the topic of a game's score."""
    return f"game/{game_id}"


def game_of_topic(topic: str) -> str | None:
    """Return the game whose score the topic `game/<game_id>` carries, or nothing for any other name."""
    kind, slash, game_id = topic.partition("/")
    return game_id if slash and kind == "game" and is_id(game_id) else None
