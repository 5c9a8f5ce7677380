"""Cricsheet match files (cricket)."""
