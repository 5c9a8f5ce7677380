"""Sportradar's push feed of MLB play-by-play events (version 6.5)."""
