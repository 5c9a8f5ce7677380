"""XML that would do harm is refused before anything in it is expanded."""

from __future__ import annotations

import pytest

from scoreline.feeds.document import Unfit
from scoreline.feeds.markup import MAX_ELEMENTS, read_markup

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><Games>&c;</Games>"""
EXTERNAL = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><Games><Game>&f;</Game></Games>'
REMOTE = b'<!DOCTYPE Games SYSTEM "http://127.0.0.1/evil.dtd"><Games/>'
PARAMETER = b'<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]><Games/>'


def refusal(document: bytes) -> str:
    with pytest.raises(Unfit) as caught:
        read_markup(document)
    return str(caught.value.malformed)


@pytest.mark.parametrize("document", [LAUGHS, EXTERNAL, REMOTE, PARAMETER])
def test_a_document_type_is_refused(document: bytes) -> None:
    assert "a document type is not allowed" in refusal(document)


@pytest.mark.parametrize(
    "document", [b"", b"<a>", b"<a></b>", b"plain", b"<a/><b/>", b"\xff\xfe\x00", b"<a>&undefined;</a>"]
)
def test_what_is_no_xml_is_refused(document: bytes) -> None:
    assert "not XML" in refusal(document)


def test_an_unknown_encoding_is_refused() -> None:
    assert refusal(b'<?xml version="1.0" encoding="klingon"?><a/>')


def test_depth_size_and_number_of_elements_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "deeper" in refusal(b"<a>" * 100 + b"</a>" * 100)
    assert "elements" in refusal(b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>")
    monkeypatch.setattr("scoreline.feeds.markup.MAX_DOCUMENT_BYTES", 10)
    assert "larger" in refusal(b"<a>0123456789</a>")


def test_elements_are_found_by_name_and_name_their_line() -> None:
    root = read_markup(b'<x:a>\n<b n="1"><c>  told </c></b>\n<b n="2"/></x:a>')
    assert root.tag == "a"
    assert [child.get("n") for child in root.named("b")] == ["1", "2"]
    inner = root.anywhere("c")
    assert inner is not None
    assert inner.text == "told"
    assert root.anywhere("d") is None
    assert root.children[1].attributes.path == "line 3 b"
    assert root.children[1].get("absent") == ""
    long = read_markup(b"<a>" + b"x" * 5_000 + b"<b/>y</a>")
    assert len(long.text) == 1_000
