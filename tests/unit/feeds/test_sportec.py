"""The DFL's event data, one oddity at a time."""

from __future__ import annotations

import pytest

from scoreline.feeds.adapter import Translation
from scoreline.feeds.sportec.translation import Sportec
from scoreline.v1.event_pb2 import CardColor, EventAction
from scoreline.v1.state_pb2 import GameStatus
from tests.support.feeds import AWAY, FIXTURES, HOME, details, goals, only, the_fault, the_game

SPORTEC = Sportec()


def document(name: str) -> bytes:
    return (FIXTURES / "sportec" / f"{name}.xml").read_bytes()


def match():  # type: ignore[no-untyped-def]
    """Return the match of the events, its information known from the other document."""
    described = the_game(SPORTEC, document("match_information"))
    known = {described.external_game_id: described.game}
    result = SPORTEC.parse(document("events_of_a_match"), provider_id="demo", lookup=known.get)
    assert isinstance(result, Translation), result
    return result.games[0]


def test_goals_are_told_with_the_score_after_them() -> None:
    first, penalty, own = only(match(), "goal_scored")
    assert (first.side, first.player_id, first.goal_scored.assist_player_id) == (
        HOME,
        "dfl-obj-1",
        "dfl-obj-3",
    )
    assert (first.reported_score.home, first.reported_score.away) == (1, 0)
    assert (penalty.side, penalty.goal_scored.penalty) == (AWAY, True)
    assert (own.side, own.goal_scored.own_goal, own.player_id) == (HOME, True, "dfl-obj-2")
    assert [one.event_id for one in only(match(), "penalty_awarded")] == ["22-award"]


def test_a_fact_with_a_delete_is_taken_back() -> None:
    gone = [event for _, event in match().events if event.action == EventAction.EVENT_ACTION_RETRACT]
    assert [one.event_id for one in gone] == ["19"]
    assert goals(match()) == (2, 1)


def test_each_fact_of_football_has_its_event() -> None:
    game = match()
    assert [one.shot_taken.on_target for one in only(game, "shot_taken")] == [True]
    assert [(one.side, one.player_id) for one in only(game, "foul_committed")] == [(HOME, "dfl-obj-1")]
    assert [one.card_shown.color for one in only(game, "card_shown")] == [CardColor.CARD_COLOR_YELLOW]
    assert [one.side for one in only(game, "corner_awarded")] == [AWAY]
    assert [one.side for one in only(game, "offside_called")] == [HOME]
    [exchange] = only(game, "player_substituted")
    assert (exchange.player_id, exchange.player_substituted.player_in_id) == ("dfl-obj-1", "dfl-obj-3")
    assert [one.play_observed.kind for one in only(game, "play_observed")] == ["kick_off"]


def test_time_counts_from_the_kick_off_of_the_section() -> None:
    game = match()
    assert [one.time.elapsed_ms for one in only(game, "goal_scored")] == [600_000, 540_000, 1_140_000]
    assert only(game, "goal_scored")[0].occurred_time.ToJsonString() == "2031-05-01T16:40:00Z"
    assert details(game)[-2:] == ["period_ended", "status_changed"]
    assert game.complete


def test_without_its_information_the_events_can_not_be_told() -> None:
    assert "match information" in the_fault(SPORTEC, document("events_of_a_match")).message


def test_information_and_events_may_stand_in_one_document() -> None:
    game = the_game(SPORTEC, document("both_together"))
    assert (game.game.home.name, len(game.game.roster)) == ("Northport", 2)
    assert not game.complete


def test_a_level_score_is_final_only_once_the_document_says_so() -> None:
    assert the_game(SPORTEC, document("level_after_the_match")).complete
    assert not the_game(SPORTEC, document("level_and_undecided")).complete


def test_a_shootout_has_attempts_and_no_goals() -> None:
    game = the_game(SPORTEC, document("shootout"))
    assert details(game) == ["period_started", "shootout_attempted", "shootout_attempted"]


def test_a_match_that_is_broken_off_is_abandoned() -> None:
    game = the_game(SPORTEC, document("broken_off"))
    [status] = only(game, "status_changed")
    assert status.status_changed.status == GameStatus.GAME_STATUS_ABANDONED
    assert game.complete


def test_the_information_tells_competition_venue_and_start() -> None:
    game = the_game(SPORTEC, document("match_information"))
    assert game.competition is not None
    assert (game.competition.name, game.game.venue, game.game.season) == ("Cup", "Harbour", "2030/2031")
    assert game.game.scheduled_time.ToJsonString() == "2031-05-01T16:30:00Z"
    nameless = document("match_information").replace(b'CompetitionId="DFL-COM-9"', b"")
    assert the_game(SPORTEC, nameless).competition is None


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b'MatchId="DFL-MAT-0X" EventId="10"', b'MatchId="?" EventId="10"', "Event.MatchId"),
        (b'EventId="10"', b'EventId="a b"', "Event.EventId"),
        (b'EventTime="2031-05-01T18:30:00.000', b'EventTime="then', "Event.EventTime"),
        (b'GameSection="firstHalf"', b'GameSection="third"', "KickOff.GameSection"),
        (b'Team="DFL-CLU-B"', b'Team="DFL-CLU-C"', "Play.Team"),
        (b'GuestTeamId="DFL-CLU-B"', b'GuestTeamId="DFL-CLU-A"', "General.GuestTeamId"),
        (b'GuestTeamId="DFL-CLU-B"', b'GuestTeamId="?"', "General.GuestTeamId"),
        (b"<General ", b"<Generals ", "MatchInformation"),
        (b"<FinalWhistle", b"<!-- --><FinalWhistle", None),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(old: bytes, new: bytes, field: str | None) -> None:
    body = document("both_together").replace(old, new)
    if field is None:
        assert the_game(SPORTEC, body)
        return
    if field == "Play.Team":
        body = body.replace(b"<SavedShot/>", b"")
        assert the_fault(SPORTEC, body).message == "is none of the two teams"
        return
    assert the_fault(SPORTEC, body).field.partition(" ")[2].partition(" ")[2] == field


@pytest.mark.parametrize(
    "body",
    [b"<PutDataRequest/>", b"<Other/>", b"<PutDataRequest><Event MatchId='a' EventId='1'/></PutDataRequest>"],
)
def test_a_document_without_a_match_is_refused(body: bytes) -> None:
    assert the_fault(SPORTEC, body).message


def test_a_message_with_the_whistle_alone_ends_the_match_by_its_result() -> None:
    described = the_game(SPORTEC, document("match_information"))
    known = {described.external_game_id: described.game}
    whole = document("events_of_a_match").decode()
    goal, whistle = (
        next(line for line in whole.splitlines() if f'EventId="{one}"' in line) for one in (22, 25)
    )
    for body, complete in ((whistle, True), (whistle.replace("2:1", "1:1"), False), (goal, False)):
        message = f'<PutDataRequest DataStatus="match">{body}</PutDataRequest>'.encode()
        result = SPORTEC.parse(message, provider_id="demo", lookup=known.get)
        assert isinstance(result, Translation)
        assert result.games[0].complete == complete
        assert not any(event.time.HasField("elapsed_ms") for _, event in result.games[0].events)
