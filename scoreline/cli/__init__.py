"""The `scoreline` command: one file a command; services are reached over their public interfaces."""
