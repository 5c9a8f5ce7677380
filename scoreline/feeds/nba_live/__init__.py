"""The NBA's live documents: play-by-play and box score (basketball)."""
