"""Supported doubles for tests: each passes the same contract suite as the real thing."""
