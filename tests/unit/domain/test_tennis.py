"""What holds of every match of tennis; the examples stand with the reducer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoreline.domain.tennis import (
    ADVANTAGE,
    AWAY,
    FORTY,
    HOME,
    OTHER,
    Standing,
    begin_set,
    is_decided,
    match_format,
    win_point,
)
from scoreline.v1.game_pb2 import GameRules, Side
from scoreline.v1.rules_tennis_pb2 import TennisFinalSet, TennisRules

RULES = st.builds(
    lambda sets, final_set, no_ad: match_format(
        GameRules(regular_periods=sets, tennis=TennisRules(final_set=final_set, no_ad=no_ad))
    ),
    st.sampled_from([0, 1, 3, 5]),
    st.sampled_from(TennisFinalSet.values()),
    st.booleans(),
)
POINTS = st.lists(st.sampled_from([HOME, AWAY]), max_size=400)


@given(RULES, POINTS)
def test_every_match_stays_within_its_rules(rules, points) -> None:  # type: ignore[no-untyped-def]
    standing = begin_set(Standing(server=HOME), 1, rules)
    for winner in points:
        before, standing = standing, win_point(standing, winner, rules)
        assert max(standing.sets) <= rules.sets_to_win
        assert sum(standing.sets) <= 2 * rules.sets_to_win - 1
        assert sum(standing.sets) - sum(before.sets) in (0, 1)
        assert standing.server in (HOME, AWAY)
        if not standing.tie_break:
            assert max(standing.points) <= ADVANTAGE
            assert ADVANTAGE not in standing.points or FORTY in standing.points
        if standing.set_over:
            assert standing.points == (0, 0)
        if is_decided(before, rules):
            assert standing is before


@given(RULES, POINTS)
def test_a_match_seen_from_the_other_side_is_the_same_match(rules, points) -> None:  # type: ignore[no-untyped-def]
    standing = begin_set(Standing(server=HOME), 1, rules)
    mirrored = begin_set(Standing(server=AWAY), 1, rules)
    for winner in points:
        standing = win_point(standing, winner, rules)
        mirrored = win_point(mirrored, OTHER[winner], rules)
    assert mirrored == standing._replace(
        sets=standing.sets[::-1],
        games=standing.games[::-1],
        points=standing.points[::-1],
        tie_break_points=standing.tie_break_points[::-1],
        server=OTHER[standing.server],
    )


@pytest.mark.parametrize(("no_ad", "points"), [(False, 5), (True, 4)])
def test_a_game_from_deuce_takes_two_points_or_one(no_ad: bool, points: int) -> None:
    rules = match_format(GameRules(tennis=TennisRules(no_ad=no_ad)))
    standing = Standing(points=(FORTY, FORTY))
    for _ in range(points - 3):
        standing = win_point(standing, AWAY, rules)
    assert standing.games == (0, 1)


def test_advantage_lost_is_deuce() -> None:
    rules = match_format(GameRules())
    standing = win_point(Standing(points=(FORTY, FORTY)), HOME, rules)
    assert win_point(standing, AWAY, rules).points == (FORTY, FORTY)


def test_who_received_first_in_the_tie_break_serves_first_in_the_next_set() -> None:
    rules = match_format(GameRules())
    for last in range(6):
        standing = Standing(games=(6, 6), tie_break=True, server=HOME)
        for winner in [*[AWAY] * last, *[HOME] * 7]:
            standing = win_point(standing, winner, rules)
        assert standing.set_over
        assert standing.games == (7, 6)
        assert standing.tie_break_points == (7, last)
        assert standing.server == AWAY


def test_a_server_who_is_not_known_stays_unknown() -> None:
    rules = match_format(GameRules())
    standing = Standing()
    for _ in range(30):
        standing = win_point(standing, HOME, rules)
    assert standing.server == Side.SIDE_UNSPECIFIED


def test_a_final_set_of_a_kind_newer_than_we_are_is_a_usual_one() -> None:
    rules = GameRules()
    rules.tennis.final_set = 99  # type: ignore[assignment]
    assert match_format(rules).final == match_format(rules).usual


def test_a_match_that_is_decided_stays_as_it_is() -> None:
    decided = Standing(sets=(2, 0), set_number=2, games=(6, 0), set_over=True)
    assert win_point(decided, AWAY, match_format(GameRules())) is decided
