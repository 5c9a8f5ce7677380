"""Our own match facts: a match as a person writes it down, with the match that comes with the program."""
