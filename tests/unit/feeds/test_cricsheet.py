"""Cricsheet's files, one oddity at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scoreline.feeds.cricsheet.translation import Cricsheet
from scoreline.v1.event_cricket_pb2 import CricketOutcome, Dismissal
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import GameStatus, PeriodKind
from tests.support.feeds import AWAY, HOME, details, fixture_bytes, only, the_fault, the_game

CRICSHEET = Cricsheet()


def game_of(name: str):  # type: ignore[no-untyped-def]
    return the_game(CRICSHEET, fixture_bytes("cricsheet", name))


def changed(name: str, change: Callable[[Any], Any]) -> bytes:
    document = json.loads(fixture_bytes("cricsheet", name))
    change(document)
    return json.dumps(document).encode()


def test_a_match_is_told_ball_by_ball() -> None:
    game = game_of("won_by_runs")
    balls = only(game, "ball_bowled")
    assert len(balls) == 16
    assert [balls[0].ball_bowled.bat_runs, balls[1].ball_bowled.wides, balls[5].ball_bowled.leg_byes] == [
        4,
        1,
        2,
    ]
    assert (balls[0].event_id, balls[0].side, balls[-1].side) == ("1.0.1", HOME, AWAY)
    assert details(game)[-3:] == ["period_ended", "result_declared", "status_changed"]
    assert game.complete


def test_four_runs_that_were_run_are_no_boundary() -> None:
    balls = [one.ball_bowled for one in only(game_of("won_by_runs"), "ball_bowled")]
    assert [one.boundary for one in balls if one.bat_runs == 4] == [True, False]


def test_who_retires_hurt_is_told_apart_and_a_substitute_joins_the_roster() -> None:
    game = game_of("won_by_runs")
    caught, hurt = (one.wicket_fallen for one in only(game, "wicket_fallen"))
    assert (caught.dismissal, caught.bowler_player_id) == (Dismissal.DISMISSAL_CAUGHT, "cricsheet-bb22bb22")
    assert (hurt.dismissal, hurt.bowler_player_id) == (Dismissal.DISMISSAL_RETIRED_NOT_OUT, "")
    assert "N Sub" in [entry.name for entry in game.game.roster]


def test_the_match_is_named_by_date_and_teams() -> None:
    game = game_of("won_by_runs").game
    assert game.providers[0].external_game_id == "2031-05-01-northport-southvale-4"
    assert (game.game_id, game.season) == ("cricsheet-2031-05-01-northport-southvale-4", "2031")
    assert game.home.short_name == "NOR"
    women = game_of("no_result_and_penalty_runs").game
    assert (women.game_id[-2:], women.home.team_id, women.season) == (
        "-w",
        "cricsheet-northport-women",
        "2031",
    )


def test_super_overs_lie_in_the_shootout_two_innings_each() -> None:
    game = game_of("two_super_overs")
    begun = [(one.time.kind, one.side, one.innings_begun.super_over) for one in only(game, "innings_begun")]
    shootout = PeriodKind.PERIOD_KIND_SHOOTOUT
    assert begun[2:] == [(shootout, AWAY, 1), (shootout, HOME, 1), (shootout, HOME, 2), (shootout, AWAY, 2)]
    [result] = only(game, "result_declared")
    assert (result.result_declared.outcome, result.side) == (CricketOutcome.CRICKET_OUTCOME_TIE_DECIDED, AWAY)


def test_a_match_without_result_is_abandoned_and_penalty_runs_count() -> None:
    game = game_of("no_result_and_penalty_runs")
    assert [one.penalty_runs_awarded.runs for one in only(game, "penalty_runs_awarded")] == [5, 5]
    [status] = only(game, "status_changed")
    assert status.status_changed.status == GameStatus.GAME_STATUS_ABANDONED
    washed_out = changed("no_result_and_penalty_runs", lambda root: root.update(innings=[]))
    [status] = only(the_game(CRICSHEET, washed_out), "status_changed")
    assert status.status_changed.status == GameStatus.GAME_STATUS_CANCELLED


def test_a_revised_target_counts_in_balls() -> None:
    game = game_of("revised_target")
    begun = only(game, "innings_begun")[1].innings_begun
    assert (begun.target, begun.target_balls) == (4, 9)
    assert only(game, "result_declared")[0].result_declared.revised


def test_a_target_that_is_not_told_is_one_more_than_the_other_side_has() -> None:
    body = changed("won_by_runs", lambda root: root["innings"][1].pop("target"))
    assert only(the_game(CRICSHEET, body), "innings_begun")[1].innings_begun.target == 24


def test_a_match_in_progress_is_not_over() -> None:
    game = game_of("in_progress")
    assert not game.complete
    assert details(game)[-1] == "ball_bowled"


def test_a_later_revision_keeps_ids_and_order_and_tells_its_number() -> None:
    newer = changed("won_by_runs", lambda root: root["meta"].update(revision=3))
    before, after = game_of("won_by_runs"), the_game(CRICSHEET, newer)
    assert [event.event_id for _, event in before.events] == [event.event_id for _, event in after.events]
    assert [event.sequence for _, event in after.events] == sorted(e.sequence for _, e in before.events)
    assert {event.revision for _, event in after.events} == {3}


def test_a_registered_game_gives_the_events_its_id() -> None:
    body = fixture_bytes("cricsheet", "in_progress")
    known = {"2031-05-01-northport-southvale-4": Game(game_id="the-final")}
    result = CRICSHEET.parse(body, provider_id="demo", lookup=known.get)
    assert {event.game_id for _, event in result.games[0].events} == {"the-final"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda root: root.pop("info"), "info"),
        (lambda root: root["info"].update(teams=["A"]), "info.teams"),
        (lambda root: root["info"].update(dates=[]), "info.dates"),
        (lambda root: root["info"].update(dates=["yesterday!"]), "info.dates[0]"),
        (lambda root: root["info"].update(dates=["2031-13-41"]), "info.dates"),
        (lambda root: root["info"]["players"].update(Else=[]), "info.players.Else"),
        (lambda root: root["innings"][0].update(team="Else"), "innings[0].team"),
        (lambda root: root["innings"].append(root["innings"][0]), "innings[2]"),
        (lambda root: root.update(innings=[{}] * 41), "innings"),
        (lambda root: delivery(root)["runs"].update(total=5), "innings[0].overs[0].deliveries[0].runs.total"),
        (
            lambda root: delivery(root).update(extras={"gifts": 1}),
            "innings[0].overs[0].deliveries[0].extras.gifts",
        ),
        (
            lambda root: root["innings"][0]["overs"][0].update(deliveries=[{}] * 101),
            "innings[0].overs[0].deliveries",
        ),
        (lambda root: root["info"].update(outcome={"result": "won?"}), "info.outcome.result"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(change: Callable[[Any], Any], field: str) -> None:
    assert the_fault(CRICSHEET, changed("won_by_runs", change)).field == field


def delivery(root: Any) -> Any:
    return root["innings"][0]["overs"][0]["deliveries"][0]
