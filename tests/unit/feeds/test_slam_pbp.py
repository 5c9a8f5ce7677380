"""Point by point files of tennis, one oddity at a time."""

from __future__ import annotations

import pytest

from scoreline.feeds.adapter import GameTranslation, Malformed, Translation
from scoreline.feeds.slam_pbp import specification as spec
from scoreline.feeds.slam_pbp.translation import SlamPbp
from scoreline.v1.event_tennis_pb2 import Concession
from scoreline.v1.game_pb2 import Game, GameRules, Team
from scoreline.v1.rules_tennis_pb2 import TennisFinalSet
from tests.support.feeds import AWAY, FIXTURES, HOME, details, only, the_fault

SLAM = SlamPbp()


def document(name: str) -> bytes:
    return (FIXTURES / "slam_pbp" / f"{name}.csv").read_bytes()


def games_of(body: bytes, lookup=None) -> dict[str, GameTranslation]:  # type: ignore[no-untyped-def]
    options = {"lookup": lookup} if lookup else {}
    result = SLAM.parse(body, provider_id="demo", **options)
    assert isinstance(result, Translation), result
    return {game.external_game_id: game for game in result.games}


def test_a_file_holds_many_matches_and_rows_without_a_winner_are_no_points() -> None:
    games = games_of(document("singles_points"))
    assert list(games) == ["2031-usopen-2101", "2031-usopen-2102"]
    whole, cut = games.values()
    assert len(only(whole, "point_won")) == 72
    assert whole.complete
    assert not cut.complete
    assert details(whole)[0] == "period_started"
    assert details(whole)[-1] == "status_changed"
    assert len(only(whole, "period_started")) == 3


def test_the_score_after_a_point_is_told_to_be_checked() -> None:
    points = only(games_of(document("singles_points"))["2031-usopen-2101"], "point_won")
    assert [
        (one.reported_score.home, one.reported_score.away) for one in (points[0], points[23], points[-1])
    ] == [
        (0, 0),
        (1, 0),
        (2, 1),
    ]


def test_sequences_rise_and_ids_are_unique() -> None:
    for game in games_of(document("singles_points")).values():
        sequences = [event.sequence for _, event in game.events]
        assert sequences == sorted(set(sequences))
        assert len({event.event_id for _, event in game.events}) == len(sequences)
        offsets = [offset_s for offset_s, _ in game.events]
        assert offsets == sorted(offsets)


def test_a_row_that_corrects_an_earlier_one_is_taken_over_by_a_fact_of_its_own() -> None:
    game = games_of(document("corrected_points"))["2031-usopen-2103"]
    assert details(game)[-2:] == ["point_won", "standing_stated"]
    stated = only(game, "standing_stated")[0].standing_stated
    assert (stated.home_points, stated.away_points, stated.server) == (15, 30, HOME)


def test_a_row_that_states_the_score_before_its_point_corrects_nothing() -> None:
    head, *rows = document("singles_points").decode().splitlines()
    columns = head.split(",")
    late = []
    before = dict.fromkeys(("P1GamesWon", "P2GamesWon"), "0")
    for row in rows:
        values = dict(zip(columns, row.split(","), strict=True))
        told = values | before
        before = (
            {key: values[key] for key in before} if values["SetWinner"] == "0" else dict.fromkeys(before, "0")
        )
        late.append(",".join(told.values()))
    game = games_of("\n".join([head, *late]).encode())["2031-usopen-2101"]
    assert not only(game, "standing_stated")
    assert game.complete


def test_a_set_that_the_feed_counts_otherwise_is_taken_over() -> None:
    head, *rows = document("singles_points").decode().splitlines()
    # The first point of the second set is the last one of it, whatever happened in between.
    rows = [row for row in rows if row.startswith("2031-usopen-2101")][:27]
    values = dict(zip(head.split(","), rows[-1].split(","), strict=True))
    assert values["SetNo"] == "2"
    values |= {"P1GamesWon": "0", "P2GamesWon": "6", "SetWinner": "2"}
    game = games_of("\n".join([head, *rows[:-1], ",".join(values.values())]).encode())["2031-usopen-2101"]
    assert details(game)[-4:] == ["point_won", "standing_stated", "score_stated", "period_ended"]
    assert (
        only(game, "score_stated")[0].score_stated.home,
        only(game, "score_stated")[0].score_stated.away,
    ) == (
        1,
        1,
    )


def test_a_row_of_an_earlier_set_is_told_and_moves_nothing() -> None:
    lines = document("singles_points").decode().splitlines()
    whole = games_of("\n".join(lines[:40]).encode())["2031-usopen-2101"]
    late = lines[3].replace(",0,1,1,2,15,0", ",0,39,1,2,15,0")
    again = games_of("\n".join([*lines[:40], late]).encode())["2031-usopen-2101"]
    assert details(again) == [*details(whole), "point_won"]
    assert again.events[-1].event.time.ordinal == 1


def test_the_list_of_matches_tells_names_rules_and_how_a_match_was_given_up() -> None:
    games = games_of(document("matches"))
    first = games["2031-usopen-2101"].game
    assert (first.home.name, first.away.name) == ("Ada Örn", "Bea Lund")
    assert (first.home.team_id, first.venue, first.rules.regular_periods) == ("slam-wta1", "Court 3", 3)
    assert not games["2031-usopen-2101"].ending
    [(_, retired)] = games["2031-usopen-2102"].ending
    assert (retired.side, retired.game_conceded.concession) == (HOME, Concession.CONCESSION_RETIREMENT)
    [(_, walkover)] = games["2031-usopen-2104"].ending
    assert (walkover.side, walkover.game_conceded.concession) == (AWAY, Concession.CONCESSION_WALKOVER)
    mixed = games["2031-usopen-5101"].game
    assert mixed.home.name == "Gus Pike / Ida Shaw"
    assert len(mixed.roster) == 4
    assert mixed.rules.tennis.final_set == TennisFinalSet.TENNIS_FINAL_SET_MATCH_TIE_BREAK


def test_what_is_registered_is_known_better() -> None:
    known = Game(game_id="final", home=Team(team_id="a", name="A"), away=Team(team_id="b", name="B"))
    known.rules.CopyFrom(GameRules(regular_periods=5))
    for name in ("singles_points", "matches"):
        game = games_of(document(name), {"2031-usopen-2101": known}.get)["2031-usopen-2101"].game
        assert (game.game_id, game.rules.regular_periods) == ("final", 5)
    points = games_of(document("singles_points"), {"2031-usopen-2101": known}.get)["2031-usopen-2101"]
    assert not points.complete
    assert points.game.home.name == "A"


@pytest.mark.parametrize(
    ("year", "tournament", "event", "sets", "final_set"),
    [
        (2011, "wimbledon", "MS", 5, TennisFinalSet.TENNIS_FINAL_SET_ADVANTAGE),
        (2018, "wimbledon", "WS", 3, TennisFinalSet.TENNIS_FINAL_SET_ADVANTAGE),
        (2019, "wimbledon", "MS", 5, TennisFinalSet.TENNIS_FINAL_SET_TIE_BREAK_AT_12),
        (2021, "wimbledon", "XD", 3, TennisFinalSet.TENNIS_FINAL_SET_TIE_BREAK_AT_12),
        (2022, "wimbledon", "MD", 5, TennisFinalSet.TENNIS_FINAL_SET_TIE_BREAK_TO_10),
        (2023, "wimbledon", "MD", 3, TennisFinalSet.TENNIS_FINAL_SET_TIE_BREAK_TO_10),
        (2018, "ausopen", "MS", 5, TennisFinalSet.TENNIS_FINAL_SET_ADVANTAGE),
        (2019, "ausopen", "WS", 3, TennisFinalSet.TENNIS_FINAL_SET_TIE_BREAK_TO_10),
        (2021, "frenchopen", "MS", 5, TennisFinalSet.TENNIS_FINAL_SET_ADVANTAGE),
        (2021, "usopen", "WS", 3, TennisFinalSet.TENNIS_FINAL_SET_UNSPECIFIED),
        (2019, "ausopen", "XD", 3, TennisFinalSet.TENNIS_FINAL_SET_MATCH_TIE_BREAK),
        (2019, "ausopen", "WD", 3, TennisFinalSet.TENNIS_FINAL_SET_UNSPECIFIED),
        (2019, "somewhere", "MS", 5, TennisFinalSet.TENNIS_FINAL_SET_UNSPECIFIED),
    ],
)
def test_the_rules_follow_from_year_tournament_and_event(
    year: int, tournament: str, event: str, sets: int, final_set: int
) -> None:
    rules = spec.rules_of(year, tournament, event)
    assert (rules.regular_periods, rules.tennis.final_set) == (sets, final_set)


def test_the_event_is_told_by_its_name_or_by_the_number_of_the_match() -> None:
    assert [
        spec.event_of(*one) for one in (("1105", ""), ("5105", "event_WS"), ("MS101", ""), ("1", "?"))
    ] == [
        "MS",
        "WS",
        "MS",
        "MS",
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "line 1"),
        (b"a,b\n1,2\n", "line 1"),
        (b"match_id,match_id\n", "line 1"),
        (b"match_id,PointWinner\n1,2,3\n", "line 2"),
        (b"match_id,PointWinner\n2031-usopen-1,\xff\n", ""),
        (b'match_id,PointWinner\n"2031', "line 2"),
        (b"match_id,PointWinner\nnonsense,1\n", "line 2.match_id"),
        (b"match_id,PointWinner,PointNumber,SetNo\n2031-usopen-1,1,1,9\n", "line 2.SetNo"),
        (b"match_id,player1\n2031-usopen-1,\n", "line 2.player1"),
        (b"match_id,player1,player2\n2031-usopen-1,A,B\n2031-usopen-1,A,B\n", "line 3.match_id"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(body: bytes, field: str) -> None:
    fault = the_fault(SLAM, body)
    assert isinstance(fault, Malformed)
    assert fault.field == field
