"""Betfair's cricket states: the latest score, never an event (cricket)."""
