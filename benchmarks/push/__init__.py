"""The push tier measured from outside: many sockets, one gateway, and what the kernel allows beside it."""
