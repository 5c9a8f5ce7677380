"""Answers of stats.nba.com that are tables: a list of headers and rows of values in their order."""

from __future__ import annotations

from collections.abc import Iterator

from scoreline.feeds.document import Place


def rows_of(root: Place, name: str) -> Iterator[Place]:
    """Yield the rows of a table as objects, each under the path of its place in the document."""
    table = find_table(root, name)
    if table is None:
        raise root.child("resultSets").unfit(f"has no table {name}")
    headers = [header.text() for header in table.child("headers").items()]
    for row in table.child("rowSet").items():
        values = row.items()
        if len(values) != len(headers):
            raise row.unfit(f"has {len(values)} values under {len(headers)} headers")
        yield Place(dict(zip(headers, (value.value for value in values), strict=True)), row.path)


def find_table(root: Place, name: str) -> Place | None:
    """Return the table of that name, or nothing."""
    for table in root.child("resultSets").items():
        if table.child("name").text() == name:
            return table
    return None


def text_of(row: Place, key: str, max_chars: int = 300) -> str:
    """Return a text, empty when there is none."""
    found = row.maybe(key)
    return found.prose(max_chars=max_chars) if found else ""


def number_of(row: Place, key: str) -> int:
    """Return a number, 0 when there is none."""
    found = row.maybe(key)
    return found.digits() if found else 0
