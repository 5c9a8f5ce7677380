"""Carry topics to clients: rooms, snapshots, patches, resumption; knows no sport."""
