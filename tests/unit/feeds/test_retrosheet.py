"""Retrosheet's event files: play strings, then the lines around them."""

from __future__ import annotations

import pytest

from scoreline.feeds.adapter import GameTranslation, Translation
from scoreline.feeds.retrosheet.playstring import Field, read_play
from scoreline.feeds.retrosheet.translation import Retrosheet
from scoreline.v1.event_baseball_pb2 import BaseballResult
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.state_pb2 import PeriodKind
from tests.support.feeds import AWAY, FIXTURES, HOME, the_fault

RETROSHEET = Retrosheet()
DOCUMENT = (FIXTURES / "retrosheet" / "two_games.EVN").read_bytes()
FULL = frozenset({1, 2, 3})


def games(document: bytes = DOCUMENT) -> tuple[GameTranslation, ...]:
    result = RETROSHEET.parse(document, provider_id="demo")
    assert isinstance(result, Translation), result
    return result.games


def by_id(game: GameTranslation) -> dict[str, GameEvent]:
    return {event.event_id: event for _, event in game.events}


@pytest.mark.parametrize(
    ("text", "bases", "outs", "after", "runs"),
    [
        ("9/F", {1}, 1, {1}, 0),
        ("63/G.2-3", {2}, 1, {3}, 0),
        ("64(1)3/GDP/G", {1}, 2, set(), 0),
        ("54(1)/FO/G.B-1", {1}, 1, {1}, 0),
        ("8(B)84(2)/LDP", {2}, 2, set(), 0),
        ("S7/L+.3-H;1-2", {1, 3}, 0, {1, 2}, 1),
        ("D9/L.2-H;1XH(96)", {1, 2}, 1, {2}, 1),
        ("DGR/L.1-3", {1}, 0, {2, 3}, 0),
        ("T8/F.BXH(84)", set(), 1, set(), 0),
        ("HR/F89.3-H;2-H;1-H", FULL, 0, set(), 4),
        ("H9/L", set(), 0, set(), 1),
        ("W.3-H;2-3;1-2", FULL, 0, {1, 2, 3}, 1),
        ("IW", set(), 0, {1}, 0),
        ("W+SB3", {2}, 0, {1, 3}, 0),
        ("HP.1-2", {1}, 0, {1, 2}, 0),
        ("C/E2.1-2;B-1", {1}, 0, {1, 2}, 0),
        ("FC6/G.3XH(62);B-1", {3}, 1, {1}, 0),
        ("E5/TH/G.1-3;B-2", {1}, 0, {2, 3}, 0),
        ("6E3/G.B-1", set(), 0, {1}, 0),
        ("FLE5", {1}, 0, {1}, 0),
        ("K", set(), 1, set(), 0),
        ("K+WP.B-1", set(), 0, {1}, 0),
        ("K.BX1(23)", set(), 1, set(), 0),
        ("K+CS2(26)/DP", {1}, 2, set(), 0),
        ("SB3;SB2", {1, 2}, 0, {2, 3}, 0),
        ("SBH;SB2(UR)", {1, 3}, 0, {2}, 1),
        ("CS2(26)", {1}, 1, set(), 0),
        ("CSH(2E5).3-H(UR)", {3}, 0, set(), 1),
        ("CS2(2E4).1-3", {1}, 0, {3}, 0),
        ("POCS3(156)", {2}, 1, set(), 0),
        ("PO1(13)", {1}, 1, set(), 0),
        ("PO1(E1/TH).1-2", {1}, 0, {2}, 0),
        ("PO1(E1)", {1}, 0, {1}, 0),
        ("WP.2-3;1-2", {1, 2}, 0, {2, 3}, 0),
        ("BK.3-H", {3}, 0, set(), 1),
        ("OA.2X3(25)", {2}, 1, set(), 0),
        ("S9/L.1X3(9E5)", {1}, 0, {1, 3}, 0),
        ("S9/L.1XH(E9)(62)", {1}, 1, {1}, 0),
        ("99!/F#?", set(), 1, set(), 0),
    ],
)
def test_a_play_string_moves_the_runners(
    text: str, bases: set[int], outs: int, after: set[int], runs: int
) -> None:
    told = read_play(text)
    assert told is not None
    assert Field(0, frozenset(bases)).after(told) == ((outs, frozenset(after)), runs)


@pytest.mark.parametrize("text", ["", "XYZ", "K+XYZ", "SB9", "S7.4-5", "POX", "(1)", "CS2(26);XX"])
def test_what_is_no_play_string_is_not_read(text: str) -> None:
    assert read_play(text) is None


def test_the_third_out_clears_the_bases() -> None:
    told = read_play("K")
    assert told is not None
    assert Field(2, FULL).after(told)[0] == Field(3, frozenset())


def test_errors_are_counted_wherever_they_are_charged() -> None:
    assert [read_play(text).errors for text in ("E5/TH/G.1-3(E7);B-2", "C/E2.B-1", "S7")] == [2, 1, 0]  # type: ignore[union-attr]


def test_a_file_holds_several_games() -> None:
    first, second = games()
    assert (first.external_game_id, first.game.game_id) == ("HBR203006010", "retrosheet-HBR203006010")
    assert (first.game.away.name, first.game.home.name, first.game.season) == ("ALP", "HBR", "2030")
    assert (first.game.rules.regular_periods, second.game.rules.regular_periods) == (7, 9)
    assert (first.complete, second.complete) == (True, False)
    assert {event.game_id for _, event in second.events} == {"retrosheet-HBR203006020"}


def test_the_runner_of_an_extra_inning_is_placed_before_its_first_play() -> None:
    names = [event.event_id for _, event in games()[0].events]
    at = names.index("20")
    assert names[at - 2 : at + 3] == ["inning-7-end", "inning-8-start", "20", "21-up", "21"]
    placed = by_id(games()[0])["20"]
    assert (placed.baseball_play.bases, placed.player_id) == (2, "retrosheet-birkb001")
    assert (placed.time.kind, placed.time.ordinal, placed.side) == (PeriodKind.PERIOD_KIND_OVERTIME, 1, AWAY)


def test_runs_are_those_of_the_play_strings() -> None:
    runs = {HOME: 0, AWAY: 0}
    for _, event in games()[0].events:
        runs[event.side] = runs.get(event.side, 0) + event.baseball_play.runs
    assert (runs[HOME], runs[AWAY]) == (3, 2)


def test_a_new_pitcher_is_told_with_the_batter_he_faces() -> None:
    events = by_id(games()[0])
    assert events["10-up"].baseball_play.pitcher_id == "retrosheet-dahld001"
    ups = [e.baseball_play.pitcher_id for e in events.values() if e.event_id.endswith("-up")]
    assert "retrosheet-newp0001" in ups


def test_the_count_of_a_play_that_leaves_the_batter_is_kept_and_an_unknown_one_left_out() -> None:
    steal = by_id(games()[0])["25"].baseball_play
    assert (steal.result, steal.balls, steal.strikes) == (BaseballResult.BASEBALL_RESULT_RUNNING, 1, 0)


@pytest.mark.parametrize(
    ("last", "complete"),
    [
        ("play,9,0,a,00,X,K", False),
        ("play,9,1,a,00,X,HR/F7", True),
        ("play,9,1,a,00,X,K", False),
        ("play,8,1,a,00,X,HR/F7", False),
        ("play,9,1,a,00,X,HR/F7\nplay,10,0,a,00,X,64(B)3(1)5(2)/TP", True),
    ],
)
def test_without_closing_lines_a_game_is_over_when_nobody_would_play_on(last: str, complete: bool) -> None:
    document = f"id,HBR203006010\ninfo,visteam,ALP\ninfo,hometeam,HBR\nplay,1,0,a,00,X,K\n{last}\n"
    assert games(document.encode())[0].complete == complete


def test_closing_lines_end_a_game_that_was_called() -> None:
    document = "id,HBR203006010\ninfo,visteam,ALP\ninfo,hometeam,HBR\nplay,5,0,a,00,X,K\ndata,er,a,1\n"
    [game] = games(document.encode())
    assert game.complete


def test_a_game_cut_before_its_first_play_has_no_events() -> None:
    document = "id,HBR203006010\ninfo,visteam,ALP\ninfo,hometeam,HBR\ndata,er,a,1\n"
    [game] = games(document.encode())
    assert not game.events
    assert not game.complete


def test_the_home_team_may_bat_first() -> None:
    document = (
        "id,HBR203006010\ninfo,visteam,ALP\ninfo,hometeam,HBR\ninfo,htbf,true\n"
        "play,9,1,a,00,X,K\nplay,9,0,b,00,X,HR/F7\n"
    )
    [game] = games(document.encode("latin-1"))
    assert game.complete
    assert [e.event_id for _, e in game.events][:4] == ["inning-9-start", "4-up", "4", "5-half"]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (b"", ""),
        (b"play,1,0,a,00,X,K\n", "line 1"),
        (b"id,nonsense\n", "line 1"),
        (b"id,HBR203006010\ninfo,hometeam,HBR\n", "line 1"),
        (b"id,HBR203006010\nplay,1,0,a,00,X,WHAT\n", "line 2"),
        (b"id,HBR203006010\nplay,1,2,a,00,X,K\n", "line 2"),
        (b"id,HBR203006010\nplay,99,0,a,00,X,K\n", "line 2"),
        (b"id,HBR203006010\nplay,1\n", "line 2"),
        (b'id,HBR203006010\nstart,"a\n', "line 2"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(document: bytes, field: str) -> None:
    assert the_fault(RETROSHEET, document).field == field


def test_an_old_file_in_latin_letters_is_read() -> None:
    document = 'id,HBR203006010\ninfo,visteam,ALP\ninfo,hometeam,HBR\nstart,o\'ne1,"José",0,1,4\n'
    [game] = games(document.encode("latin-1"))
    assert [(entry.player_id, entry.name) for entry in game.game.roster] == [("retrosheet-o-ne1", "José")]
