"""Foreign JSON is read with limits, and every fault names its place."""

from __future__ import annotations

import pytest

from scoreline.feeds.document import MAX_DOCUMENT_BYTES, MAX_ENTRIES, Unfit, read_json
from scoreline.feeds.formats import ADAPTERS, find_adapter, format_names
from tests.support.feeds import the_fault

everything = pytest.mark.parametrize("adapter", ADAPTERS, ids=format_names())


@everything
@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b'{"events": [{"id": 1, ',
        b"[]",
        b"null",
        b"17",
        b"{}{}",
        b"\xff\xfe",
        b'"\xed\xa0\x80"',
        b'{"game": NaN}',
        b"[" * 5_000 + b"]" * 5_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b"<xml/>",
    ],
    ids=lambda document: repr(document[:12]),
)
def test_what_is_no_document_is_malformed(adapter, document: bytes) -> None:
    assert the_fault(adapter, document).message


@everything
def test_a_document_that_is_too_large_is_not_even_parsed(adapter) -> None:
    assert "larger" in the_fault(adapter, b" " * (MAX_DOCUMENT_BYTES + 1)).message


def test_a_byte_order_mark_is_no_fault() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": 1}').child("a").whole() == 1


def test_a_list_that_is_too_long_is_refused() -> None:
    document = b"[" + b"0," * MAX_ENTRIES + b"0]"
    with pytest.raises(Unfit) as caught:
        read_json(document).items()
    assert f"more than {MAX_ENTRIES}" in str(caught.value.malformed)


def test_null_is_the_same_as_absent() -> None:
    root = read_json(b'{"a": null, "b": {"c": [1, {"d": "x"}]}}')
    assert root.maybe("a") is None
    assert root.child("b").child("c").items()[1].child("d").path == "b.c[1].d"


def test_a_fault_shows_foreign_text_shortened() -> None:
    with pytest.raises(Unfit) as caught:
        read_json(b'{"a": "' + b"x" * 9_000 + b'"}').child("a").whole()
    assert len(str(caught.value.malformed)) < 100


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("wyscout", "wyscout"),
        ("WYSCOUT", "wyscout"),
        ("nba_live", "nba-cdn"),
        ("nba", "nba-cdn"),
        ("scoreline", "scoreline"),
        ("../wyscout", None),
        ("", None),
    ],
)
def test_formats_are_found_by_name_and_alias(name: str, found: str | None) -> None:
    adapter = find_adapter(name)
    assert (adapter.name if adapter else None) == found


def test_no_two_formats_share_a_name() -> None:
    names = [name for adapter in ADAPTERS for name in (adapter.name, *adapter.aliases)]
    assert len(set(names)) == len(names)
    assert all(find_adapter(name) for name in names)
