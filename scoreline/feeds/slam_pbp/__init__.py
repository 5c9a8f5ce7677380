"""Point by point files of the Grand Slam tournaments, and their lists of matches (tennis)."""
