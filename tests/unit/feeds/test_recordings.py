"""Real recordings, translated and folded: the result of every match, and what its patches weigh.

The recordings are not part of the project: without them these tests are skipped.
"""

from __future__ import annotations

import csv
import re
import statistics
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from ingestd.core.validation import check_envelope, check_facts, fixture
from scoreline.domain.match_time import period_label
from scoreline.feeds.adapter import GameTranslation
from scoreline.feeds.formats import find_adapter
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import GameStatus, Period, ScoreState
from scoreline.wire.frames import encode_patch
from scoreline.wire.names import event_identity
from stated.core.game_fold import GameFold
from stated.core.steps import Applied, LoggedEvent, Recorded
from tests.support.feeds import recordings, the_game

ROOT = recordings()
#: The budget of a whole frame in the middle of a real match.
MEDIAN_BYTES = 20
_FORMATS = {"soccer/wyscout-wc2018/": "wyscout", "basketball/nba-live/pbp_": "nba-cdn"}

pytestmark = pytest.mark.skipif(
    not (ROOT / "manifest.tsv").exists(), reason=f"no recordings in {ROOT}; set SCORELINE_DATA"
)


class Recording(NamedTuple):
    path: str
    format_name: str
    note: str
    score: tuple[int, int]
    shootout: tuple[int, int] | None
    period: str


class Folded(NamedTuple):
    game: Game
    state: ScoreState
    frame_bytes: list[int]
    refused: list[str]


def listed() -> list[Recording]:
    """Return the recordings of our formats with the results that the manifest tells."""
    if not (ROOT / "manifest.tsv").exists():
        return []
    found = []
    with (ROOT / "manifest.tsv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            for prefix, name in _FORMATS.items():
                if row["file"].startswith(prefix):
                    found.append(_result(row["file"], name, row["final_score_oracle"], row["note"]))
    return found


def _result(path: str, format_name: str, oracle: str, note: str) -> Recording:
    if format_name == "nba-cdn":
        home, away = map(int, re.match(r"(\d+)-(\d+)", oracle).groups())
        return Recording(path, format_name, note, (home, away), None, "Q4")
    found = re.search(r"(\d+)-(\d+)(?: aet pens (\d+)-(\d+))?$", oracle)
    home, away, home_pens, away_pens = found.groups()
    shootout = (int(home_pens), int(away_pens)) if home_pens else None
    return Recording(path, format_name, note, (int(home), int(away)), shootout, "PENS" if shootout else "2H")


@cache
def translated(path: str, format_name: str) -> GameTranslation:
    return the_game(find_adapter(format_name), (ROOT / path).read_bytes())


@cache
def folded(path: str, format_name: str) -> Folded:
    """Fold a recording as the log would bring it."""
    told = translated(path, format_name)
    game = Game()
    game.CopyFrom(told.game)
    game.topic = 137
    for number, entry in enumerate(game.roster, 1):
        entry.roster_number = number
    if not game.HasField("scheduled_time"):
        game.scheduled_time.FromJsonString("2018-06-30T14:00:00Z")
    fold = GameFold(game)
    sizes, refused = [], []
    start_us = game.scheduled_time.ToMicroseconds()
    for number, (offset_s, event) in enumerate(told.events, 1):
        event.provider_id = "demo"
        now_us = start_us + int(offset_s * 1e6)
        for step in fold.offer(LoggedEvent(number, event_identity(event), event, now_us), now_us):
            if isinstance(step, Applied) and step.patch is not None:
                sizes.append(len(encode_patch(game.topic, fold.version, step.patch)))
            elif isinstance(step, Recorded):
                refused.append(f"{event.event_id}: {step.reason} {step.note}")
    return Folded(game, fold.state, sizes, refused)


each = pytest.mark.parametrize("recording", listed(), ids=lambda recording: Path(recording.path).stem)


def test_every_recording_of_our_formats_is_listed() -> None:
    assert len([one for one in listed() if one.format_name == "wyscout"]) >= 17
    assert [one for one in listed() if one.format_name == "nba-cdn"]


@each
def test_a_recording_ends_with_the_true_result(recording: Recording) -> None:
    result = folded(recording.path, recording.format_name)
    score = result.state.score
    assert (score.home, score.away) == recording.score
    shootout = (score.home_shootout, score.away_shootout) if score.HasField("home_shootout") else None
    assert shootout == recording.shootout
    assert result.state.status == GameStatus.GAME_STATUS_FINAL
    last = Period(kind=result.state.period.kind, ordinal=result.state.period.ordinal)
    assert period_label(result.game.sport, GameStatus.GAME_STATUS_LIVE, last) == recording.period
    assert not result.refused


@each
def test_the_home_side_is_the_one_that_the_title_names_first(recording: Recording) -> None:
    game = translated(recording.path, recording.format_name).game
    if recording.format_name == "wyscout":
        assert recording.note.startswith(f"{game.home.name} - {game.away.name},")
    else:
        assert recording.note.startswith(f"{game.away.short_name}@{game.home.short_name}")


@each
def test_every_event_of_a_recording_would_be_accepted(recording: Recording) -> None:
    told = translated(recording.path, recording.format_name)
    rules = fixture(told.game)
    for _, event in told.events:
        assert check_envelope(event, "demo", 2e9) is None
        assert check_facts(event, rules, "demo") is None


@each
def test_a_half_of_a_recording_stays_live(recording: Recording) -> None:
    told = translated(recording.path, recording.format_name)
    if recording.format_name == "wyscout":
        document = _halved((ROOT / recording.path).read_bytes(), "events")
    else:
        document = _halved((ROOT / recording.path).read_bytes(), "actions")
    half = the_game(find_adapter(recording.format_name), document)
    assert not half.complete
    whole = [event.event_id for _, event in told.events]
    assert [event.event_id for _, event in half.events] == whole[: len(half.events)]


def test_the_median_patch_of_a_real_match_fits_the_budget(capsys: pytest.CaptureFixture[str]) -> None:
    every: list[int] = []
    lines = []
    for recording in listed():
        sizes = sorted(folded(recording.path, recording.format_name).frame_bytes)
        every.extend(sizes)
        lines.append(_line(Path(recording.path).stem, sizes))
        assert statistics.median(sizes) <= MEDIAN_BYTES
    with capsys.disabled():
        print("\nbytes of a ServerFrame    patches  median  p90  max")
        print("\n".join([*lines, _line("all", sorted(every))]))
    assert statistics.median(every) <= MEDIAN_BYTES


def _line(name: str, sizes: list[int]) -> str:
    p90 = sizes[int(len(sizes) * 0.9)]
    return f"{name:<26}{len(sizes):>7}{statistics.median(sizes):>8g}{p90:>5}{sizes[-1]:>5}"


def _halved(document: bytes, key: str) -> bytes:
    import json

    root = json.loads(document)
    holder = root if key in root else root["game"]
    holder[key] = holder[key][: len(holder[key]) // 2]
    return json.dumps(root).encode()
