"""DataFactory's match files (football)."""
