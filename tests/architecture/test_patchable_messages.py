"""The four rules under which a patch is the state's own message and applying it is protobuf's own merge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from scoreline.v1.frame_pb2 import Patch, Snapshot
from scoreline.v1.state_pb2 import ScoreState

#: Names that speak of a change rather than of a value: a patch merged twice must not count twice.
_INCREMENTS = ("delta", "increment", "added", "removed", "change")


def bodies() -> list[Descriptor]:
    """Return the bodies of all topics, as a patch can carry them."""
    found = [field.message_type for field in Patch.DESCRIPTOR.oneofs_by_name["body"].fields]
    assert all(body is not None for body in found)
    return [body for body in found if body is not None]


def reachable(message: Descriptor) -> Iterator[Descriptor]:
    """Yield a message and every message inside it, each once."""
    pending, known = [message], set()
    while pending:
        one = pending.pop()
        if one.full_name in known:
            continue
        known.add(one.full_name)
        yield one
        pending += [field.message_type for field in one.fields if field.message_type is not None]


def is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


PATCHABLE = [
    message for body in bodies() for message in reachable(body) if not message.GetOptions().map_entry
]
FIELDS = [
    pytest.param(field, id=f"{message.name}.{field.name}")
    for message in PATCHABLE
    for field in message.fields
]


def test_a_snapshot_carries_the_same_bodies_as_a_patch() -> None:
    kept = [field.message_type for field in Snapshot.DESCRIPTOR.oneofs_by_name["body"].fields]
    assert kept == bodies()
    assert ScoreState.DESCRIPTOR in kept


@pytest.mark.parametrize("field", FIELDS)
def test_a_scalar_has_presence(field: FieldDescriptor) -> None:
    assert is_map(field) or field.has_presence


@pytest.mark.parametrize("field", FIELDS)
def test_nothing_is_repeated_but_maps_of_stable_ids(field: FieldDescriptor) -> None:
    if is_map(field):
        key = field.message_type.fields_by_name["key"]
        assert key.type in (
            FieldDescriptor.TYPE_UINT32,
            FieldDescriptor.TYPE_UINT64,
            FieldDescriptor.TYPE_STRING,
        )
    else:
        assert not field.is_repeated


@pytest.mark.parametrize("field", FIELDS)
def test_a_value_is_absolute(field: FieldDescriptor) -> None:
    assert not any(word in field.name.split("_") for word in _INCREMENTS)


def test_what_stands_in_a_oneof_is_a_message_and_stands_at_the_top() -> None:
    # An arm is chosen once, by the sport; deeper down nothing would keep it from changing.
    tops = bodies()
    for message in PATCHABLE:
        arms = [oneof for oneof in message.oneofs if not is_synthetic(oneof)]
        assert not arms or message in tops
        assert all(field.message_type is not None for oneof in arms for field in oneof.fields)


def is_synthetic(oneof) -> bool:  # type: ignore[no-untyped-def]
    """Whether the oneof is only how `optional` is written down."""
    return len(oneof.fields) == 1 and oneof.name == f"_{oneof.fields[0].name}"
