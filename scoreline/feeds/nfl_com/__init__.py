"""NFL.com game details (American football)."""
