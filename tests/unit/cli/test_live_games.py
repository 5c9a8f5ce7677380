"""`scoreline watch` without a game shows what is being played."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from pushd.game_list import parse
from scoreline.cli.live_games import MOST, live_games
from scoreline.v1.state_pb2 import GameStatus


@contextmanager
def serving(body: bytes, code: int = 200, asked: list[str] | None = None) -> Iterator[str]:
    """Answer every request with `body`, and note what was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if asked is not None:
                asked.append(self.path)
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_games_that_are_live_are_asked_for() -> None:
    asked: list[str] = []
    with serving(b'{"games": [{"game_id": "a"}, {"game_id": "b"}]}', asked=asked) as url:
        assert live_games(url) == ["a", "b"]
        assert live_games(url.replace("http", "ws")) == ["a", "b"]
    [query, _] = [urlsplit(path) for path in asked]
    # What pushd itself would read from the request, so that neither side can change alone.
    assert query.path == "/v1/games"
    request = parse(dict(parse_qsl(query.query)))
    assert (request.status, request.page_size) == (GameStatus.GAME_STATUS_LIVE, MOST)


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[]", b'{"games": [1]}', b"\xff"])
def test_a_server_of_another_kind_is_not_believed(body: bytes) -> None:
    with serving(body) as url, pytest.raises(ValueError, match="does not answer like Scoreline"):
        live_games(url)


def test_a_refusal_is_told_by_its_code() -> None:
    with serving(b"", 503) as url, pytest.raises(ValueError, match="HTTP 503"):
        live_games(url)


def test_nobody_at_the_address_is_an_error_of_the_network() -> None:
    with pytest.raises(OSError, match="refused"):
        live_games("http://127.0.0.1:1")
