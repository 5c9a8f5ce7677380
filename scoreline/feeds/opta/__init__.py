"""Opta F24 (events) and F7 (match) documents (football)."""
