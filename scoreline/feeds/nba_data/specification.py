"""The words of data.nba.com; its message types are those of stats.nba.com."""

from __future__ import annotations

#: How a missed attempt is told, in the description only.
MISSED = "Missed"
#: How the end of the game is told, with the message type of the end of a period.
GAME_END = "Game End"
