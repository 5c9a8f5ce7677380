"""Real recordings of baseball and of basketball's other formats: the true results, and what patches weigh.

The recordings are not part of the project: without them these tests are skipped.
"""

from __future__ import annotations

import csv
import statistics
from functools import cache

import pytest

from scoreline.domain.match_time import period_label
from scoreline.feeds.adapter import GameTranslation, Translation
from scoreline.feeds.formats import find_adapter
from scoreline.feeds.retrosheet.playstring import Field, read_play
from scoreline.v1.game_pb2 import Sport
from scoreline.v1.state_pb2 import Period
from stated.core.steps import RecordReason
from tests.support.known_results import (
    BASEBALL_AND_BASKETBALL,
    FINAL,
    LIVE,
    MLB_PUSH,
    RUNNER_DESTINATIONS,
    SEASONS,
    TWO_GAMES_OF_2022,
    Recording,
    season_results,
)
from tests.support.manifest import MANIFEST, ROOT
from tests.support.replay import Replayed, replay

MEDIAN_BYTES = 20

pytestmark = pytest.mark.skipif(not MANIFEST.exists(), reason=f"no recordings in {ROOT}; set SCORELINE_DATA")


#: A push stream sends facts of an earlier place and deletes plays that nobody keeps.
_HARMLESS = {RecordReason.STALE_LATE, RecordReason.UNKNOWN_RETRACTION_HELD}


def translate(document: bytes, format_name: str) -> tuple[GameTranslation, ...]:
    adapter = find_adapter(format_name)
    assert adapter is not None
    result = adapter.parse(document, provider_id="demo")
    assert isinstance(result, Translation), result
    return result.games


@cache
def replayed(recording: Recording) -> Replayed:
    document = b"\n".join((ROOT / name).read_bytes() for name in recording.path.split("+"))
    [told] = translate(document, recording.format_name)
    assert told.complete == (recording.statuses == (FINAL,))
    return replay(told)


@cache
def season(name: str) -> dict[str, Replayed]:
    document = (ROOT / "baseball" / "retrosheet" / name).read_bytes()
    return {told.external_game_id: replay(told) for told in translate(document, "retrosheet")}


def label(result: Replayed) -> str:
    """Return the last period that was played."""
    period, sheet = result.state.period, result.state.sheet
    half = result.state.baseball.half
    return period_label(
        sheet.sport, LIVE, Period(kind=period.kind, ordinal=period.ordinal), sheet.regular_periods, half
    )


@pytest.mark.parametrize(
    "recording", BASEBALL_AND_BASKETBALL, ids=lambda one: f"{one.format_name}-{one.path[-30:]}"
)
def test_a_recording_ends_with_the_true_result(recording: Recording) -> None:
    result = replayed(recording)
    assert (result.state.score.home, result.state.score.away) == recording.score
    assert (result.state.status,) == recording.statuses
    assert label(result) == recording.period
    assert not result.refused
    harmless = _HARMLESS if recording.format_name == "sportradar-nba" else set()
    assert {reason for _, reason in result.recorded} <= harmless


def test_five_games_interleaved_in_one_push_stream_are_told_apart() -> None:
    name = "baseball/sportradar-push/MLB_Push_Events_Example.json"
    results = [replay(told) for told in translate((ROOT / name).read_bytes(), "sportradar-mlb")]
    scores = {
        (one.game.home.short_name, one.state.score.home, one.state.score.away, one.game.away.short_name)
        for one in results
    }
    assert scores == MLB_PUSH
    assert not [one for one in results if one.recorded or one.refused or one.state.status == FINAL]


def test_a_stream_of_heartbeats_finishes_nothing() -> None:
    name = "basketball/sportradar-push/stream_2023-07-19T15-58-03.752Z.ndjson.txt"
    assert translate((ROOT / name).read_bytes(), "sportradar-nba") == ()


@pytest.mark.parametrize(
    ("name", "format_name"),
    [
        ("nba-stats-v2/stats_summary_2021900002.json", "nba-stats-v2"),
        ("wnba-stats-v3/stats_summary_1022500234.json", "nba-stats-v3"),
        ("wnba-stats-v3/stats_summary_1022500282.json", "nba-stats-v3"),
        ("wnba-stats-v3/stats_summary_1022500283.json", "nba-stats-v3"),
    ],
)
def test_a_summary_describes_the_game_of_its_play_by_play(name: str, format_name: str) -> None:
    [described] = translate((ROOT / "basketball" / name).read_bytes(), format_name)
    twin = name.replace("stats_summary", "stats_pbpv3" if "v3" in name else "stats")
    [played] = translate((ROOT / "basketball" / twin).read_bytes(), format_name)
    assert described.external_game_id == played.external_game_id
    assert described.game.home.team_id == played.game.home.team_id
    assert not described.events


@pytest.mark.parametrize("name", SEASONS)
def test_every_game_of_a_season_ends_as_an_independent_reader_has_it(name: str) -> None:
    expected = season_results(name)
    results = season(name)
    assert results.keys() == expected.keys()
    for game_id, result in results.items():
        score = result.state.score
        assert (score.home, score.away, label(result)) == expected[game_id], game_id
        assert (result.state.status, result.recorded, result.refused) == (FINAL, [], []), game_id
    assert {result.game.rules.regular_periods for result in results.values()} == {7, 9}


def test_two_games_without_an_independent_list_have_the_scores_of_their_day() -> None:
    results = season("2022WAS_2.EVN")
    scores = {name: (one.state.score.home, one.state.score.away) for name, one in results.items()}
    assert scores == TWO_GAMES_OF_2022


@pytest.mark.parametrize("name", ["2019WAS.EVN", *SEASONS])
def test_every_play_string_of_a_season_is_read_as_an_independent_reader_reads_it(name: str) -> None:
    plays = 0
    with (ROOT / "baseball" / "retrosheet" / f"{name}.bevent.csv").open() as rows:
        for row in csv.DictReader(rows):
            told = read_play(row["eventText"])
            assert told is not None, row["eventText"]
            bases = frozenset(base for base, key in enumerate(_RUNNERS, 1) if row[key])
            reached = [int(row[key]) for key in RUNNER_DESTINATIONS]
            field, runs = Field(int(row["outs"]), bases).after(told)
            after = frozenset(base for base in reached if 1 <= base <= 3) if field.outs < 3 else frozenset()
            assert (len(told.outs), runs) == (int(row["outsOnPlay"]), sum(to >= 4 for to in reached))
            assert (field.bases, told.errors) == (after, int(row["numErrors"])), row["eventText"]
            assert told.ends_turn == (row["batterEventFlag"] == "T"), row["eventText"]
            plays += 1
    assert plays > 2_000


_RUNNERS = ("firstRunner", "secondRunner", "thirdRunner")


def test_the_median_patch_of_each_sport_fits_the_budget(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[tuple[str, Sport.ValueType, list[int]]] = []
    for recording in BASEBALL_AND_BASKETBALL:
        result = replayed(recording)
        name = f"{recording.format_name} {recording.path.rpartition('/')[2]}"
        rows.append((name, result.game.sport, sorted(result.frame_bytes)))
    for name in SEASONS:
        sizes = sorted(size for result in season(name).values() for size in result.frame_bytes)
        rows.append((f"retrosheet {name}, {len(season(name))} games", Sport.SPORT_BASEBALL, sizes))
    sports = {}
    for sport in (Sport.SPORT_BASEBALL, Sport.SPORT_BASKETBALL):
        sports[sport] = sorted(size for _, one, sizes in rows if one == sport for size in sizes)
    with capsys.disabled():
        print("\nbytes of a ServerFrame                                    patches  median  p90  max")
        for name, sizes in [
            *((name, sizes) for name, _, sizes in rows),
            *((f"all of {Sport.Name(sport)[6:].lower()}", sizes) for sport, sizes in sports.items()),
        ]:
            p90 = sizes[int(len(sizes) * 0.9)]
            print(f"{name[:56]:<56}{len(sizes):>8}{statistics.median(sizes):>8g}{p90:>5}{sizes[-1]:>5}")
    for sizes in sports.values():
        assert statistics.median(sizes) <= MEDIAN_BYTES
