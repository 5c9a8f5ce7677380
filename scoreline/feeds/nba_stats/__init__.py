"""The play-by-play of stats.nba.com: version 2 (rows under headers) and version 3 (actions)."""
