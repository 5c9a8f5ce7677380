"""The play-by-play of stats.nba.com, versions 2 and 3, one oddity at a time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scoreline.feeds.adapter import GameTranslation
from scoreline.feeds.nba_stats import specification as spec
from scoreline.feeds.nba_stats.translation import NbaStatsV2, NbaStatsV3
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import GameStatus, PeriodKind
from tests.support.feeds import AWAY, HOME, details, fixture_bytes, only, the_fault, the_game

V2, V3 = NbaStatsV2(), NbaStatsV3()


def v2(name: str) -> GameTranslation:
    return the_game(V2, fixture_bytes("nba_stats_v2", name))


def v3(name: str) -> GameTranslation:
    return the_game(V3, fixture_bytes("nba_stats_v3", name))


def by_id(game: GameTranslation) -> dict[str, GameEvent]:
    return {event.event_id: event for _, event in game.events}


def points(game: GameTranslation) -> list[tuple[int, int]]:
    return [(event.side, event.points_scored.points) for event in only(game, "points_scored")]


def test_v2_rows_count_in_their_order_not_by_their_numbers() -> None:
    events = [event.event_id for _, event in v2("quarter_in_progress").events]
    assert events.index("9") < events.index("4")


def test_v2_states_the_score_away_first_and_only_when_it_changes() -> None:
    events = by_id(v2("quarter_in_progress"))
    assert (events["9"].reported_score.home, events["9"].reported_score.away) == (0, 3)
    assert not events["4"].HasField("reported_score")


def test_v2_worth_of_a_basket_is_in_its_description() -> None:
    assert points(v2("quarter_in_progress")) == [(AWAY, 3), (HOME, 1)]
    assert by_id(v2("quarter_in_progress"))["9"].points_scored.assist_player_id == "nba-22"


def test_v2_names_sides_and_teams_before_anybody_has_scored() -> None:
    game = v2("quarter_in_progress")
    assert (game.game.home.name, game.game.away.short_name) == ("Harbour Herons", "ALP")


def test_v2_a_timeout_carries_the_team_in_the_place_of_the_player() -> None:
    team, official = only(v2("quarter_in_progress"), "timeout_taken")
    assert (team.side, team.player_id, official.side) == (HOME, "", 0)


def test_v2_an_official_is_no_player() -> None:
    assert by_id(v2("quarter_in_progress"))["14"].player_id == ""


def test_v2_fouls_and_who_has_the_ball() -> None:
    game = v2("quarter_in_progress")
    fouls = [
        (f.foul_committed.counts_to_bonus, f.foul_committed.technical) for f in only(game, "foul_committed")
    ]
    assert fouls == [(True, False), (False, True)]
    held = [(event.event_id, event.side) for event in only(game, "possession_gained")]
    # After the basket the others; the rebound leaves it; the last throw gives it away; so does the turnover.
    assert held == [("9-possession", HOME), ("8-possession", AWAY), ("10-possession", HOME)]


def test_v2_overtime_is_played_and_ends_the_game() -> None:
    game = v2("overtime")
    assert game.complete
    last = game.events[-1].event
    assert last.status_changed.status == GameStatus.GAME_STATUS_FINAL
    assert (last.time.kind, last.time.ordinal) == (PeriodKind.PERIOD_KIND_OVERTIME, 1)


def test_v2_a_level_score_is_not_the_end() -> None:
    game = v2("level_at_the_end")
    assert not game.complete
    assert details(game)[-1] == "period_ended"


def test_v2_one_free_throw_may_be_worth_two() -> None:
    game = v2("one_throw_for_two")
    assert points(game)[0] == (AWAY, 2)
    assert game.competition is not None
    assert game.competition.competition_id == "nba-g-league"


@pytest.mark.parametrize("adapter", [V2, V3])
def test_a_summary_gives_a_game_without_events(adapter: Any) -> None:
    game = the_game(adapter, fixture_bytes("nba_stats_v2", "summary"))
    assert (game.game.home.team_id, game.game.away.name, game.events) == (
        "nba-1610000001",
        "Alpine Asters",
        (),
    )


def test_a_replay_without_times_goes_by_the_clock() -> None:
    offsets = [offset_s for offset_s, _ in v2("overtime").events]
    assert offsets == sorted(offsets)
    assert offsets[-1] > 300


def test_v3_tells_steals_and_blocks_apart_from_what_they_share_a_number_with() -> None:
    events = by_id(v3("wnba_quarter"))
    assert events["8-steal"].play_observed.kind == "steal"
    assert events["9-block"].play_observed.kind == "block"
    assert events["9"].shot_taken.value == 2


def test_v3_empty_scores_are_no_scores_and_misses_are_in_the_text() -> None:
    game = v3("wnba_quarter")
    assert points(game) == [(AWAY, 3), (AWAY, 1)]
    assert not by_id(game)["8"].HasField("reported_score")
    assert (by_id(game)["13"].reported_score.home, by_id(game)["13"].reported_score.away) == (0, 4)


def test_v3_plays_quarters_of_ten_minutes_in_the_wnba() -> None:
    game = v3("wnba_quarter")
    assert game.game.rules.regular_period_s == 600
    assert by_id(game)["4"].time.elapsed_ms == 2_000


def test_v3_ends_with_the_last_quarter_and_a_lead() -> None:
    assert v3("wnba_to_the_end").complete
    assert not v3("wnba_quarter").complete


def test_v3_a_team_stands_in_the_place_of_the_player() -> None:
    events = by_id(v3("wnba_quarter"))
    assert (events["10"].side, events["10"].player_id) == (AWAY, "")
    assert events["15"].side == HOME


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Personal", ("personal", "")),
        ("Double Personal", ("personal", "double")),
        ("Offensive Charge", ("offensive", "")),
        ("Defense 3 Second", ("technical", "")),
    ],
)
def test_kinds_of_fouls_in_words(words: str, kind: tuple[str, str]) -> None:
    assert spec.foul_kind_of(words) == kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [(1, ("personal", "")), (10, ("personal", "double")), (26, ("offensive", "")), (11, ("technical", ""))],
)
def test_kinds_of_fouls_in_numbers(code: int, kind: tuple[str, str]) -> None:
    assert spec.foul_kind(code) == kind


@pytest.mark.parametrize(
    ("text", "left_ms"), [("11:39", 699_000), ("00:09.6", 9_600), ("1:60", None), ("x", None)]
)
def test_clocks_of_two_kinds(text: str, left_ms: int | None) -> None:
    assert spec.clock_left_ms(text) == left_ms


def test_the_registered_game_says_who_is_at_home() -> None:
    known = Game(game_id="final")
    known.home.team_id, known.away.team_id = "nba-1610000002", "nba-1610000001"
    result = V2.parse(
        fixture_bytes("nba_stats_v2", "quarter_in_progress"), provider_id="d", lookup=lambda _: known
    )
    assert points(result.games[0])[0] == (HOME, 3)  # type: ignore[union-attr]


def faulty_v2(change: Any) -> Any:
    root = json.loads(fixture_bytes("nba_stats_v2", "quarter_in_progress"))
    change(root["resultSets"][0])
    return the_fault(V2, json.dumps(root).encode())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t["rowSet"][2].__setitem__(9, "3-0"), "away - home"),
        (lambda t: t["rowSet"][2].__setitem__(5, "99:99"), "what is left"),
        (lambda t: t["rowSet"][2].__setitem__(0, "0022500002"), "differs"),
        (lambda t: t["rowSet"][2].pop(), "values under"),
        (lambda t: [row.__setitem__(0, "abc") for row in t["rowSet"]], "game id"),
    ],
)
def test_v2_a_wrong_row_is_named(change: Any, message: str) -> None:
    assert message in faulty_v2(change).message


@pytest.mark.parametrize("table", ["GameSummary", "LineScore"])
def test_a_summary_without_its_tables_is_refused(table: str) -> None:
    root = json.loads(fixture_bytes("nba_stats_v2", "summary"))
    root["resultSets"] = [one for one in root["resultSets"] if one["name"] != table]
    assert "has no table" in the_fault(V2, json.dumps(root).encode()).message


def test_v3_a_wrong_clock_is_named() -> None:
    root = json.loads(fixture_bytes("nba_stats_v3", "wnba_quarter"))
    root["game"]["actions"][3]["clock"] = "soon"
    assert the_fault(V3, json.dumps(root).encode()).field == "game.actions[3].clock"
