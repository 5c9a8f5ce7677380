from __future__ import annotations

import pytest

from scoreline_client.addresses import addresses_of


@pytest.mark.parametrize(
    ("given", "websocket", "rest"),
    [
        ("ws://127.0.0.1:8080", "ws://127.0.0.1:8080/v1/ws", "http://127.0.0.1:8080"),
        ("127.0.0.1:8080", "ws://127.0.0.1:8080/v1/ws", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "ws://localhost:8080/v1/ws", "http://localhost:8080"),
        ("wss://live.example/v1/ws", "wss://live.example/v1/ws", "https://live.example"),
        ("https://example/scores/", "wss://example/scores/v1/ws", "https://example/scores"),
        ("ws://[::1]:9", "ws://[::1]:9/v1/ws", "http://[::1]:9"),
    ],
)
def test_one_address_leads_to_both_doors(given: str, websocket: str, rest: str) -> None:
    assert addresses_of(given)[:2] == (websocket, rest)


@pytest.mark.parametrize("given", ["ftp://example", "ws://", ""])
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        addresses_of(given)


def test_loopback_is_recognised() -> None:
    assert addresses_of("ws://127.0.0.1:1").is_loopback
    assert addresses_of("ws://localhost:1").is_loopback
    assert not addresses_of("ws://live.example").is_loopback


def test_ids_can_not_leave_their_place_in_the_path() -> None:
    assert addresses_of("ws://h").score("../x?y").endswith("/v1/games/..%2Fx%3Fy/score")
