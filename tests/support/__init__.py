"""What several kinds of tests share: a running stack, viewers that know only the protocol."""
