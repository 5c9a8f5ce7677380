"""The scripts of the hot state, one command a file."""
