"""Follow live games from Python: snapshot and patches, gap repair, resumption, polling as a last resort."""

from scoreline_client.client import ConnectionState, ScorelineClient
from scoreline_client.clock import ServerClock, display_clock, period_label
from scoreline_client.errors import (
    ClientError,
    ConnectionRefused,
    SubscriptionEnded,
    SubscriptionRefused,
    UnknownGame,
)
from scoreline_client.following import Following, Update
from scoreline_client.timeline import TimelineEntry, timeline

__all__ = [
    "ClientError",
    "ConnectionRefused",
    "ConnectionState",
    "Following",
    "ScorelineClient",
    "ServerClock",
    "SubscriptionEnded",
    "SubscriptionRefused",
    "TimelineEntry",
    "UnknownGame",
    "Update",
    "display_clock",
    "period_label",
    "timeline",
]
