"""Pure meaning: patches, positions, ids, rule books. No clock, no randomness, no input or output."""
