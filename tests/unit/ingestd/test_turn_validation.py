"""Facts of tennis and cricket that can't be are refused with the field named."""

from __future__ import annotations

import pytest

from ingestd.core.turn_validation import DETAILS, fault_of
from ingestd.core.validation import check_facts, fixture
from scoreline.domain.rulebook import RULEBOOKS
from scoreline.v1 import event_cricket_pb2 as c
from scoreline.v1 import event_tennis_pb2 as t
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Sport
from tests.unit.stated.match import ARMS, HOME, NOBODY, Feed, game


@pytest.mark.parametrize(
    ("detail", "side", "field"),
    [
        (t.PointWon(), NOBODY, "side"),
        (t.PointWon(server=3), HOME, "point_won.server"),  # type: ignore[arg-type]
        (t.StandingStated(home_games=201), HOME, "standing_stated.home_games"),
        (t.StandingStated(server=9), HOME, "standing_stated.server"),  # type: ignore[arg-type]
        (t.GameConceded(), HOME, "game_conceded.concession"),
        (t.GameConceded(concession=t.CONCESSION_WALKOVER), NOBODY, "side"),
        (c.InningsBegun(target=3_001), HOME, "innings_begun.target"),
        (c.BallBowled(bat_runs=101), HOME, "ball_bowled.bat_runs"),
        (c.BallBowled(over=1_001), HOME, "ball_bowled.over"),
        (c.BallBowled(bowler_player_id="a b"), HOME, "ball_bowled.bowler_player_id"),
        (c.WicketFallen(dismissal=99), HOME, "wicket_fallen.dismissal"),  # type: ignore[arg-type]
        (c.WicketFallen(bowler_player_id="?"), HOME, "wicket_fallen.bowler_player_id"),
        (c.PenaltyRunsAwarded(runs=101), HOME, "penalty_runs_awarded.runs"),
        (c.TargetSet(target_balls=6_001), HOME, "target_set.target_balls"),
        (c.InningsStated(wickets=11), HOME, "innings_stated.wickets"),
        (c.ResultDeclared(), NOBODY, "result_declared.outcome"),
        (c.ResultDeclared(outcome=c.CRICKET_OUTCOME_WON), NOBODY, "side"),
    ],
)
def test_what_can_not_be_is_refused(detail: object, side: int, field: str) -> None:
    arm = ARMS[type(detail)]
    event = Feed().event(detail, side=side)  # type: ignore[arg-type]
    fault = fault_of(event, arm)
    assert fault is not None
    assert fault[0] == field
    sport = Sport.SPORT_TENNIS if arm in RULEBOOKS[Sport.SPORT_TENNIS].details else Sport.SPORT_CRICKET
    refusal = check_facts(event, fixture(game(sport)), "acme")
    assert refusal is not None
    assert refusal.field == f"event.{field}"


@pytest.mark.parametrize(
    "detail",
    [
        t.PointWon(server=HOME),
        t.StandingStated(home_games=5, server=HOME),
        t.GameConceded(concession=t.CONCESSION_DEFAULT),
        c.InningsBegun(super_over=1),
        c.BallBowled(bat_runs=6, over=3, bowler_player_id="a1"),
        c.WicketFallen(),
        c.PenaltyRunsAwarded(runs=5),
        c.TargetSet(target=100),
        c.InningsStated(runs=1_000, wickets=10),
        c.ResultDeclared(outcome=c.CRICKET_OUTCOME_TIE),
    ],
)
def test_what_can_be_is_accepted(detail: object) -> None:
    assert fault_of(Feed().event(detail, side=HOME), ARMS[type(detail)]) is None


def test_every_check_is_of_a_fact_that_exists() -> None:
    assert {field.name for field in GameEvent.DESCRIPTOR.oneofs_by_name["detail"].fields} >= DETAILS
