"""Real recordings through the command line, ingestd and stated: each ends as the manifest says."""

from __future__ import annotations

import csv
import re
from typing import Any

import pytest

from tests.support.feeds import recordings
from tests.support.running import Running

ROOT = recordings()
MANIFEST = ROOT / "manifest.tsv"
pytestmark = pytest.mark.skipif(not MANIFEST.exists(), reason=f"no recordings in {ROOT}; set SCORELINE_DATA")

_FOOTBALL = re.compile(r"(\d+)-(\d+)(?: aet pens (\d+)-(\d+))?$")


def football_matches() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return path and expected ending of each football recording by game id."""
    expected = {}
    with MANIFEST.open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            if not row["file"].startswith("soccer/wyscout-wc2018/"):
                continue
            path = ROOT / row["file"]
            found = _FOOTBALL.search(row["final_score_oracle"])
            assert found, row
            home, away, *shootout = (int(number) if number else None for number in found.groups())
            expected[f"wyscout-{path.stem}"] = (
                str(path),
                {
                    "home_score": home,
                    "away_score": away,
                    "home_shootout": shootout[0],
                    "away_shootout": shootout[1],
                    "status": "final",
                    "period": "PENS" if shootout[0] is not None else "2H",
                    "rejected": 0,
                },
            )
    return expected


def test_every_football_recording_ends_as_the_manifest_says(running: Running) -> None:
    """Given all football recordings, when they are replayed at once, then each ends as it really ended."""
    expected = football_matches()
    assert expected
    lines = running.replay(
        "--format", "wyscout", "--speed", "max", *(path for path, _ in expected.values()), timeout_s=100
    )
    ended = {line["game_id"]: line for line in lines}
    assert ended.keys() == expected.keys()
    for game_id, (_, ending) in expected.items():
        assert {key: ended[game_id][key] for key in ending} == ending, game_id


def test_a_basketball_recording_ends_as_the_manifest_says_and_again_changes_nothing(running: Running) -> None:
    """Given the basketball recording, when it is replayed twice, then it counts once and ends right."""
    file = str(ROOT / "basketball/nba-live/pbp_live_0022000001.json")
    [first] = running.replay("--format", "nba-cdn", "--speed", "max", file)
    [second] = running.replay("--format", "nba-cdn", "--speed", "max", file)
    for line in (first, second):
        assert (line["home_score"], line["away_score"], line["status"], line["period"]) == (
            125,
            99,
            "final",
            "Q4",
        )
    assert (second["stored"], second["duplicate"]) == (0, first["stored"])
    assert second["version"] == first["version"]
