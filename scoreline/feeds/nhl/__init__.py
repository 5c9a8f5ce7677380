"""The NHL's game centre: play-by-play of api-web (ice hockey)."""
