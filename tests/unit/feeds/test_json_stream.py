from __future__ import annotations

import pytest

from scoreline.feeds import json_stream
from scoreline.feeds.document import Unfit
from scoreline.feeds.json_stream import read_values


@pytest.mark.parametrize(
    "document",
    [b'{"a": 1}{"b": 2}', b'{"a": 1}\n{"b": 2}\n', b'[{"a": 1}, {"b": 2}]', b'\xef\xbb\xbf{"a":1} {"b":2}'],
)
def test_values_may_be_lines_strung_together_or_one_array(document: bytes) -> None:
    values = read_values(document)
    assert [place.value for place in values] == [{"a": 1}, {"b": 2}]
    assert values[1].path == "[1]"


@pytest.mark.parametrize("document", [b"", b" \n", b"[]"])
def test_no_value_at_all_is_refused(document: bytes) -> None:
    with pytest.raises(Unfit, match="holds nothing"):
        read_values(document)


@pytest.mark.parametrize("document", [b'{"a": 1}{"b"', b"nonsense", b'{"a": "\xff"}', b'{"a": 01}'])
def test_what_is_not_json_is_named_by_the_number_of_the_value(document: bytes) -> None:
    with pytest.raises(Unfit) as caught:
        read_values(document)
    assert caught.value.malformed.field in ("[0]", "[1]")


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_ENTRIES", 2)
    with pytest.raises(Unfit, match="more than 2"):
        read_values(b"1 2 3")
    monkeypatch.setattr(json_stream, "MAX_DOCUMENT_BYTES", 4)
    with pytest.raises(Unfit, match="larger"):
        read_values(b"1 2 3 4")
    monkeypatch.setattr(json_stream, "MAX_DOCUMENT_BYTES", 400)
    with pytest.raises(Unfit, match="nested"):
        read_values(b"[" * 50 + b"]" * 50)
