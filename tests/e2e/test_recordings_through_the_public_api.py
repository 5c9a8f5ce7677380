"""Real recordings through the command line, ingestd and stated: each ends as the manifest says.

Every file of the manifest is replayed, or listed with the reason why it has no final score.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.support.known_results import LIVE, MLB_PUSH, SEASONS, TOURNAMENTS, tournament_results
from tests.support.manifest import MANIFEST, ROOT, manifest
from tests.support.recorded_endings import EXCERPTS, Ended, ended_by_file
from tests.support.recorded_plays import Play, plays, reason_not_played
from tests.support.running import Running

pytestmark = pytest.mark.skipif(not MANIFEST.exists(), reason=f"no recordings in {ROOT}; set SCORELINE_DATA")

#: The home side of a game in the push stream of baseball that has no event yet: it is registered, not begun.
_NOT_BEGUN = "SF"
_SCORE = re.compile(r"\d+ ?- ?\d+|\d/\d+;|away \d|FINAL")


@pytest.fixture(scope="module")
def played(running: Running) -> Callable[[Play], dict[str, list[Ended]]]:
    """Replays once, and returns the games of each file."""
    known: dict[str, dict[str, list[Ended]]] = {}

    def play(what: Play) -> dict[str, list[Ended]]:
        if str(what) not in known:
            files = [str(ROOT / path) for path in (*what.files, *what.beside)]
            named = ["--game-id", what.game_id] if what.game_id else []
            lines = running.replay("--format", what.format_name, "--speed", "max", *named, *files)
            known[str(what)] = ended_by_file(what, lines, running)
        return known[str(what)]

    return play


@pytest.mark.parametrize("play", plays(), ids=str)
def test_every_recording_of_a_format_ends_as_the_manifest_says(
    play: Play, played: Callable[[Play], dict[str, list[Ended]]]
) -> None:
    """Given all recordings of a format, when they are replayed at once, then each ends as it really ended."""
    assert play.files
    games = played(play)
    assert games.keys() == set(play.files)
    assert all(games.values())
    assert [problem for one in games.values() for game in one for problem in game.differences()] == []


def test_games_of_one_push_stream_are_told_apart(
    running: Running, played: Callable[[Play], dict[str, list[Ended]]]
) -> None:
    """Given five games in one stream, of which one hasn't begun, then the four others have their scores."""
    [play] = [one for one in plays() if one.format_name == "sportradar-mlb"]
    [games] = played(play).values()
    homes = {running.state_of(game.line["game_id"]).state.sheet.home.short_name for game in games}
    assert homes == {home for home, *_ in MLB_PUSH} - {_NOT_BEGUN}


def test_winners_of_tennis_are_those_of_the_list(
    running: Running, played: Callable[[Play], dict[str, list[Ended]]]
) -> None:
    """Given lists of who won and who retired, when the points are replayed, then stated says the same."""
    [play] = [one for one in plays() if one.format_name == "slam-pbp"]
    games = played(play)
    compared = 0
    for path in TOURNAMENTS:
        results = tournament_results(path)
        for game in games[path]:
            told = results[game.line["game_id"].removeprefix("slam-")]
            tennis = running.state_of(game.line["game_id"]).state.tennis
            assert told.winner in (None, tennis.winner), game.line
            assert told.retired == bool(tennis.concession), game.line
            compared += told.winner is not None
    assert compared > 0


def test_every_file_of_the_manifest_is_played_or_named_with_a_reason(
    played: Callable[[Play], dict[str, list[Ended]]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Given the manifest, when all is replayed, then a table tells of every file, and none is left out."""
    told: dict[str, list[str]] = {}
    wrong: list[str] = []
    count = 0
    for play in plays():
        try:
            games_of = played(play)
        except (AssertionError, pytest.fail.Exception) as failure:
            # The table still tells of all others.
            wrong.append(f"{play}: {failure}")
            games_of = {path: [] for path in play.files}
        for path, games in games_of.items():
            count += len(games)
            problems = [problem for game in games for problem in game.differences()]
            wrong += problems
            result = str(games[0]) if len(games) == 1 else f"{len(games)} results"
            verdict = "; ".join(problems) or (_verdict(play, path, games) if games else "FAILED")
            line = f"{play.format_name:<16}{len(games):>5}  {result:<26}{verdict}"
            told.setdefault(path, []).append(line)
        for path, role in play.beside.items():
            line = f"{play.format_name:<16}{'':>5}  {'none of its own':<26}sent beside the others: {role}"
            told.setdefault(path, []).append(line)
    table, forgotten = [], []
    for row in manifest():
        reason = reason_not_played(row.path)
        if row.path not in told:
            if reason is None:
                forgotten.append(row.path)
            if _SCORE.search(row.oracle):
                wrong.append(f"{row.path} has a score ({row.oracle}), so no reason excuses it")
        lines = told.get(row.path) or [f"{'-':<16}{'':>5}  {'no final score':<26}{reason or 'NOT PLAYED'}"]
        table += [f"{_short(row.path):<58}{line}" for line in lines]
    with capsys.disabled():
        print(f"\n{'file':<58}{'format':<16}games  {'result':<26}verdict")
        print("\n".join(table))
        print(f"{len(manifest())} files, {len(told)} of them replayed: {count} games; {len(wrong)} wrong")
    assert not forgotten, "neither played nor named with a reason"
    assert told.keys() <= {row.path for row in manifest()}
    assert wrong == []


def _verdict(play: Play, path: str, games: list[Ended]) -> str:
    if (play.format_name, path) in EXCERPTS:
        return "excerpt: as its own rows add up"
    if play.format_name == "sportradar-mlb":
        return "as the manifest, which stops there; a fifth game hasn't begun"
    if games[0].expected.statuses == (LIVE,):
        return "as the manifest, which stops there"
    if play.format_name == "slam-pbp":
        return "as the points and the list of matches say"
    if play.format_name == "retrosheet":
        return "as another reader has them" if path.endswith(SEASONS) else "as they really ended"
    return "as the manifest"


def _short(path: str) -> str:
    """Return a path that fits the table, with its end."""
    return path if len(path) < 57 else f"...{path[-53:]}"


def test_a_recording_that_is_replayed_again_changes_nothing(running: Running) -> None:
    """Given the basketball recording, when it is replayed twice, then it counts once and ends right."""
    file = str(ROOT / "basketball/nba-live/pbp_live_0022000001.json")
    replay = ("--format", "nba-cdn", "--speed", "max", "--game-id", "nba-twice", file)
    [first], [second] = running.replay(*replay), running.replay(*replay)
    for line in (first, second):
        assert (line["home_score"], line["away_score"], line["status"], line["period"]) == (
            125,
            99,
            "final",
            "Q4",
        )
    assert first["stored"] > 0
    assert (second["stored"], second["duplicate"]) == (0, first["stored"])
    assert second["version"] == first["version"]
