"""ESPN's game packages, one oddity at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scoreline.feeds.adapter import Translation
from scoreline.feeds.espn_nfl import specification as spec
from scoreline.feeds.espn_nfl.translation import EspnNfl
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Game, Side
from scoreline.v1.state_pb2 import GameStatus, PeriodKind
from scoreline.wire.names import event_identity
from stated.core.game_fold import GameFold
from stated.core.steps import Applied, LoggedEvent
from tests.support.feeds import AWAY, HOME, details, fixture_bytes, only, the_fault, the_game

ESPN = EspnNfl()


def game_of(name: str):
    return the_game(ESPN, fixture_bytes("espn_nfl", name))


def changed(name: str, change: Callable[[Any], Any]) -> bytes:
    document = json.loads(fixture_bytes("espn_nfl", name))
    change(document["gamepackageJSON"])
    return json.dumps(document).encode()


def rows(package: Any) -> Any:
    return package["drives"]["previous"][0]["plays"]


def worth(game: Any) -> list[tuple[str, int, int]]:
    """Return (id of the row and what of it, side, points), minus points for what failed."""
    found = []
    for _, event in game.events:
        if event.HasField("points_scored"):
            found.append((event.event_id[-5:].lstrip("0"), event.side, event.points_scored.points))
        elif event.HasField("shot_taken"):
            found.append((event.event_id[-5:].lstrip("0"), event.side, -event.shot_taken.value))
    return found


def folded(*documents: bytes) -> tuple[GameFold, list[str]]:
    """Fold what document after document tells, as the log would bring it."""
    fold, notes, number = None, [], 0
    for document in documents:
        told = the_game(ESPN, document)
        fold = fold or GameFold(told.game)
        for _, event in told.events:
            event.provider_id, number = "demo", number + 1
            logged = LoggedEvent(number, event_identity(event), event, number)
            for step in fold.offer(logged, number):
                if isinstance(step, Applied):
                    notes += [note.text for note in step.notes if note.reason == "score_disagreement"]
    assert fold is not None
    return fold, notes


def test_a_quarter_in_progress_is_told_with_clock_spot_and_timeouts() -> None:
    game = game_of("quarter_in_progress")
    assert [(event.event_id[-9:], event.WhichOneof("detail")) for _, event in game.events][:8] == [
        ("period-1", "period_started"),
        ("0001-spot", "scrimmage_set"),
        ("000000001", "play_observed"),
        ("0002-spot", "scrimmage_set"),
        ("000000002", "play_observed"),
        ("003-clock", "clock_adjusted"),
        ("0003-spot", "scrimmage_set"),
        ("000000003", "play_observed"),
    ]
    assert [timeout.side for timeout in only(game, "timeout_taken")] == [HOME, Side.SIDE_UNSPECIFIED]
    assert not game.complete


def test_sequences_rise_and_offsets_never_fall() -> None:
    for name in ("quarter_in_progress", "whole_game_with_overtime", "tries_of_every_kind"):
        game = game_of(name)
        sequences = [event.sequence for _, event in game.events]
        assert sequences == sorted(set(sequences))
        offsets = [offset_s for offset_s, _ in game.events]
        assert offsets == sorted(offsets)


def test_the_spot_is_that_before_the_play_seen_from_the_side_in_possession() -> None:
    spots = [
        (spot.side, spot.scrimmage_set.down, spot.scrimmage_set.distance, spot.scrimmage_set.yards_to_goal)
        for spot in only(game_of("quarter_in_progress"), "scrimmage_set")
    ]
    assert spots == [
        (AWAY, 0, 0, 0),
        (HOME, 1, 10, 75),
        (HOME, 2, 6, 71),
        (HOME, 3, 6, 71),
        (HOME, 4, 5, 11),
        (AWAY, 1, 10, 79),
        (AWAY, 4, 3, 21),
    ]


def test_the_clock_stands_from_an_incompletion_until_time_has_run_again() -> None:
    anchors = only(game_of("quarter_in_progress"), "clock_adjusted")
    assert [(one.clock_adjusted.running, one.time.elapsed_ms) for one in anchors] == [
        (False, 40_000),
        (False, 46_000),
        (False, 100_000),
        (True, 110_000),
        (False, 150_000),
    ]


def test_a_touchdown_row_that_counts_the_try_becomes_two_facts_and_one_recorded_disagreement() -> None:
    game = game_of("touchdown_counts_the_try")
    assert worth(game) == [("1", HOME, 6), ("1-try", HOME, 1)]
    touchdown, attempt = only(game, "points_scored")
    assert not touchdown.HasField("reported_score")
    assert attempt.reported_score.home == 7
    fold, notes = folded(fixture_bytes("espn_nfl", "touchdown_counts_the_try"))
    assert fold.state.score.home == 7
    assert notes == ["feed 6-0, facts 7-0"]


def test_every_kind_of_try_is_told_by_its_value_or_by_the_text() -> None:
    assert worth(game_of("tries_of_every_kind")) == [
        ("1", HOME, 6),
        ("1-try", HOME, 1),
        ("2", HOME, 6),
        ("2-try", HOME, 2),
        ("3", AWAY, 6),
        ("3-try", AWAY, -1),
        ("4", AWAY, 6),
        ("4-try", AWAY, -2),
        ("5", AWAY, 6),
        ("5-try", HOME, 2),
        ("6", HOME, 6),
        ("6-try", HOME, 1),
        ("7", HOME, 6),
    ]
    fold, notes = folded(fixture_bytes("espn_nfl", "tries_of_every_kind"))
    assert (fold.state.score.home, fold.state.score.away) == (30, 18)
    assert notes == []


def test_what_a_review_reversed_did_not_happen() -> None:
    assert worth(game_of("reversed_by_replay")) == [("2", HOME, 6)]


def test_points_of_the_defence_are_its_own() -> None:
    game = game_of("defence_scores")
    assert worth(game)[:3] == [("1", AWAY, 6), ("1-try", AWAY, 1), ("2", HOME, 2)]
    assert only(game, "points_scored")[2].points_scored.safety


def test_a_score_that_did_not_rise_is_credited_to_the_side_in_possession_and_recorded() -> None:
    assert worth(game_of("defence_scores"))[3] == ("3", AWAY, 6)
    _, notes = folded(fixture_bytes("espn_nfl", "defence_scores"))
    assert notes == ["feed 2-7, facts 2-13"]


def test_a_touchdown_taken_back_in_a_later_document_takes_its_points() -> None:
    def reverse(package: Any) -> None:
        for row in rows(package):
            row.update(homeScore=0)
        rows(package)[0].update(
            scoringPlay=False,
            type={"text": "Pass Reception", "abbreviation": "REC"},
            text="C.Arm pass, TOUCHDOWN. The play was REVERSED. Incomplete.",
        )
        del rows(package)[0]["pointAfterAttempt"]

    before = changed("touchdown_counts_the_try", lambda package: rows(package)[0].pop("pointAfterAttempt"))
    before = before.replace(b" D.Toe extra point is GOOD.", b"")
    fold, _ = folded(before, changed("touchdown_counts_the_try", reverse))
    assert fold.state.score.home == 0
    assert fold.state.key_events[1].voided


def test_a_row_set_back_to_an_earlier_content_is_no_repetition() -> None:
    first = fixture_bytes("espn_nfl", "reversed_by_replay")

    def edited(minute: int, scores: bool) -> bytes:
        def change(package: Any) -> None:
            rows(package)[1].update(scoringPlay=scores, modified=f"2023-10-01T17:{minute:02}Z")

        return changed("reversed_by_replay", change)

    assert folded(first, edited(6, False))[0].state.score.home == 0
    assert folded(first, edited(6, False), edited(7, True))[0].state.score.home == 6


def test_a_whole_game_ends_in_overtime_with_its_last_row() -> None:
    game = game_of("whole_game_with_overtime")
    assert game.complete
    assert details(game).count("period_started") == 5
    assert details(game).count("period_ended") == 5
    assert only(game, "points_scored")[0].time.kind == PeriodKind.PERIOD_KIND_OVERTIME
    final = game.events[-1].event
    assert (final.event_id, final.status_changed.status) == ("final", GameStatus.GAME_STATUS_FINAL)
    fold, notes = folded(fixture_bytes("espn_nfl", "whole_game_with_overtime"))
    assert (fold.state.score.away, fold.state.status) == (3, GameStatus.GAME_STATUS_FINAL)
    assert fold.state.period.kind == PeriodKind.PERIOD_KIND_OVERTIME
    assert notes == []


def test_the_header_alone_ends_a_game_and_a_document_that_ends_does_not() -> None:
    def headless(package: Any) -> None:
        rows(package).pop()

    by_header = the_game(ESPN, changed("whole_game_with_overtime", headless))
    assert by_header.complete
    assert by_header.events[-1].event.event_id == "final"

    def cut(package: Any) -> None:
        rows(package).pop()
        package["header"]["competitions"][0]["status"]["type"]["completed"] = False

    assert not the_game(ESPN, changed("whole_game_with_overtime", cut)).complete


def test_overtime_of_the_post_season_is_longer() -> None:
    def post_season(package: Any) -> None:
        package["header"]["season"]["type"] = 3
        rows(package)[7]["clock"]["displayValue"] = "14:00"

    game = the_game(ESPN, changed("whole_game_with_overtime", post_season))
    assert game.game.rules.overtime_period_s == 900
    assert only(game, "points_scored")[0].time.elapsed_ms == 60_000


def test_the_drive_in_progress_and_a_package_without_its_page_are_read() -> None:
    package = json.loads(fixture_bytes("espn_nfl", "quarter_in_progress"))["gamepackageJSON"]
    package["drives"] = {"current": package["drives"]["previous"][0]}
    game = the_game(ESPN, json.dumps(package).encode())
    assert len(only(game, "points_scored")) == 1


def test_of_two_rows_under_one_id_the_later_modified_counts() -> None:
    def double(package: Any) -> None:
        older = rows(package)[8] | {"scoringPlay": False, "modified": "2023-10-01T16:00Z"}
        rows(package).append(older)

    assert worth(the_game(ESPN, changed("quarter_in_progress", double)))[-1] == ("9", AWAY, 3)


def test_a_document_without_drives_describes_the_game() -> None:
    game = the_game(ESPN, changed("quarter_in_progress", lambda package: package.pop("drives")))
    assert not game.events
    assert (game.game.home.name, game.game.away.short_name) == ("Harbour Herons", "ALP")
    assert (game.game.season, game.external_game_id, game.competition.name) == ("2023", "990000001", "NFL")


def test_a_registered_game_keeps_its_id() -> None:
    document = fixture_bytes("espn_nfl", "quarter_in_progress")
    result = ESPN.parse(document, provider_id="demo", lookup={"990000001": Game(game_id="g1")}.get)
    assert isinstance(result, Translation)
    assert result.games[0].events[0].event.game_id == "g1"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("B. Back 1 Yd Run (D. Toe Kick)", (False, 1, True)),
        ("R. Back Pass From C. Arm for 9 Yds D. Toe Made Ex. Pt", (False, 1, True)),
        ("B. Back 1 Yd Run (D. Toe Kick failed)", (False, 1, False)),
        ("B. Back 1 Yd Run (PAT blocked)", (False, 1, False)),
        ("B. Back 1 Yd Run (C. Arm Pass to B. Back for Two-Point Conversion)", (False, 2, True)),
        ("B. Back 1 Yd Run (Two-Point Pass Conversion Failed)", (False, 2, False)),
        ("B. Back 1 Yd Run", None),
    ],
)
def test_a_try_is_told_by_the_summary_too(text: str, told: tuple[bool, int, bool] | None) -> None:
    assert spec.try_of(text) == told


@pytest.mark.parametrize(
    ("word", "points"), [("touchdown", 6), ("SF", 2), ("defensive-2pt-conversion", 2), ("rouge", None)]
)
def test_a_kind_of_score_has_its_worth(word: str, points: int | None) -> None:
    assert spec.points_of(word) == points


def test_overtime_is_as_long_as_its_clock_shows() -> None:
    def long_ago(package: Any) -> None:
        rows(package)[7]["clock"]["displayValue"] = "14:30"

    game = the_game(ESPN, changed("whole_game_with_overtime", long_ago))
    assert game.game.rules.overtime_period_s == 900


def test_kinds_of_plays_become_words_of_ours() -> None:
    assert spec.kind_word("Kickoff Return (Offense)") == "kickoff_return_offense"
    assert spec.kind_word("2pt") == "other"
    assert spec.kind_word("") == "other"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda p: p["header"].pop("id"), "header.id"),
        (lambda p: p["header"].update(competitions=[]), "header.competitions"),
        (lambda p: p["header"]["competitions"][0]["competitors"].pop(), "header.competitions[0].competitors"),
        (
            lambda p: p["header"]["competitions"][0]["competitors"][0].update(homeAway="host"),
            "header.competitions[0].competitors[0].homeAway",
        ),
        (lambda p: rows(p)[1].pop("id"), "drives.previous[0].plays[1].id"),
        (lambda p: rows(p)[1]["clock"].update(displayValue="16:00"), "drives.previous[0].plays[1].clock"),
        (
            lambda p: rows(p)[1]["clock"].update(displayValue="soon"),
            "drives.previous[0].plays[1].clock.displayValue",
        ),
        (lambda p: rows(p)[1].update(homeScore=-3), "drives.previous[0].plays[1].homeScore"),
        (lambda p: rows(p)[1].update(modified="yesterday"), "drives.previous[0].plays[1].modified"),
        (
            lambda p: rows(p)[8].update(scoringType={"name": "rouge"}),
            "drives.previous[0].plays[8].scoringPlay",
        ),
        (
            lambda p: rows(p)[8].update(end={}, awayScore=0),
            "drives.previous[0].plays[8].scoringPlay",
        ),
        (lambda p: rows(p)[1]["period"].update(number=40), "drives.previous[0].plays[1].period.number"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(change: Callable[[Any], Any], field: str) -> None:
    fault = the_fault(ESPN, changed("quarter_in_progress", change))
    assert fault.field == f"gamepackageJSON.{field}"


def test_a_row_without_clock_or_spot_is_read_all_the_same() -> None:
    def bare(package: Any) -> None:
        for key in ("clock", "start", "end", "text", "modified"):
            rows(package)[1].pop(key)
        rows(package)[2]["clock"] = {}

    game = the_game(ESPN, changed("quarter_in_progress", bare))
    event: GameEvent = next(event for _, event in game.events if event.event_id.endswith("0002"))
    assert not event.time.HasField("elapsed_ms")
