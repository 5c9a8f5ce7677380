"""The command `scoreline`: one file a command, nothing that a service imports."""
