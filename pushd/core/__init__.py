"""The pure part of pushd: protocol, rooms and fairness as values; no loop, no socket, no clock."""
