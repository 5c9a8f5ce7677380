"""Read documents that are several JSON values one after the other: lines, or simply strung together."""

from __future__ import annotations

import ijson

from scoreline.feeds.adapter import Malformed
from scoreline.feeds.document import MAX_DOCUMENT_BYTES, MAX_ENTRIES, Place, Unfit, check_nesting


def read_values(document: bytes) -> list[Place]:
    """Return the values in order, each under the path of its number, or raise `Unfit`.

    One array around them all is looked through.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        raise Unfit(Malformed("", f"the document is larger than {MAX_DOCUMENT_BYTES} bytes"))
    values: list[object] = []
    body = document.removeprefix(b"\xef\xbb\xbf")
    if not body.strip():
        raise Unfit(Malformed("", "holds nothing"))
    try:
        for value in ijson.items(body, "", multiple_values=True, use_float=True):
            values.append(value)
            if len(values) > MAX_ENTRIES:
                raise Unfit(Malformed("", f"holds more than {MAX_ENTRIES} values"))
    except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
        message = str(error).partition("\n")[0][:100]
        raise Unfit(Malformed(f"[{len(values)}]", f"not JSON: {message}")) from None
    check_nesting(values)
    if len(values) == 1 and isinstance(values[0], list):
        if not values[0]:
            raise Unfit(Malformed("", "holds nothing"))
        return Place(values[0]).items()
    return [Place(value, f"[{number}]") for number, value in enumerate(values)]
