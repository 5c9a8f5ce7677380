"""What a replay tells in the end."""

from __future__ import annotations

import json

import pytest

from scoreline.cli.replay_report import Result, Tally, period_word, score_text, status_word
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Sport
from scoreline.v1.ingest_service_pb2 import Duplicate, IngestAnswer, Rejected, Stored
from scoreline.v1.state_pb2 import GameStatus, PeriodKind
from scoreline.v1.state_service_pb2 import GameState

REGULAR, OVERTIME, SHOOTOUT = (
    PeriodKind.PERIOD_KIND_REGULAR,
    PeriodKind.PERIOD_KIND_OVERTIME,
    PeriodKind.PERIOD_KIND_SHOOTOUT,
)


def state(sport: Sport.ValueType, kind: PeriodKind.ValueType, ordinal: int) -> GameState:
    game = GameState(game_id="g")
    game.position.version = 9
    game.state.status = GameStatus.GAME_STATUS_FINAL
    game.state.sheet.sport = sport
    game.state.period.kind, game.state.period.ordinal, game.state.period.on_break = kind, ordinal, True
    game.state.score.home, game.state.score.away = 1, 1
    return game


def test_a_line_of_json_has_the_promised_members() -> None:
    line = Result("f", "g", Tally(stored=3, duplicate=2), state(Sport.SPORT_FOOTBALL, REGULAR, 2)).as_line()
    assert json.loads(line) == {
        "game_id": "g",
        "home_score": 1,
        "away_score": 1,
        "home_shootout": None,
        "away_shootout": None,
        "status": "final",
        "period": "2H",
        "version": 9,
        "stored": 3,
        "duplicate": 2,
        "rejected": 0,
    }


def test_a_shootout_is_told_apart_from_the_score() -> None:
    game = state(Sport.SPORT_FOOTBALL, SHOOTOUT, 1)
    game.state.score.home_shootout = 3
    line = json.loads(Result("f", "g", Tally(), game).as_line())
    assert (line["home_score"], line["home_shootout"], line["away_shootout"]) == (1, 3, 0)
    assert score_text(game) == "1-1 (3-0 pens)"


@pytest.mark.parametrize(
    ("sport", "kind", "ordinal", "word"),
    [
        (Sport.SPORT_FOOTBALL, REGULAR, 1, "1H"),
        (Sport.SPORT_FOOTBALL, REGULAR, 2, "2H"),
        (Sport.SPORT_FOOTBALL, OVERTIME, 2, "ET2"),
        (Sport.SPORT_FOOTBALL, SHOOTOUT, 1, "PENS"),
        (Sport.SPORT_BASKETBALL, REGULAR, 4, "Q4"),
        (Sport.SPORT_BASKETBALL, OVERTIME, 1, "OT1"),
        (Sport.SPORT_FOOTBALL, PeriodKind.PERIOD_KIND_UNSPECIFIED, 0, ""),
    ],
)
def test_the_period_is_the_last_one_played(
    sport: Sport.ValueType, kind: PeriodKind.ValueType, ordinal: int, word: str
) -> None:
    assert period_word(state(sport, kind, ordinal)) == word


def test_a_status_newer_than_the_program_is_shown_as_its_number() -> None:
    assert status_word(GameStatus.GAME_STATUS_LIVE) == "live"
    assert status_word(99) == "99"  # type: ignore[arg-type]  # as a newer server would send it


def test_answers_are_counted_and_the_first_rejections_kept() -> None:
    tally = Tally()
    event = GameEvent(event_id="e1")
    tally.count(event, IngestAnswer(stored=Stored(log_sequence=7)))
    tally.count(event, IngestAnswer(duplicate=Duplicate(log_sequence=5)))
    refusal = Rejected(reason=ErrorReason.ERROR_REASON_WRONG_SPORT, field="event.goal_scored", message="no")
    for _ in range(9):
        tally.count(event, IngestAnswer(rejected=refusal))
    assert (tally.stored, tally.duplicate, tally.rejected, tally.last_log_sequence) == (1, 1, 9, 7)
    assert tally.problems(11) == [
        *["event e1: WRONG_SPORT in event.goal_scored: no"] * 5,
        "and 4 more events were refused",
    ]
    assert tally.accepted == 2


def test_a_game_of_which_nothing_was_accepted_is_a_problem_unless_it_has_no_events() -> None:
    assert Tally().problems(3) == ["nothing was accepted"]
    assert Tally().problems(0) == []
