"""NFL.com's game details, one oddity at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scoreline.feeds.adapter import Translation
from scoreline.feeds.nfl_com import specification as spec
from scoreline.feeds.nfl_com.translation import NflCom
from scoreline.v1.event_pb2 import EventAction
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import GameStatus, PeriodKind
from scoreline.wire.names import event_identity
from stated.core.game_fold import GameFold
from stated.core.steps import Applied, LoggedEvent
from tests.support.feeds import AWAY, HOME, details, fixture_bytes, only, the_fault, the_game

NFL = NflCom()


def game_of(name: str):
    return the_game(NFL, fixture_bytes("nfl_com", name))


def changed(name: str, change: Callable[[Any], Any]) -> bytes:
    document = json.loads(fixture_bytes("nfl_com", name))
    change(document["data"]["viewer"]["gameDetail"])
    return json.dumps(document).encode()


def worth(game: Any) -> list[tuple[str, int, int]]:
    """Return (play, side, points), minus points for what failed."""
    found = []
    for _, event in game.events:
        if event.HasField("points_scored"):
            found.append((event.event_id, event.side, event.points_scored.points))
        elif event.HasField("shot_taken"):
            found.append((event.event_id, event.side, -event.shot_taken.value))
    return found


def folded(*documents: bytes) -> tuple[GameFold, list[str]]:
    """Fold what document after document tells, as the log would bring it."""
    fold, notes, number = None, [], 0
    for document in documents:
        told = the_game(NFL, document)
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
    assert [(event.event_id, event.WhichOneof("detail")) for _, event in game.events][:9] == [
        ("1", "play_observed"),
        ("period-1", "period_started"),
        ("40-spot", "scrimmage_set"),
        ("40", "play_observed"),
        ("56-spot", "scrimmage_set"),
        ("56", "play_observed"),
        ("78-clock", "clock_adjusted"),
        ("78", "timeout_taken"),
        ("90", "timeout_taken"),
    ]
    assert [timeout.side for timeout in only(game, "timeout_taken")] == [AWAY, 0]
    anchors = only(game, "clock_adjusted")
    assert [(one.clock_adjusted.running, one.time.elapsed_ms) for one in anchors] == [
        (False, 40_000),
        (True, 40_000),
    ]
    assert not game.complete


def test_spots_are_seen_from_the_side_in_possession() -> None:
    spots = [
        (spot.side, spot.scrimmage_set.down, spot.scrimmage_set.distance, spot.scrimmage_set.yards_to_goal)
        for spot in only(game_of("quarter_in_progress"), "scrimmage_set")
    ]
    assert spots[:5] == [
        (HOME, 0, 0, 0),
        (HOME, 1, 10, 75),
        (HOME, 2, 6, 71),
        (HOME, 1, 10, 50),
        (HOME, 4, 3, 40),
    ]


@pytest.mark.parametrize(
    ("spot", "yards"),
    [("KC 35", 65), ("DET 35", 35), ("50", 50), ("KC 51", None), ("", None), ("midfield", None)],
)
def test_a_spot_is_read_or_refused(spot: str, yards: int | None) -> None:
    assert spec.yards_to_goal(spot, "KC") == yards


def test_a_play_that_a_penalty_took_out_of_the_book_counts_nothing() -> None:
    assert worth(game_of("quarter_in_progress")) == [("130", HOME, -3), ("150", AWAY, 3)]


def test_a_deleted_play_is_a_retraction_of_all_that_it_told() -> None:
    game = game_of("deleted_plays")
    stubs = [event for _, event in game.events if event.action == EventAction.EVENT_ACTION_RETRACT]
    assert [stub.event_id for stub in stubs] == ["2318", "2318-spot"]


def test_a_touchdown_deleted_in_a_later_document_takes_its_points() -> None:
    def delete(detail: Any) -> None:
        detail["plays"][0].update(playDeleted=True, orderSequence=0)
        detail["scoringSummaries"] = []

    fold, _ = folded(fixture_bytes("nfl_com", "tries_of_every_kind"), changed("tries_of_every_kind", delete))
    assert fold.state.score.home == 21
    assert fold.state.key_events[1].voided


def test_every_kind_of_try_is_a_fact_of_its_own() -> None:
    game = game_of("tries_of_every_kind")
    assert worth(game) == [
        ("10", HOME, 6),
        ("11", HOME, 1),
        ("20", AWAY, 6),
        ("21", AWAY, -1),
        ("30", HOME, 6),
        ("31", HOME, 2),
        ("40", HOME, 6),
        ("41", HOME, -2),
        ("50", HOME, 6),
        ("51", AWAY, 2),
        ("60", AWAY, 2),
    ]
    assert only(game, "points_scored")[-1].points_scored.safety


def test_the_score_of_a_summary_is_reported_with_the_try() -> None:
    reported = {
        event.event_id: (event.reported_score.home, event.reported_score.away)
        for _, event in game_of("tries_of_every_kind").events
        if event.HasField("reported_score")
    }
    assert reported == {"11": (7, 0), "60": (27, 10)}
    fold, notes = folded(fixture_bytes("nfl_com", "tries_of_every_kind"))
    assert (fold.state.score.home, fold.state.score.away) == (27, 10)
    assert notes == []


def test_the_statistics_tell_who_scored() -> None:
    game = game_of("tries_of_every_kind")
    assert [event.player_id for event in only(game, "points_scored")][:3] == ["nfl-p-1", "nfl-p-2", "nfl-p-9"]
    assert [(one.player_id, one.name, one.side) for one in game.game.roster] == [
        ("nfl-p-1", "B.Back", HOME),
        ("nfl-p-2", "D.Toe", HOME),
        ("nfl-p-3", "C.Arm", HOME),
        ("nfl-p-9", "G.Hand", AWAY),
    ]


def test_a_summary_that_differs_is_recorded_and_not_taken() -> None:
    def lie(detail: Any) -> None:
        detail["scoringSummaries"][0]["homeScore"] = 8

    fold, notes = folded(changed("tries_of_every_kind", lie))
    assert fold.state.score.home == 27
    assert notes == ["feed 8-0, facts 7-0"]


def test_a_whole_game_ends_in_overtime_whose_length_the_clock_tells() -> None:
    game = game_of("whole_game_with_overtime")
    assert game.game.rules.overtime_period_s == 900
    assert game.complete
    assert details(game).count("period_started") == details(game).count("period_ended") == 5
    ended = only(game, "period_ended")
    assert [one.time.elapsed_ms for one in ended] == [900_000, 900_000, 900_000, 900_000, 420_000]
    assert ended[-1].time.kind == PeriodKind.PERIOD_KIND_OVERTIME
    fold, _ = folded(fixture_bytes("nfl_com", "whole_game_with_overtime"))
    assert (fold.state.score.away, fold.state.status) == (3, GameStatus.GAME_STATUS_FINAL)


def test_the_phase_alone_ends_a_game_and_a_document_that_ends_does_not() -> None:
    by_phase = the_game(NFL, changed("whole_game_with_overtime", lambda detail: detail["plays"].pop()))
    assert by_phase.complete
    assert by_phase.events[-1].event.event_id == "final"

    def cut(detail: Any) -> None:
        detail["plays"].pop()
        detail["phase"] = "INGAME"

    assert not the_game(NFL, changed("whole_game_with_overtime", cut)).complete


def test_a_document_without_plays_describes_the_game_and_one_without_its_answer_is_read() -> None:
    detail = json.loads(fixture_bytes("nfl_com", "quarter_in_progress"))["data"]["viewer"]["gameDetail"]
    assert len(only(the_game(NFL, json.dumps(detail).encode()), "points_scored")) == 1
    for key in ("plays", "phase", "stadium", "scoringSummaries"):
        del detail[key]
    game = the_game(NFL, json.dumps(detail).encode())
    assert not game.events
    assert (game.game.home.name, game.game.away.short_name, game.game.venue) == ("Herons", "ALP", "")


def test_a_registered_game_keeps_its_id() -> None:
    document = fixture_bytes("nfl_com", "quarter_in_progress")
    result = NFL.parse(document, provider_id="demo", lookup={"cccc3333-0000": Game(game_id="g1")}.get)
    assert isinstance(result, Translation)
    assert result.games[0].events[0].event.game_id == "g1"
    assert (result.games[0].game.season, result.games[0].game.venue) == ("2023", "Harbour Hall")


def test_a_miss_of_nobody_knows_whom_is_a_play() -> None:
    def nobody(detail: Any) -> None:
        detail["plays"][7]["possessionTeam"] = None
        detail["plays"][8].update(playType="XP_KICK", playDescription="Extra point is No Good.")

    assert worth(the_game(NFL, changed("quarter_in_progress", nobody))) == [("150", AWAY, 3)]


def test_a_score_without_a_kind_is_told_by_the_description() -> None:
    document = changed("quarter_in_progress", lambda detail: detail["plays"][9].update(scoringPlayType=None))
    assert worth(the_game(NFL, document))[-1] == ("150", AWAY, 3)


def test_a_time_on_no_day_is_no_time() -> None:
    def timeless(detail: Any) -> None:
        for play in detail["plays"]:
            play["timeOfDay"] = "00:24:10"

    game = the_game(NFL, changed("quarter_in_progress", timeless))
    assert not game.game.HasField("scheduled_time")
    assert not any(event.HasField("occurred_time") for _, event in game.events)


def test_words_of_kinds_are_ours() -> None:
    assert spec.kind_word("KICK_OFF") == "kick_off"
    assert spec.kind_word("?") == "other"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda d: d.pop("id"), "id"),
        (lambda d: d.update(id="../etc"), "id"),
        (lambda d: d.update(visitorTeam=d["homeTeam"]), "visitorTeam"),
        (lambda d: d["plays"][2].pop("playId"), "plays[2].playId"),
        (lambda d: d["plays"][2].update(clockTime="16:00"), "plays[2].clockTime"),
        (lambda d: d["plays"][2].update(clockTime="soon"), "plays[2].clockTime"),
        (lambda d: d["plays"][2].update(quarter=0), "plays[2].quarter"),
        (lambda d: d["plays"][2].update(down=7), "plays[2].down"),
        (lambda d: d["plays"][2].update(timeOfDay="noon"), "plays[2].timeOfDay"),
        (lambda d: d["plays"][9].update(scoringTeam=None), "plays[9].scoringPlay"),
        (lambda d: d["plays"][9].update(scoringPlayType=None, playDescription="?"), "plays[9].scoringPlay"),
        (lambda d: d["plays"][9].update(scoringPlayType="ROUGE"), "plays[9].scoringPlay"),
        (lambda d: d["scoringSummaries"][0].update(homeScore=-1), "scoringSummaries[0].homeScore"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(change: Callable[[Any], Any], field: str) -> None:
    assert the_fault(NFL, changed("quarter_in_progress", change)).field == f"data.viewer.gameDetail.{field}"
