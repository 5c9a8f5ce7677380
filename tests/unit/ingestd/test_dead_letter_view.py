"""How the command line shows a payload that nobody could read."""

import json
from pathlib import Path

import pytest

from scoreline.cli.connection import NotFound
from scoreline.cli.dead_letter_view import view
from scoreline.cli.dead_letters import find_admin_token


def test_text_is_shown_as_text() -> None:
    assert view('{"items": "Mbappé"}\n'.encode(), None) == '{"items": "Mbappé"}\n'


def test_mostly_text_shows_what_is_broken_as_escapes() -> None:
    shown = view(b'{"name": "a long enough name in the document \xff"}', None)
    assert shown == '{"name": "a long enough name in the document \\xff"}'


def test_controls_never_reach_the_terminal() -> None:
    shown = view(b"a document in which somebody hid \x1b[2J in the middle of it", None)
    assert "\x1b" not in shown
    assert "\\x1b[2J" in shown


def test_bytes_are_shown_in_hexadecimal_with_their_text() -> None:
    shown = view(b"\x0a\xff\x00abc" + bytes(12), None).splitlines()
    assert shown[0].startswith("00000000  0a ff 00 61 62 63 00 00")
    assert shown[0].endswith("...abc..........")
    assert shown[1].startswith("00000010  00 00")


def test_an_empty_payload_is_shown_as_nothing() -> None:
    assert view(b"", None) == ""


def test_a_long_payload_says_how_much_is_left() -> None:
    assert view(b"x" * 5000, 4096).endswith("... 904 more bytes (--whole shows them)")


def test_the_admin_token_comes_from_option_environment_or_the_local_stack(tmp_path: Path) -> None:
    environ = {"SCORELINE_DATA_DIR": str(tmp_path)}
    with pytest.raises(NotFound, match="No admin token found"):
        find_admin_token(None, environ)
    (tmp_path / "credentials.json").write_text(json.dumps({"admin_token": "from-the-stack"}))
    assert find_admin_token(None, environ) == "from-the-stack"
    assert find_admin_token(None, {**environ, "SCORELINE_ADMIN_TOKEN": "from-env"}) == "from-env"
    assert find_admin_token("given", {**environ, "SCORELINE_ADMIN_TOKEN": "from-env"}) == "given"


@pytest.mark.parametrize("text", ["", "[]", "{}", "not json"])
def test_a_folder_without_a_token_says_how_to_give_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "credentials.json").write_text(text)
    with pytest.raises(NotFound, match="SCORELINE_ADMIN_TOKEN"):
        find_admin_token(None, {"SCORELINE_DATA_DIR": str(tmp_path)})
