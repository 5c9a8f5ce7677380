"""Retrosheet's event files: the play-by-play of whole seasons, many games in one file (baseball)."""
