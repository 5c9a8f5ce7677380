"""Follow live games from Python: snapshot and patches, gap repair, resumption, polling as a last resort."""
