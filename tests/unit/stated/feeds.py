"""Feeds of any course a game may take, sensible or not, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from scoreline.v1 import event_pb2 as e
from scoreline.v1.event_pb2 import FeedOrdering, GameEvent
from scoreline.v1.game_pb2 import Game
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
    basketball,
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
}
SPORTS = st.sampled_from(["football", "basketball"])


def fixture(sport: str, game_id: str = "g1") -> Game:
    """Return a game of the sport."""
    return game(game_id=game_id) if sport == "football" else basketball(game_id=game_id)


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
    facts = (FOOTBALL_FACTS if sport == "football" else BASKETBALL_FACTS) + PASSING_FACTS + REVIEWS
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
