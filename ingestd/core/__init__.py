"""What ingestd decides, without knowing how bytes come in or go out."""
