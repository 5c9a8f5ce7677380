"""Wyscout match files (football)."""
