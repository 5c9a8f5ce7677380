"""Providers' formats: documents in, normalized events out, no clock, no I/O. A provider's words stop here."""
