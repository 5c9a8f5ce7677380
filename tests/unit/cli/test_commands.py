"""The command line says what it offers and refuses what makes no sense before it connects anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from scoreline.cli.__main__ import app
from scoreline.cli.replay import read_speed
from tests.support.feeds import FIXTURES

COMMANDS = ("up", "replay", "import", "watch", "dead-letters", "rebuild", "doctor")
OVERTIME = str(FIXTURES / "nba_cdn" / "overtime.json")


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run without a local stack, as a provider that knows its token."""
    monkeypatch.setenv("SCORELINE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SCORELINE_PROVIDER", "demo")
    monkeypatch.setenv("SCORELINE_TOKEN", "secret-of-demo")
    # Help and errors are compared as plain text.
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str):
    return CliRunner().invoke(app, arguments)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output
    assert command in run("--help").output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--format", "sportsfeed", OVERTIME), "scoreline, wyscout, nba-cdn"),
        (("--format", "nba", "--speed", "fast", OVERTIME), "max"),
        (("--format", "nba", "--speed", "-1", OVERTIME), "max"),
        (("--format", "nba", "--speed", "nan", OVERTIME), "max"),
        (("--format", "nba", "--game-id", "a/../b", OVERTIME), "letters, digits"),
        (("--format", "nba", "--copies", "0", OVERTIME), "copies"),
        (("--format", "nba", "--duplicate-share", "2", OVERTIME), "duplicate-share"),
        (("--format", "nba"), "FILE"),
        ((OVERTIME,), "format"),
    ],
)
def test_a_replay_that_makes_no_sense_is_refused_with_the_option_named(
    arguments: tuple[str, ...], complaint: str
) -> None:
    result = run("replay", *arguments)
    assert result.exit_code == 2
    assert complaint in result.output


def test_one_id_can_not_name_two_games(tmp_path: Path) -> None:
    first = FIXTURES / "wyscout" / "own_goal.json"
    second = tmp_path / "another.json"
    second.write_text(first.read_text().replace("9001", "9002"))
    result = run("replay", "--format", "wyscout", "--game-id", "one", str(first), str(second))
    assert result.exit_code == 2
    assert "names one game" in result.output


@pytest.mark.parametrize("command", ["replay", "import"])
def test_nobody_listening_is_said_with_what_to_do(command: str) -> None:
    result = run(command, "--format", "nba", OVERTIME, "--state", "127.0.0.1:1", "--ingest", "127.0.0.1:1")
    assert result.exit_code == 1
    assert "No Scoreline found at 127.0.0.1:1" in result.output
    assert "make run" in result.output
    assert "secret-of-demo" not in result.output


@pytest.mark.parametrize("command", ["replay", "import"])
def test_files_that_are_all_broken_end_the_command_before_it_connects(command: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"game": {"gameId": 5}}')
    result = run(command, "--format", "nba", str(broken), str(tmp_path / "missing.json"))
    assert result.exit_code == 1
    assert "game.gameId" in result.output
    assert "No such file" in result.output


@pytest.mark.parametrize("command", ["replay", "import"])
def test_without_a_token_nothing_is_sent(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCORELINE_TOKEN")
    result = run(command, "--format", "nba", OVERTIME)
    assert result.exit_code == 1
    assert "SCORELINE_TOKEN" in result.output


@pytest.mark.parametrize(("text", "speed"), [("max", None), ("MAX", None), ("60", 60.0), ("1.5x", 1.5)])
def test_speeds_are_numbers_or_max(text: str, speed: float | None) -> None:
    assert read_speed(text) == speed
