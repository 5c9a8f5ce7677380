"""What buf does not know of our style: every element explains itself by name, enums begin with nothing."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)
from grpc_tools import protoc

PROTO = Path(__file__).resolve().parents[2] / "proto"
SOURCES = sorted((PROTO / "scoreline" / "v1").glob("*.proto"))

#: Numbers of the fields of FileDescriptorProto and its kin, from which the paths of source info are made.
_MESSAGES, _ENUMS, _SERVICES = (
    FileDescriptorProto.MESSAGE_TYPE_FIELD_NUMBER,
    FileDescriptorProto.ENUM_TYPE_FIELD_NUMBER,
    FileDescriptorProto.SERVICE_FIELD_NUMBER,
)


class Element(NamedTuple):
    """One thing of a proto file, with the comment above it."""

    name: str
    place: str
    comment: str


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> list[FileDescriptorProto]:
    """Our files as protoc describes them, with their comments."""
    target = tmp_path_factory.mktemp("descriptors") / "set.binpb"
    done = protoc.main(
        [
            "protoc",
            f"-I{PROTO}",
            f"-I{files('grpc_tools') / '_proto'}",
            "--include_source_info",
            f"--descriptor_set_out={target}",
            *(str(source) for source in SOURCES),
        ]
    )
    assert done == 0
    return list(FileDescriptorSet.FromString(target.read_bytes()).file)


def elements(file: FileDescriptorProto) -> Iterator[Element]:
    """Yield every message, field, enum, value, service and call of a file."""
    comments = {tuple(spot.path): spot.leading_comments.strip() for spot in file.source_code_info.location}

    def one(name: str, inside: str, path: tuple[int, ...]) -> Element:
        return Element(name, f"{file.name}: {inside}{name}", comments.get(path, ""))

    def of_enum(enum: EnumDescriptorProto, inside: str, path: tuple[int, ...]) -> Iterator[Element]:
        yield one(enum.name, inside, path)
        for i, value in enumerate(enum.value):
            yield one(value.name, f"{inside}{enum.name}.", (*path, EnumDescriptorProto.VALUE_FIELD_NUMBER, i))

    def of_message(message: DescriptorProto, inside: str, path: tuple[int, ...]) -> Iterator[Element]:
        if message.options.map_entry:
            return
        yield one(message.name, inside, path)
        deeper = f"{inside}{message.name}."
        for i, field in enumerate(message.field):
            yield one(field.name, deeper, (*path, DescriptorProto.FIELD_FIELD_NUMBER, i))
        for i, nested in enumerate(message.nested_type):
            yield from of_message(nested, deeper, (*path, DescriptorProto.NESTED_TYPE_FIELD_NUMBER, i))
        for i, enum in enumerate(message.enum_type):
            yield from of_enum(enum, deeper, (*path, DescriptorProto.ENUM_TYPE_FIELD_NUMBER, i))

    for i, message in enumerate(file.message_type):
        yield from of_message(message, "", (_MESSAGES, i))
    for i, enum in enumerate(file.enum_type):
        yield from of_enum(enum, "", (_ENUMS, i))
    for i, service in enumerate(file.service):
        yield one(service.name, "", (_SERVICES, i))
        for j, call in enumerate(service.method):
            path = (_SERVICES, i, ServiceDescriptorProto.METHOD_FIELD_NUMBER, j)
            yield one(call.name, f"{service.name}.", path)


def enums(file: FileDescriptorProto) -> Iterator[EnumDescriptorProto]:
    """Yield all enums of a file, nested ones included."""
    yield from file.enum_type
    pending = list(file.message_type)
    while pending:
        message = pending.pop()
        yield from message.enum_type
        pending += message.nested_type


def upper_snake(name: str) -> str:
    return "".join(f"_{c}" if c.isupper() else c.upper() for c in name).lstrip("_")


def test_every_file_is_described(described: list[FileDescriptorProto]) -> None:
    assert {Path(file.name).name for file in described} == {source.name for source in SOURCES}


def test_every_element_has_a_comment_that_begins_with_its_name(described: list[FileDescriptorProto]) -> None:
    mute = [
        element.place
        for file in described
        for element in elements(file)
        if element.comment.split(" ", 1)[0].rstrip(".:,") != element.name or not element.comment.endswith(".")
    ]
    assert mute == []


def test_every_enum_begins_with_a_nought_that_means_nothing(described: list[FileDescriptorProto]) -> None:
    for file in described:
        for enum in enums(file):
            prefix = upper_snake(enum.name)
            assert (enum.value[0].name, enum.value[0].number) == (f"{prefix}_UNSPECIFIED", 0)
            assert all(value.name.startswith(f"{prefix}_") for value in enum.value)


def test_every_call_owns_its_request_and_its_response(described: list[FileDescriptorProto]) -> None:
    used: list[str] = []
    for file in described:
        for service in file.service:
            for call in service.method:
                for type_name, kind in ((call.input_type, "Request"), (call.output_type, "Response")):
                    name = type_name.rsplit(".", 1)[-1]
                    # Push speaks in the frames that every transport speaks in.
                    if name not in ("ClientFrame", "ServerFrame"):
                        assert name.endswith(f"{call.name}{kind}")
                        used.append(name)
    assert len(used) == len(set(used))


def test_times_lengths_and_ids_have_the_suffixes_that_say_so(described: list[FileDescriptorProto]) -> None:
    suffixes = {
        ".google.protobuf.Timestamp": ("_time", "_from", "_until"),
        ".google.protobuf.Duration": ("_duration", "_after"),
    }
    for file in described:
        for message in file.message_type:
            for field in message.field:
                if field.type_name in suffixes:
                    assert field.name.endswith(suffixes[field.type_name]), f"{message.name}.{field.name}"
                if field.name == "id":
                    assert field.type != FieldDescriptorProto.TYPE_STRING, f"{message.name}.{field.name}"


@pytest.mark.parametrize("source", SOURCES, ids=[source.name for source in SOURCES])
def test_a_file_is_under_three_hundred_lines_of_the_package_it_lies_in(source: Path) -> None:
    lines = source.read_text().splitlines()
    assert len(lines) < 300
    assert f"package {'.'.join(source.parent.relative_to(PROTO).parts)};" in lines
    assert source.stem == source.stem.lower()
