"""The pure heart of stated: reorder, ledger, reducers, fold. No loop, no clock, no log, no connection."""
