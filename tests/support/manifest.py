"""The list of real recordings that comes with them: which files there are, and how their games ended."""

from __future__ import annotations

import csv
from typing import NamedTuple

from tests.support.feeds import recordings

ROOT = recordings()
MANIFEST = ROOT / "manifest.tsv"


class Row(NamedTuple):
    """A file of the manifest."""

    path: str
    oracle: str
    """How its games ended, in the words of its provider."""
    note: str


def manifest() -> list[Row]:
    """Return every file that the manifest names; nothing where there are no recordings."""
    if not MANIFEST.exists():
        return []
    with MANIFEST.open(encoding="utf-8") as rows:
        return [
            Row(row["file"], row["final_score_oracle"] or "", row["note"] or "")
            for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]
