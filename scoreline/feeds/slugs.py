"""Ids made of foreign names, where a feed has names only."""

from __future__ import annotations

import re
import unicodedata

_NO_WORD = re.compile(r"[^a-z0-9]+")


def slug(text: str, most_chars: int = 48) -> str:
    """Return a name in small letters, digits and `-`; empty when nothing of it can be written so."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NO_WORD.sub("-", plain).strip("-")[:most_chars].strip("-")
