"""Read foreign CSV with checks: a row is a place like any other, its values are strings."""

from __future__ import annotations

import csv
import io

from scoreline.feeds.adapter import Malformed
from scoreline.feeds.document import MAX_DOCUMENT_BYTES, Place, Unfit

#: A Grand Slam tournament with all its points has some 50,000 rows.
MAX_ROWS = 200_000
_MAX_COLUMNS = 200


def read_table(document: bytes) -> tuple[tuple[str, ...], list[Place]]:
    """Return the columns and the rows of a CSV document with a head, or raise `Unfit`.

    A value that is missing at the end of a row is an empty one.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        raise Unfit(Malformed("", f"the document is larger than {MAX_DOCUMENT_BYTES} bytes"))
    try:
        text = document.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unfit(Malformed("", f"not UTF-8 at byte {error.start}")) from None
    reader = csv.reader(io.StringIO(text), strict=True)
    rows: list[Place] = []
    columns: tuple[str, ...] = ()
    try:
        for values in reader:
            if not values:
                continue
            if not columns:
                columns = _head(values)
                continue
            if len(rows) >= MAX_ROWS:
                raise Unfit(Malformed("", f"has more than {MAX_ROWS} rows"))
            if len(values) > len(columns):
                raise Unfit(Malformed(f"line {reader.line_num}", "has more values than the head has names"))
            values += [""] * (len(columns) - len(values))
            rows.append(Place(dict(zip(columns, values, strict=True)), f"line {reader.line_num}"))
    except csv.Error as error:
        raise Unfit(Malformed(f"line {reader.line_num}", f"is no CSV: {error}")) from None
    return columns, rows


def _head(values: list[str]) -> tuple[str, ...]:
    columns = tuple(value.strip() for value in values)
    if len(columns) > _MAX_COLUMNS or len(set(columns)) != len(columns):
        raise Unfit(Malformed("line 1", "should name each column once"))
    return columns
