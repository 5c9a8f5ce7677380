"""Instants as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime

from scoreline.feeds.document import Place


def read_instant_ms(place: Place) -> int:
    """Return an ISO 8601 time as unix milliseconds; one without a zone is taken as UTC."""
    try:
        parsed = datetime.fromisoformat(place.text(max_chars=40))
        instant = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        return int(Place(instant.timestamp(), place.path).number(0, 253_402_300_799) * 1000)
    except (ValueError, OverflowError):
        raise place.unfit("should be an ISO 8601 time") from None


def maybe_instant_ms(place: Place, key: str) -> int | None:
    """Return the instant of a member, or nothing when it is absent, null or empty."""
    found = place.maybe(key)
    return None if found is None or found.value == "" else read_instant_ms(found)
