"""ESPN game packages of the NFL (American football)."""
