"""Whether an upgrade is accepted, and how."""

import orjson
import pytest

from pushd.core.handshake import Accept, Refuse, Subprotocol, answer, is_upgrade, refuse

GOOD = {
    "connection": "keep-alive, Upgrade",
    "upgrade": "WebSocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_an_upgrade_is_a_get_that_says_so_twice():
    assert is_upgrade("GET", GOOD)
    assert not is_upgrade("POST", GOOD)
    assert not is_upgrade("GET", {**GOOD, "connection": "keep-alive"})
    assert not is_upgrade("GET", {**GOOD, "upgrade": "h2c"})
    assert not is_upgrade("GET", {})


def test_the_key_of_the_standard_is_answered_as_the_standard_says():
    outcome = answer({**GOOD, "sec-websocket-protocol": "scoreline.v1.proto"})
    assert isinstance(outcome, Accept)
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in outcome.response
    assert b"Sec-WebSocket-Protocol: scoreline.v1.proto\r\n" in outcome.response
    assert outcome.response.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ("scoreline.v1.json", Subprotocol.JSON),
        ("chat, scoreline.v1.json , scoreline.v1.proto", Subprotocol.JSON),
        ("scoreline.v1.proto,scoreline.v1.json", Subprotocol.PROTO),
    ],
)
def test_the_first_known_subprotocol_is_chosen(offered, chosen):
    outcome = answer({**GOOD, "sec-websocket-protocol": offered})
    assert isinstance(outcome, Accept)
    assert outcome.subprotocol is chosen


def test_who_offers_none_speaks_json_and_is_told_none():
    outcome = answer(GOOD)
    assert isinstance(outcome, Accept)
    assert outcome.subprotocol is Subprotocol.JSON
    assert b"Sec-WebSocket-Protocol" not in outcome.response


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"sec-websocket-version": "12"}, 426, b"Sec-WebSocket-Version: 13"),
        ({"sec-websocket-key": "tooshort"}, 400, b"base64"),
        ({"sec-websocket-key": "not base64 at all!!"}, 400, b"base64"),
        ({"sec-websocket-key": "é"}, 400, b"base64"),
        ({"sec-websocket-protocol": "chat"}, 400, b"scoreline.v1.proto or scoreline.v1.json"),
    ],
)
def test_what_is_wrong_is_said(change, status, said):
    outcome = answer({**GOOD, **change})
    assert isinstance(outcome, Refuse)
    assert outcome.status == status
    assert said in outcome.response


@pytest.mark.parametrize("body", [{"content-length": "5"}, {"transfer-encoding": "chunked"}])
def test_an_upgrade_with_a_body_is_refused_with_the_typed_error(body):
    outcome = answer({**GOOD, **body})
    assert isinstance(outcome, Refuse)
    assert outcome.status == 400
    said = orjson.loads(outcome.response.partition(b"\r\n\r\n")[2])
    assert said == {"reason": "MALFORMED", "field": "", "message": "an upgrade request has no body"}


def test_an_upgrade_whose_body_is_empty_is_accepted():
    assert isinstance(answer({**GOOD, "content-length": "0"}), Accept)


def test_a_refusal_is_whole_http():
    refused = refuse(503, "later", "Retry-After: 3\r\n")
    head, _, body = refused.response.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"Retry-After: 3" in head
    assert b"Content-Length: %d" % len(body) in head
