"""State as a message, a patch as the same message made sparse, applying as protobuf's own merge.

Works on any message that keeps the four rules of patchable messages: scalars have presence, nothing is
repeated, maps are keyed by stable ids, a oneof keeps its arm. Knows no sport.
"""

from __future__ import annotations

from typing import TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from scoreline.v1.state_pb2 import ScoreState

#: How many key events a reader keeps; the ones with the largest keys.
KEY_EVENTS_KEPT = 50

M = TypeVar("M", bound=Message)


class Unpatchable(Exception):
    """A change that a merge can't express: a field was removed rather than set to another value."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field

    def __str__(self) -> str:
        return f"{self.field} was removed; say it with an explicit value instead"


def diff(old: M, new: M) -> M:
    """Return the sparse message that, merged into `old` and trimmed, gives `new`.

    Entries that `new` no longer has in `key_events` cost nothing: every reader trims by the same rule.

    Raises:
        Unpatchable: `old` has a scalar, a message, a map entry or a oneof arm that `new` lacks.
    """
    patch = type(new)()
    _diff_into(old, new, patch)
    return patch


def merge(state: M, patch: M) -> M:
    """Return the state after `patch`.

    Merging is associative but not commutative: merge patches in version order.
    """
    merged = type(state)()
    merged.CopyFrom(state)
    merge_into(merged, patch)
    return merged


def merge_into(state: M, patch: M) -> None:
    """Apply `patch` to `state` in place, then trim."""
    state.MergeFrom(patch)
    if isinstance(state, ScoreState):
        trim(state)


def trim(state: ScoreState) -> None:
    """Keep the key events with the largest keys, as every reader does after a merge."""
    surplus = len(state.key_events) - KEY_EVENTS_KEPT
    if surplus > 0:
        for key in sorted(state.key_events)[:surplus]:
            del state.key_events[key]


def is_empty(patch: Message) -> bool:
    """Whether `patch` changes nothing."""
    return not patch.ListFields()


def _diff_into(old: Message, new: Message, patch: Message) -> None:
    # Equality of whole messages runs in C; only what differs is walked in Python.
    before = {field.name: value for field, value in old.ListFields()}
    for field, value in new.ListFields():
        earlier = before.pop(field.name, None)
        if _is_map(field):
            _diff_map(field, earlier if earlier is not None else {}, value, getattr(patch, field.name))
        elif earlier is None:
            _assign(patch, field, value)
        elif earlier == value:
            continue
        elif field.message_type is not None:
            target = getattr(patch, field.name)
            target.SetInParent()
            _diff_into(earlier, value, target)
        else:
            setattr(patch, field.name, value)
    for name in before:
        raise Unpatchable(f"{new.DESCRIPTOR.name}.{name}")


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def _assign(patch: Message, field: FieldDescriptor, value: object) -> None:
    if field.message_type is not None:
        getattr(patch, field.name).CopyFrom(value)
    else:
        setattr(patch, field.name, value)


def _diff_map(field: FieldDescriptor, old, new, target) -> None:  # type: ignore[no-untyped-def]  # upb containers have no common type
    if old == new:
        return
    assert field.message_type is not None, "a map is a message of key and value"
    message_valued = field.message_type.fields_by_name["value"].message_type is not None
    for key in new:
        # `in` first: reading a missing key of a message map would create it.
        if key in old and old[key] == new[key]:
            continue
        if message_valued:
            target[key].CopyFrom(new[key])
        else:
            target[key] = new[key]
    gone = [key for key in old if key not in new]
    if gone and not _trimmed_away(field, gone, new):
        raise Unpatchable(f"{field.full_name.removeprefix('scoreline.v1.')}[{gone[0]}]")


def _trimmed_away(field: FieldDescriptor, gone: list[int], new) -> bool:  # type: ignore[no-untyped-def]  # a upb map
    return (
        field.full_name == "scoreline.v1.ScoreState.key_events"
        and len(new) == KEY_EVENTS_KEPT
        and max(gone) < min(new)
    )
