"""Measurements; results are kept in `results/` with machine and commit, the losing ones too."""
