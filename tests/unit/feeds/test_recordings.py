"""Real recordings, translated and folded: the result of every match, and what its patches weigh.

The recordings are not part of the project: without them these tests are skipped.
"""

from __future__ import annotations

import json
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
from stated.core.steps import Applied, LoggedEvent, Recorded, RecordReason
from tests.support.feeds import the_game
from tests.support.known_results import WON, Recording, told_by_the_manifest
from tests.support.manifest import MANIFEST, ROOT

#: The budget of a whole frame in the middle of a real match.
MEDIAN_BYTES = 20
#: NFL.com lists a deleted play as deleted, whether or not it was ever told before.
_EXPECTED = {("nfl-com", RecordReason.UNKNOWN_RETRACTION_HELD)}

pytestmark = pytest.mark.skipif(not MANIFEST.exists(), reason=f"no recordings in {ROOT}; set SCORELINE_DATA")


class Folded(NamedTuple):
    game: Game
    state: ScoreState
    frame_bytes: list[int]
    refused: list[str]


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
            elif isinstance(step, Recorded) and (format_name, step.reason) not in _EXPECTED:
                refused.append(f"{event.event_id}: {step.reason} {step.note}")
    return Folded(game, fold.state, sizes, refused)


each = pytest.mark.parametrize(
    "recording", told_by_the_manifest(), ids=lambda recording: Path(recording.path).stem
)


def test_every_recording_of_our_formats_is_told_by_the_manifest() -> None:
    assert len([one for one in told_by_the_manifest() if one.format_name == "wyscout"]) >= 17
    assert {one.format_name for one in told_by_the_manifest()} == set(_ROWS)
    assert len([one for one in told_by_the_manifest() if one.format_name == "nhl"]) >= 8
    assert len([one for one in told_by_the_manifest() if one.format_name in ("espn-nfl", "nfl-com")]) >= 4


@each
def test_a_recording_ends_with_the_true_result(recording: Recording) -> None:
    result = folded(recording.path, recording.format_name)
    score = result.state.score
    assert (score.home, score.away) == recording.score
    shootout = (score.home_shootout, score.away_shootout) if score.HasField("home_shootout") else None
    if recording.shootout == WON:
        assert shootout is not None
        assert (shootout[0] > shootout[1]) == (score.home > score.away)
    else:
        assert shootout == recording.shootout
    assert result.state.status in recording.statuses
    last = Period(kind=result.state.period.kind, ordinal=result.state.period.ordinal)
    assert period_label(result.game.sport, GameStatus.GAME_STATUS_LIVE, last) == recording.period
    assert not result.refused


@each
def test_the_home_side_is_the_one_that_the_title_names_first(recording: Recording) -> None:
    game = translated(recording.path, recording.format_name).game
    if recording.format_name == "wyscout":
        assert recording.note.startswith(f"{game.home.name} - {game.away.name},")
    elif recording.format_name in ("espn-nfl", "nfl-com", "nhl"):
        assert f"-{game.away.short_name}-vs-{game.home.short_name}-" in recording.path
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
    document = _halved((ROOT / recording.path).read_bytes(), recording.format_name)
    half = the_game(find_adapter(recording.format_name), document)
    assert not half.complete
    whole = [event.event_id for _, event in told.events]
    assert [event.event_id for _, event in half.events] == whole[: len(half.events)]


@each
def test_a_recording_that_grows_from_document_to_document_ends_the_same(recording: Recording) -> None:
    whole = (ROOT / recording.path).read_bytes()
    straight = folded(recording.path, recording.format_name)
    fold = GameFold(straight.game)
    log: list[LoggedEvent] = []
    start_us = straight.game.scheduled_time.ToMicroseconds()
    for document in (_halved(whole, recording.format_name), whole, whole):
        for offset_s, event in the_game(find_adapter(recording.format_name), document).events:
            event.provider_id = "demo"
            now_us = start_us + int(offset_s * 1e6)
            log.append(LoggedEvent(len(log) + 1, event_identity(event), event, now_us))
            fold.offer(log[-1], now_us)
    assert fold.state.score == straight.state.score
    assert (fold.state.status, fold.state.period) == (straight.state.status, straight.state.period)
    assert fold.state.key_events == straight.state.key_events


def test_the_median_patch_of_a_real_match_fits_the_budget(capsys: pytest.CaptureFixture[str]) -> None:
    every: list[int] = []
    sports: dict[str, list[int]] = {}
    lines = []
    for recording in told_by_the_manifest():
        sizes = sorted(folded(recording.path, recording.format_name).frame_bytes)
        every.extend(sizes)
        sports.setdefault(recording.path.partition("/")[0], []).extend(sizes)
        lines.append(_line(Path(recording.path).stem, sizes))
        assert statistics.median(sizes) <= MEDIAN_BYTES
    with capsys.disabled():
        print("\nbytes of a ServerFrame                  patches  median  p90  max")
        by_sport = [_line(sport, sorted(sizes)) for sport, sizes in sports.items()]
        print("\n".join([*lines, *by_sport, _line("all", sorted(every))]))
    assert all(statistics.median(sizes) <= MEDIAN_BYTES for sizes in sports.values())


def _line(name: str, sizes: list[int]) -> str:
    p90 = sizes[int(len(sizes) * 0.9)]
    return f"{name[:38]:<40}{len(sizes):>7}{statistics.median(sizes):>8g}{p90:>5}{sizes[-1]:>5}"


#: Where a document of each format keeps its rows.
_ROWS = {
    "wyscout": ("events",),
    "nba-cdn": ("game", "actions"),
    "espn-nfl": ("gamepackageJSON", "drives", "previous"),
    "nfl-com": ("data", "viewer", "gameDetail", "plays"),
    "nhl": ("plays",),
}


def _halved(document: bytes, format_name: str) -> bytes:
    root = holder = json.loads(document)
    *way, last = _ROWS[format_name]
    for key in way:
        holder = holder[key]
    holder[last] = holder[last][: len(holder[last]) // 2]
    # What else says that the game is over was not yet so.
    if format_name == "nhl":
        root["gameState"] = "LIVE"
    elif format_name == "nfl-com":
        holder["phase"] = "INGAME"
    elif format_name == "espn-nfl":
        root["gamepackageJSON"]["header"]["competitions"][0]["status"]["type"]["completed"] = False
    return json.dumps(root).encode()
