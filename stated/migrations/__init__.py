"""The schema of stated's database, step by step."""
