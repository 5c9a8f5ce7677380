"""Major League Baseball's live documents (GUMBO), whole or as a document with RFC 6902 patches."""
