"""The play-by-play of data.nba.com (`full_pbp`)."""
