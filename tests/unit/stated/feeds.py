"""Feeds of any course a game may take, sensible or not, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from scoreline.v1 import event_pb2 as e
from scoreline.v1.event_american_football_pb2 import ScrimmageSet
from scoreline.v1.event_baseball_pb2 import BaseballPlay, BaseballResult, HalfInningStarted
from scoreline.v1.event_cricket_pb2 import (
    BallBowled,
    CricketOutcome,
    Dismissal,
    InningsBegun,
    InningsStated,
    PenaltyRunsAwarded,
    ResultDeclared,
    TargetSet,
    WicketFallen,
)
from scoreline.v1.event_ice_hockey_pb2 import GoalStrength, PenaltyImposed, StrengthChanged
from scoreline.v1.event_pb2 import FeedOrdering, GameEvent
from scoreline.v1.event_score_pb2 import ScoreStated
from scoreline.v1.event_tennis_pb2 import Concession, GameConceded, PointWon, StandingStated
from scoreline.v1.game_pb2 import Game, Sport
from scoreline.v1.situation_baseball_pb2 import InningHalf
from scoreline.v1.state_pb2 import GameStatus
from scoreline.wire.names import event_identity
from tests.unit.stated.match import (
    ARMS,
    AWAY,
    CONTIGUOUS,
    HOME,
    MONOTONIC,
    NOBODY,
    OVERTIME,
    REGULAR,
    SHOOTOUT,
    UNORDERED,
    Feed,
    game,
)

SIDES = st.sampled_from([HOME, HOME, AWAY, AWAY, NOBODY])
PLAYERS = st.sampled_from(["h1", "h2", "a1", "a2", "", "stranger"])
FOOTBALL_FACTS = [
    e.GoalScored(),
    e.GoalScored(own_goal=True),
    e.GoalScored(penalty=True, assist_player_id="h2"),
    e.CardShown(color=e.CARD_COLOR_YELLOW),
    e.CardShown(color=e.CARD_COLOR_SECOND_YELLOW),
    e.CardShown(color=e.CARD_COLOR_RED),
    e.PlayerSubstituted(player_in_id="h2"),
    e.FoulCommitted(),
    e.ShotTaken(on_target=True),
    e.ShotTaken(),
    e.CornerAwarded(),
    e.OffsideCalled(),
    e.PenaltyAwarded(),
    e.StoppageAnnounced(minutes=4),
    e.ShootoutAttempted(scored=True),
    e.ShootoutAttempted(),
]
BASKETBALL_FACTS = [
    e.PointsScored(points=1),
    e.PointsScored(points=2, assist_player_id="a2"),
    e.PointsScored(points=3),
    e.FoulCommitted(counts_to_bonus=True),
    e.FoulCommitted(technical=True),
    e.TimeoutTaken(),
    e.ShotTaken(value=2),
    e.PlayerSubstituted(player_in_id="a2"),
]
AMERICAN_FOOTBALL_FACTS = [
    e.PointsScored(points=6),
    e.PointsScored(points=1),
    e.PointsScored(points=3),
    e.PointsScored(points=2),
    e.PointsScored(points=2, safety=True),
    e.ShotTaken(value=3),
    e.ShotTaken(value=1),
    e.TimeoutTaken(),
    e.FoulCommitted(),
    ScrimmageSet(down=3, distance=8, yards_to_goal=45),
    ScrimmageSet(down=1, distance=10, yards_to_goal=75),
    ScrimmageSet(),
]
ICE_HOCKEY_FACTS = [
    e.GoalScored(assist_player_id="h2"),
    e.GoalScored(strength=GoalStrength.GOAL_STRENGTH_POWER_PLAY),
    e.GoalScored(own_goal=True),
    e.ShotTaken(on_target=True),
    e.ShotTaken(),
    PenaltyImposed(minutes=2, offence="hooking"),
    PenaltyImposed(minutes=5),
    StrengthChanged(home_skaters=5, away_skaters=4),
    StrengthChanged(home_skaters=6, away_skaters=5, home_net_empty=True),
    StrengthChanged(home_skaters=3, away_skaters=3),
    e.ShootoutAttempted(scored=True),
    e.ShootoutAttempted(scored=True),
    e.ShootoutAttempted(),
    e.TimeoutTaken(),
]
BASEBALL_FACTS = [
    BaseballPlay(result=BaseballResult.BASEBALL_RESULT_PITCH, balls=2, strikes=1),
    BaseballPlay(result=BaseballResult.BASEBALL_RESULT_BATTER_UP, batter_id="h2", pitcher_id="a1"),
    BaseballPlay(result=BaseballResult.BASEBALL_RESULT_HOME_RUN, runs=3, bases=0, balls=0, strikes=0),
    BaseballPlay(result=BaseballResult.BASEBALL_RESULT_SINGLE, runs=1, bases=5),
    BaseballPlay(result=BaseballResult.BASEBALL_RESULT_OUT, outs=2),
    BaseballPlay(result=BaseballResult.BASEBALL_RESULT_ON_ERROR, errors=1, bases=1),
    BaseballPlay(result=BaseballResult.BASEBALL_RESULT_RUNNER_PLACED, bases=2),
    HalfInningStarted(half=InningHalf.INNING_HALF_BOTTOM),
    ScoreStated(home=3, away=2),
]
TENNIS_FACTS = [
    PointWon(),
    PointWon(),
    PointWon(server=1),
    PointWon(server=2),
    StandingStated(home_games=5, away_games=5, home_points=40),
    StandingStated(home_games=6, away_games=6, away_points=6, server=1),
    GameConceded(concession=Concession.CONCESSION_RETIREMENT),
]
CRICKET_FACTS = [
    InningsBegun(target=5, target_balls=12),
    InningsBegun(super_over=2),
    BallBowled(),
    BallBowled(bat_runs=1, non_striker_player_id="h2", bowler_player_id="a1"),
    BallBowled(bat_runs=4, boundary=True, over=1),
    BallBowled(wides=1),
    WicketFallen(dismissal=Dismissal.DISMISSAL_BOWLED),
    WicketFallen(dismissal=Dismissal.DISMISSAL_RETIRED_NOT_OUT),
    PenaltyRunsAwarded(runs=5),
    TargetSet(target=100),
    InningsStated(runs=20, wickets=1, overs=2, balls=3),
    ResultDeclared(outcome=CricketOutcome.CRICKET_OUTCOME_TIE),
]
PASSING_FACTS = [
    e.PlayObserved(kind="pass"),
    e.PossessionGained(),
    e.ClockAdjusted(running=True),
    e.ClockAdjusted(),
]
REVIEWS = [e.ReviewOpened(), e.ReviewClosed()]
PERIODS = {
    "football": [(REGULAR, 1), (REGULAR, 2), (OVERTIME, 1), (OVERTIME, 2), (SHOOTOUT, 1)],
    "basketball": [*((REGULAR, n) for n in range(1, 5)), (OVERTIME, 1), (OVERTIME, 2)],
    "american_football": [*((REGULAR, n) for n in range(1, 5)), (OVERTIME, 1), (OVERTIME, 2)],
    "baseball": [*((REGULAR, n) for n in (1, 2, 7, 9)), (OVERTIME, 1), (OVERTIME, 2)],
    "ice_hockey": [*((REGULAR, n) for n in range(1, 4)), (OVERTIME, 1), (SHOOTOUT, 1)],
    "tennis": [(REGULAR, n) for n in range(1, 4)],
    "cricket": [(REGULAR, 1), (REGULAR, 2), (SHOOTOUT, 1)],
}
FACTS = {
    "football": FOOTBALL_FACTS,
    "basketball": BASKETBALL_FACTS,
    "american_football": AMERICAN_FOOTBALL_FACTS,
    "baseball": BASEBALL_FACTS,
    "ice_hockey": ICE_HOCKEY_FACTS,
    "tennis": TENNIS_FACTS,
    "cricket": CRICKET_FACTS,
}
SPORTS = st.sampled_from(sorted(FACTS))


def fixture(sport: str, game_id: str = "g1") -> Game:
    """Return a game of the sport."""
    return game(Sport.Value(f"SPORT_{sport.upper()}"), game_id=game_id)


@st.composite
def feeds(
    draw: st.DrawFn,
    sport: str,
    *,
    ordering: FeedOrdering.ValueType | None = None,
    game_id: str = "g1",
    corrections: bool = True,
    max_size: int = 40,
) -> list[GameEvent]:
    """Events in the order of their feed: mostly a game that takes its course, sometimes nonsense."""
    if ordering is None:
        ordering = draw(st.sampled_from([CONTIGUOUS, MONOTONIC, UNORDERED]))
    feed = Feed(ordering, game_id=game_id)
    facts = FACTS[sport] + PASSING_FACTS + REVIEWS
    made: list[GameEvent] = []
    coming, seconds, wall = list(PERIODS[sport]), 0, 0.0
    kinds = ["fact"] * 12 + ["next", "next", "end", "any period", "status"]
    kinds += ["amend", "amend", "retract", "retract"] if corrections else []
    for _ in range(draw(st.integers(1, max_size))):
        kind = draw(st.sampled_from(kinds))
        wall += draw(st.integers(0, 60))
        seconds += draw(st.integers(0, 40))
        if kind == "next" and coming:
            seconds = 0
            made.append(feed.start(*coming.pop(0), wall_s=wall))
        elif kind == "end":
            made.append(feed.end(at=draw(st.sampled_from([seconds, 700])), wall_s=wall))
        elif kind == "any period":
            start = draw(st.sampled_from([e.PeriodStarted(), e.PeriodEnded()]))
            made.append(feed.event(start, period=draw(st.sampled_from(PERIODS[sport])), wall_s=wall))
        elif kind == "status":
            status = draw(st.sampled_from(GameStatus.values()[1:]))
            made.append(feed.status(status, is_correction=draw(st.booleans()), wall_s=wall))
        elif kind in ("amend", "retract") and made:
            earlier = draw(st.sampled_from(made))
            revision = draw(st.integers(0, 3))
            if kind == "retract":
                made.append(feed.retract(earlier, revision=revision, wall_s=wall))
                continue
            amended = feed.amend(earlier, revision=revision, side=draw(SIDES), player_id=draw(PLAYERS))
            if draw(st.booleans()):
                detail = draw(st.sampled_from(facts))
                getattr(amended, ARMS[type(detail)]).CopyFrom(detail)
            made.append(amended)
        else:
            made.append(
                feed.event(
                    draw(st.sampled_from(facts)),
                    at=draw(st.sampled_from([seconds, None])),
                    side=draw(SIDES),
                    player=draw(PLAYERS),
                    period=draw(st.sampled_from([None, None, None, (REGULAR, 1), (REGULAR, 2)])),
                    wall_s=wall,
                )
            )
    return _without_duplicates(made)


def _without_duplicates(events: list[GameEvent]) -> list[GameEvent]:
    """Return the feed without an event that came under two numbers: which one counts depends on arrival."""
    unique: dict[str, GameEvent] = {}
    for event in events:
        unique.setdefault(event_identity(event), event)
    for number, event in enumerate(unique.values(), start=1):
        if event.ordering == CONTIGUOUS:
            event.sequence = number
    return list(unique.values())
