"""Sportradar's push feed of NBA play-by-play events (version 7)."""
