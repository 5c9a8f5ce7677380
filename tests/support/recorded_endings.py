"""The games of a replay beside how they must have ended."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from scoreline.v1.state_pb2 import GameStatus
from tests.support.known_results import (
    BASEBALL_AND_BASKETBALL,
    FINAL,
    LIVE,
    MLB_PUSH,
    SEASONS,
    TWO_GAMES_OF_2022,
    WON,
    cricket_result,
    season_results,
    told_by_the_manifest,
    tournament_results,
)
from tests.support.manifest import manifest
from tests.support.recorded_plays import Play
from tests.support.running import Running

_ORACLES = {row.path: row.oracle for row in manifest()}


class Ending(NamedTuple):
    """How a game must end; the home side first."""

    score: tuple[int, int]
    period: str | None
    """Nothing where nobody tells."""
    statuses: tuple[int, ...]
    shootout: tuple[int, int] | None = None


class Ended(NamedTuple):
    """A game as `replay --json` read it back, and how it must have ended."""

    line: dict[str, Any]
    expected: Ending

    def differences(self) -> list[str]:
        """Return what is not as it must be."""
        line, expected = self.line, self.expected
        score = line["home_score"], line["away_score"]
        pens = line["home_shootout"], line["away_shootout"]
        status = GameStatus.Value(f"GAME_STATUS_{line['status'].upper()}")
        if expected.shootout == WON:
            right = None not in pens and (pens[0] > pens[1]) == (score[0] > score[1])
        else:
            right = pens == (expected.shootout or (None, None))
        checks = {
            f"{score} is not {expected.score}": score == expected.score,
            f"shoot-out {pens} is not {expected.shootout}": right,
            f"{line['status']} is none of {expected.statuses}": status in expected.statuses,
            f"{line['period']} is not {expected.period}": expected.period in (None, line["period"]),
            f"{line['rejected']} events were rejected": line["rejected"] == 0,
        }
        return [f"{line['game_id']}: {problem}" for problem, good in checks.items() if not good]

    def __str__(self) -> str:
        line = self.line
        shootout = f" ({line['home_shootout']}-{line['away_shootout']})" if self.expected.shootout else ""
        return f"{line['home_score']}-{line['away_score']}{shootout} {line['status']} {line['period']}"


#: Their documents stop, or were put together, in the middle: counted by hand from their rows.
EXCERPTS = {
    ("betfair-cricket", "cricket/betfair-ccm/CRICKET-1.179676557.ndjson.txt"): Ending(
        (81, 0), "Inn 1", (LIVE,)
    ),
    ("opta", "soccer/opta/opta_f24.xml"): Ending((1, 2), "PENS", (FINAL,), (0, 1)),
    ("sportec", "soccer/dfl-sportec/sportec_events.xml"): Ending((2, 0), "2H", (FINAL,)),
}


def endings_by_file() -> dict[tuple[str, str], Ending]:
    """Return the endings of the files that hold one game, by format and file."""
    return {
        (one.format_name, one.path.partition("+")[0]): Ending(
            one.score, one.period, tuple(one.statuses), one.shootout
        )
        for one in (*told_by_the_manifest(), *BASEBALL_AND_BASKETBALL)
    } | EXCERPTS


def ended_by_file(play: Play, lines: list[dict[str, Any]], running: Running) -> dict[str, list[Ended]]:
    """Return the games of each file of a call, from the lines that it printed."""
    by_id = {line["game_id"]: line for line in lines}
    assert len(by_id) == len(lines)
    if play.format_name in ("retrosheet", "slam-pbp"):
        endings = _season if play.format_name == "retrosheet" else _tournament
        expected = {path: endings(path) for path in play.files}
        assert by_id.keys() == {game_id for one in expected.values() for game_id in one}
        return {
            path: [Ended(by_id[game_id], ending) for game_id, ending in one.items()]
            for path, one in expected.items()
        }
    if play.format_name == "sportradar-mlb":
        [path] = play.files
        scores = re.findall(r"(\d+)-(\d+) [A-Z]", _ORACLES[path])
        assert sorted((int(one), int(two)) for one, two in scores) == sorted(one[1:3] for one in MLB_PUSH)
        return {path: [Ended(line, _interleaved(line, running)) for line in lines]}
    assert len(lines) == len(play.files), [line["game_id"] for line in lines]
    # The command line tells of the games in the order of their files.
    told = zip(play.files, lines, strict=True)
    return {path: [Ended(line, _ending(play, path, line, running))] for path, line in told}


def _season(path: str) -> dict[str, Ending]:
    name = path.rpartition("/")[2]
    if name in SEASONS:
        endings = {
            game: Ending((home, away), last, (FINAL,))
            for game, (home, away, last) in season_results(name).items()
        }
    else:
        assert name == "2022WAS_2.EVN", f"nobody has told how the games of {path} end"
        endings = {game: Ending(score, None, (FINAL,)) for game, score in TWO_GAMES_OF_2022.items()}
    assert _ORACLES[path] == f"{len(endings)} games"
    return {f"retrosheet-{game}": ending for game, ending in endings.items()}


def _tournament(path: str) -> dict[str, Ending]:
    return {
        f"slam-{match}": Ending(one.sets, one.last_set, (FINAL,))
        for match, one in tournament_results(path).items()
    }


def _interleaved(line: dict[str, Any], running: Running) -> Ending:
    sheet = running.state_of(line["game_id"]).state.sheet
    scores = {(home, away): (runs, others) for home, runs, others, away in MLB_PUSH}
    return Ending(scores[sheet.home.short_name, sheet.away.short_name], None, (LIVE,))


def _ending(play: Play, path: str, line: dict[str, Any], running: Running) -> Ending:
    oracle = _ORACLES[path]
    if play.format_name == "cricsheet":
        told, sheet = cricket_result(oracle), running.state_of(line["game_id"]).state.sheet
        sides = sheet.home.name, sheet.away.name
        assert {team for team, _, _ in told.innings} <= set(sides)
        over = dict(told.super_over)
        score = told.runs(sides[0]), told.runs(sides[1])
        shootout = (over[sides[0]], over[sides[1]]) if over else None
        return Ending(score, told.period, (told.status,), shootout)
    if play.format_name == "datafactory":
        found = re.search(r"(\d+)-(\d+) \(\+\d+ deleted\)", oracle)
        assert found, oracle
        return Ending((int(found[1]), int(found[2])), "2H", (FINAL,))
    known = endings_by_file()
    assert (play.format_name, path) in known, f"nobody has told how {path} ends"
    ending = known[play.format_name, path]
    if (play.format_name, path) not in EXCERPTS:
        # What was copied from the manifest by hand must still be what it says, in whichever order of sides.
        pairs = (ending.score, ending.score[::-1])
        assert any(re.search(rf"\b{one}\b\D+\b{two}\b", oracle) for one, two in pairs), (ending, oracle)
    return ending
