"""One reducer a sport, one sport a file."""
