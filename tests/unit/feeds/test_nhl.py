"""The NHL's game centre, one oddity at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scoreline.feeds.adapter import Translation
from scoreline.feeds.nhl import specification as spec
from scoreline.feeds.nhl.translation import Nhl
from scoreline.v1.event_ice_hockey_pb2 import GoalStrength
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import GameStatus, PeriodKind
from scoreline.wire.names import event_identity
from stated.core.game_fold import GameFold
from stated.core.steps import Applied, LoggedEvent
from tests.support.feeds import AWAY, HOME, details, fixture_bytes, only, the_fault, the_game

NHL = Nhl()


def game_of(name: str):
    return the_game(NHL, fixture_bytes("nhl", name))


def changed(name: str, change: Callable[[Any], Any]) -> bytes:
    document = json.loads(fixture_bytes("nhl", name))
    change(document)
    return json.dumps(document).encode()


def folded(*documents: bytes) -> tuple[GameFold, list[str]]:
    """Fold what document after document tells, as the log would bring it."""
    fold, notes, number = None, [], 0
    for document in documents:
        told = the_game(NHL, document)
        fold = fold or GameFold(told.game)
        for _, event in told.events:
            event.provider_id, number = "demo", number + 1
            logged = LoggedEvent(number, event_identity(event), event, number)
            for step in fold.offer(logged, number):
                if isinstance(step, Applied):
                    notes += [note.text for note in step.notes if note.reason == "score_disagreement"]
    assert fold is not None
    return fold, notes


def test_a_period_in_progress_is_told_with_clock_strength_and_timeouts() -> None:
    game = game_of("period_in_progress")
    assert [(event.event_id, event.WhichOneof("detail")) for _, event in game.events][:12] == [
        ("9", "period_started"),
        ("9-strength", "strength_changed"),
        ("500", "play_observed"),
        ("11", "shot_taken"),
        ("12-clock", "clock_adjusted"),
        ("12", "play_observed"),
        ("12-timeout", "timeout_taken"),
        ("13-clock", "clock_adjusted"),
        ("13", "play_observed"),
        ("14-clock", "clock_adjusted"),
        ("14", "penalty_imposed"),
        ("15-strength", "strength_changed"),
    ]
    assert not game.complete
    assert only(game, "timeout_taken")[0].side == AWAY


def test_plays_are_ordered_by_sort_order_not_by_id() -> None:
    sequences = [event.sequence for _, event in game_of("period_in_progress").events]
    assert sequences == sorted(set(sequences))


def test_the_clock_stands_from_a_stoppage_to_the_faceoff() -> None:
    anchors = only(game_of("period_in_progress"), "clock_adjusted")
    assert [(one.clock_adjusted.running, one.time.elapsed_ms) for one in anchors] == [
        (False, 61_000),
        (True, 61_000),
        (False, 120_000),
        (True, 120_000),
        (False, 210_000),
        (True, 210_000),
    ]


def test_a_goal_names_scorer_assist_and_the_score_after_it() -> None:
    [goal] = only(game_of("period_in_progress"), "goal_scored")
    assert (goal.side, goal.player_id, goal.goal_scored.assist_player_id) == (HOME, "nhl-11", "nhl-12")
    assert (goal.reported_score.home, goal.reported_score.away) == (1, 0)
    assert goal.goal_scored.strength == GoalStrength.GOAL_STRENGTH_POWER_PLAY


def test_only_shots_on_goal_are_on_target() -> None:
    shots = only(game_of("period_in_progress"), "shot_taken")
    assert [(shot.side, shot.shot_taken.on_target) for shot in shots] == [(AWAY, True), (HOME, False)]


def test_a_penalty_has_its_minutes_and_its_offence() -> None:
    [penalty] = only(game_of("period_in_progress"), "penalty_imposed")
    assert (penalty.side, penalty.player_id) == (AWAY, "nhl-21")
    assert (penalty.penalty_imposed.minutes, penalty.penalty_imposed.offence) == (2, "high-sticking")


def test_the_situation_code_tells_the_strength_of_every_goal() -> None:
    goals = [one.goal_scored for one in only(game_of("strengths_of_goals"), "goal_scored")]
    assert [goal.strength for goal in goals] == [
        GoalStrength.GOAL_STRENGTH_SHORT_HANDED,
        GoalStrength.GOAL_STRENGTH_POWER_PLAY,
        GoalStrength.GOAL_STRENGTH_EMPTY_NET,
        GoalStrength.GOAL_STRENGTH_UNSPECIFIED,
        GoalStrength.GOAL_STRENGTH_UNSPECIFIED,
        GoalStrength.GOAL_STRENGTH_UNSPECIFIED,
        GoalStrength.GOAL_STRENGTH_UNSPECIFIED,
    ]
    assert [goal.penalty for goal in goals] == [False] * 4 + [True] + [False] * 2


@pytest.mark.parametrize(
    ("code", "strength"),
    [
        ("1551", spec.Strength(5, 5, False, False)),
        ("1451", spec.Strength(5, 4, False, False)),
        ("0651", spec.Strength(5, 6, False, True)),
        ("1560", spec.Strength(6, 5, True, False)),
        ("0101", None),
        ("1", None),
        ("2551", None),
    ],
)
def test_a_situation_code_is_read_or_left(code: str, strength: spec.Strength | None) -> None:
    assert spec.strength_of(code) == strength


def test_a_shootout_is_attempts_and_its_winner_gets_exactly_one_goal() -> None:
    game = game_of("shootout")
    attempts = [(one.side, one.shootout_attempted.scored) for one in only(game, "shootout_attempted")]
    assert attempts == [(HOME, True), (AWAY, False), (HOME, True), (AWAY, False)]
    assert not only(game, "goal_scored")
    fold, notes = folded(fixture_bytes("nhl", "shootout"))
    score = fold.state.score
    assert (score.home, score.away, score.home_shootout, score.away_shootout) == (1, 0, 2, 0)
    assert fold.state.period.kind == PeriodKind.PERIOD_KIND_SHOOTOUT
    assert notes == []


def test_an_end_that_the_league_verified_is_official() -> None:
    statuses = [one.status_changed.status for one in only(game_of("shootout"), "status_changed")]
    assert statuses == [GameStatus.GAME_STATUS_FINAL, GameStatus.GAME_STATUS_OFFICIAL]


def test_the_score_of_the_document_is_checked_against_the_facts_at_the_end() -> None:
    def lie(root: Any) -> None:
        root["homeTeam"]["score"] = 3

    fold, notes = folded(changed("shootout", lie))
    assert fold.state.score.home == 1
    assert notes == ["feed 3-0, facts 1-0"]


def test_play_offs_play_overtimes_of_twenty_minutes() -> None:
    game = game_of("overtime_of_the_playoffs")
    assert game.game.rules.overtime_period_s == 1200
    [goal] = only(game, "goal_scored")
    assert (goal.time.kind, goal.time.ordinal, goal.time.elapsed_ms) == (
        PeriodKind.PERIOD_KIND_OVERTIME,
        2,
        1_100_000,
    )


def test_a_start_that_was_never_told_is_made_up_for() -> None:
    game = game_of("overtime_of_the_playoffs")
    assert [one.event_id for one in only(game, "period_started")][-1] == "period-5"
    fold, _ = folded(fixture_bytes("nhl", "overtime_of_the_playoffs"))
    assert fold.state.period.ordinal == 2


def test_a_state_alone_ends_a_game_and_a_document_that_ends_does_not() -> None:
    game = game_of("overtime_of_the_playoffs")
    assert game.complete
    assert game.events[-1].event.event_id == "final"
    assert not the_game(
        NHL, changed("overtime_of_the_playoffs", lambda root: root.update(gameState="LIVE"))
    ).complete


def test_a_challenge_makes_the_state_uncertain_until_play_goes_on() -> None:
    events = [(event.event_id, event.WhichOneof("detail")) for _, event in game_of("goal_taken_back").events]
    assert ("2-review", "review_opened") in events
    assert events.index(("2-reviewed", "review_closed")) < events.index(("4", "play_observed"))
    assert events.index(("3-timeout", "timeout_taken")) < events.index(("2-reviewed", "review_closed"))


def test_a_goal_that_was_taken_back_is_absent_and_counts_nothing() -> None:
    fold, notes = folded(fixture_bytes("nhl", "goal_taken_back"))
    assert (fold.state.score.home, fold.state.score.away) == (0, 1)
    assert notes == []


def test_a_goal_that_vanished_between_documents_is_recorded_as_a_disagreement() -> None:
    def before(root: Any) -> None:
        del root["plays"][1:]
        goal = {"eventOwnerTeamId": 1, "scoringPlayerId": 11, "homeScore": 1, "awayScore": 0}
        play = dict(root["plays"][0], eventId=77, sortOrder=1, typeDescKey="goal", details=goal)
        root["plays"].append(play | {"timeInPeriod": "03:55"})

    fold, notes = folded(changed("goal_taken_back", before), fixture_bytes("nhl", "goal_taken_back"))
    assert notes == ["feed 0-1, facts 1-1"]
    assert fold.state.score.home == 1


def test_offsets_never_fall_though_clocks_step_backwards() -> None:
    for name in ("goal_taken_back", "period_in_progress", "shootout"):
        offsets = [offset_s for offset_s, _ in game_of(name).events]
        assert offsets == sorted(offsets)
    assert [offset_s for offset_s, _ in game_of("period_in_progress").events][-1] == 240 + 3 * 25


def test_the_head_tells_teams_roster_and_season() -> None:
    game = game_of("period_in_progress")
    assert (game.game.home.name, game.game.away.name) == ("Harbour Herons", "Alpine Goats")
    assert (game.game.season, game.game.venue, game.game.game_id) == (
        "2023-24",
        "Harbour Rink",
        "nhl-2023020999",
    )
    assert [(one.player_id, one.name, one.shirt_number) for one in game.game.roster] == [
        ("nhl-11", "Ada Wing", 7),
        ("nhl-12", "Bo Center", 0),
        ("nhl-21", "Cy Back", 44),
    ]


def test_a_document_without_plays_describes_the_game() -> None:
    def bare(root: Any) -> None:
        for key in ("plays", "gameState", "gameType", "regPeriods", "season", "venue", "startTimeUTC"):
            del root[key]
        del root["homeTeam"]["commonName"], root["homeTeam"]["placeName"]
        root["rosterSpots"].append(root["rosterSpots"][0])

    game = the_game(NHL, changed("period_in_progress", bare))
    assert not game.events
    assert (game.game.home.name, len(game.game.roster)) == ("HBR", 3)


def test_a_registered_game_keeps_its_id() -> None:
    document = fixture_bytes("nhl", "period_in_progress")
    result = NHL.parse(document, provider_id="demo", lookup={"2023020999": Game(game_id="g1")}.get)
    assert isinstance(result, Translation)
    assert result.games[0].events[0].event.game_id == "g1"


def test_of_two_plays_under_one_id_the_last_counts() -> None:
    def double(root: Any) -> None:
        root["plays"].append(dict(root["plays"][8], typeDescKey="missed-shot"))

    assert details(the_game(NHL, changed("period_in_progress", double))).count("goal_scored") == 0


def test_a_shot_or_a_penalty_of_nobody_is_a_play() -> None:
    def nobody(root: Any) -> None:
        for number in (2, 5):
            del root["plays"][number]["details"]["eventOwnerTeamId"]

    game = the_game(NHL, changed("period_in_progress", nobody))
    assert details(game).count("shot_taken") == 1
    assert "penalty_imposed" not in details(game)


@pytest.mark.parametrize(("clock", "length_s"), [("04:59", 300), ("09:10", 600), ("10:01", 1200)])
def test_an_overtime_is_as_long_as_its_plays_show(clock: str, length_s: int) -> None:
    def regular_season(root: Any) -> None:
        root["gameType"] = 2
        del root["plays"][8:]
        root["plays"][7]["timeInPeriod"] = clock

    game = the_game(NHL, changed("overtime_of_the_playoffs", regular_season))
    assert game.game.rules.overtime_period_s == length_s


def test_words_are_ours() -> None:
    assert spec.kind_word("blocked-shot") == "blocked_shot"
    assert spec.kind_word("?") == "other"
    assert spec.offence_word("delaying-game-unsuccessful-challenge") == "delaying-game-unsuccessful-chall"
    assert spec.offence_word("2-minutes") == ""


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda root: root.pop("id"), "id"),
        (lambda root: root["awayTeam"].update(id=1), "awayTeam"),
        (lambda root: root["rosterSpots"][0].update(teamId=3), "rosterSpots[0].teamId"),
        (lambda root: root["plays"][2].pop("eventId"), "plays[2].eventId"),
        (lambda root: root["plays"][2].update(timeInPeriod="soon"), "plays[2].timeInPeriod"),
        (lambda root: root["plays"][2].update(timeInPeriod="01:60"), "plays[2].timeInPeriod"),
        (lambda root: root["plays"][2].update(timeInPeriod="20:01"), "plays[2].timeInPeriod"),
        (
            lambda root: root["plays"][2]["periodDescriptor"].update(periodType="Q"),
            "plays[2].periodDescriptor.periodType",
        ),
        (lambda root: root["plays"][2]["periodDescriptor"].update(number=4), "plays[2].periodDescriptor"),
        (
            lambda root: root["plays"][2]["details"].update(eventOwnerTeamId=3),
            "plays[2].details.eventOwnerTeamId",
        ),
        (lambda root: root["plays"][8]["details"].pop("eventOwnerTeamId"), "plays[8]"),
        (lambda root: root["plays"][8]["details"].update(homeScore=-1), "plays[8].details.homeScore"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(change: Callable[[Any], Any], field: str) -> None:
    assert the_fault(NHL, changed("period_in_progress", change)).field == field
