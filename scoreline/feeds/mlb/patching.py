"""Apply RFC 6902 patches to a held document, so that a hostile one costs no more than an honest one."""

from __future__ import annotations

from typing import Any

import jsonpatch
import jsonpointer

from scoreline.feeds.document import Place, check_nesting

#: Most operations in one patch; a busy half-minute has some hundred.
_MOST_OPERATIONS = 5_000
#: Most values that one patch may copy inside the document: `copy` can double what it copied before.
_MOST_COPIED = 50_000
_FIELDS = {
    "add": ("path", "value"),
    "replace": ("path", "value"),
    "test": ("path", "value"),
    "remove": ("path",),
    "move": ("from", "path"),
    "copy": ("from", "path"),
}


def apply(root: dict[str, Any], operations: Place) -> None:
    """Change the document in place, or raise `Unfit` with the operation at fault."""
    items = operations.items()
    if len(items) > _MOST_OPERATIONS:
        raise operations.unfit(f"has more than {_MOST_OPERATIONS} operations")
    copied = 0
    for operation in items:
        raw = _checked(operation)
        try:
            if raw["op"] == "copy":
                copied += _size(jsonpointer.resolve_pointer(root, raw["from"]))
                if copied > _MOST_COPIED:
                    raise operation.unfit("copies more than a game can hold")
            jsonpatch.apply_patch(root, [raw], in_place=True)
        except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
            raise operation.unfit(f"can't be applied: {str(error)[:120]}") from None
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            # The libraries stumble over paths into values that have no members.
            raise operation.unfit("can't be applied: its path leads nowhere") from None
    check_nesting(root)


def _checked(operation: Place) -> dict[str, Any]:
    word = operation.child("op").text(max_chars=10)
    if word not in _FIELDS:
        raise operation.child("op").unfit("should be add, remove, replace, move, copy or test")
    raw: dict[str, Any] = {"op": word}
    for field in _FIELDS[word]:
        if field == "value":
            if field not in operation.value:
                raise operation.unfit("has no value")
            raw[field] = operation.value[field]
            continue
        path = operation.child(field).text(max_chars=300)
        if not path.startswith("/"):
            raise operation.child(field).unfit("should be a pointer to a part of the document")
        raw[field] = path
    return raw


def _size(value: Any) -> int:
    size, waiting = 0, [value]
    while waiting and size <= _MOST_COPIED:
        one = waiting.pop()
        size += 1
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return size
