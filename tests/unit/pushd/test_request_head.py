"""The first request of a connection: the quick way to read it finds what the parser finds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pushd.request_head import _parsed, _usual, upgrade_in

NEEDED = [
    ("Host", "example.org"),
    ("Upgrade", "websocket"),
    ("Connection", "keep-alive, Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
]


def request(headers=NEEDED, target: str = "/v1/ws", rest: bytes = b"", version: str = "HTTP/1.1") -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"GET {target} {version}\r\n{lines}\r\n".encode("latin-1") + rest


def test_an_upgrade_is_read_with_what_follows_it():
    found = upgrade_in(request(rest=b"\x82\x80more"))
    assert found is not None
    assert found.headers["sec-websocket-key"] == "dGhlIHNhbXBsZSBub25jZQ=="
    assert found.rest == b"\x82\x80more"
    assert upgrade_in(request(target="/v1/ws?position=3")) is not None


@pytest.mark.parametrize(
    "head",
    [
        request(target="/v1/wss"),
        request(target="/v1/games"),
        request(headers=NEEDED[:1]),
        request(version="HTTP/1.0"),
        request().replace(b"GET", b"POST"),
        request().replace(b"Upgrade: websocket", b"Upgrade : websocket"),
        request().replace(b"\r\n", b"\n") + b"\r\n\r\n",
        b"GET /v1/ws\r\n\r\n",
        request([*NEEDED, ("X", "\x00")]),
    ],
    ids=["longer", "other", "plain", "old", "post", "space", "lf", "nine", "nul"],
)
def test_what_is_no_upgrade_of_ours_is_left_to_the_library(head):
    assert upgrade_in(head) is None


@pytest.mark.parametrize(
    "odd",
    [("Connection", "x"), ("Content-Length", "0"), ("Transfer-Encoding", "chunked"), ("X", "a\r\n folded")],
)
def test_what_is_unusual_is_read_by_the_parser(odd):
    assert _usual(request([*NEEDED, odd])) is None


names = st.from_regex(r"\AX-[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}\Z")
values = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=30
)


@given(
    st.lists(st.tuples(names, values), max_size=8, unique_by=lambda header: header[0].lower()),
    st.permutations(NEEDED),
    st.binary(max_size=20),
)
@settings(max_examples=300, deadline=None)
def test_the_quick_way_agrees_with_the_parser(extra, needed, rest):
    head = request([*needed, *extra], rest=rest)
    quick, thorough = _usual(head), _parsed(head)
    assert quick is not None
    assert thorough is not None
    assert quick.rest == thorough.rest
    strip = {name: value.strip(" \t") for name, value in thorough.headers.items()}
    assert quick.headers == strip
