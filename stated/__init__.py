"""Keep the authoritative state of every game: reorder, fold, diff, commit, publish, archive."""
