"""The one-machine stack: real servers and our services as child processes of one parent [E1]."""
