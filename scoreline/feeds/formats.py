"""Every format we read, by name."""

from __future__ import annotations

from scoreline.feeds.adapter import FeedAdapter
from scoreline.feeds.nba_live.translation import NbaLive
from scoreline.feeds.scoreline_facts.translation import ScorelineFacts
from scoreline.feeds.wyscout.translation import Wyscout

ADAPTERS: tuple[FeedAdapter, ...] = (ScorelineFacts(), Wyscout(), NbaLive())

_BY_NAME = {name: adapter for adapter in ADAPTERS for name in (adapter.name, *adapter.aliases)}


def find_adapter(name: str) -> FeedAdapter | None:
    """Return the adapter of that name or alias, or nothing; case, `_` and `-` make no difference."""
    return _BY_NAME.get(name.lower().replace("_", "-"))


def format_names() -> list[str]:
    """Return the names to offer to people."""
    return [adapter.name for adapter in ADAPTERS]
