"""The one validator: which events are fit to be stored, and which field is at fault."""

from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from ingestd.core.validation import (
    EARLIEST_S,
    MAX_EVENT_BYTES,
    MAX_NUMBER,
    MOST_AHEAD_S,
    check_envelope,
    check_facts,
    fixture,
    unknown_game,
)
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.event_american_football_pb2 import ScrimmageSet
from scoreline.v1.event_ice_hockey_pb2 import GoalStrength, PenaltyImposed, StrengthChanged
from scoreline.v1.event_pb2 import (
    CardColor,
    CardShown,
    ClockAdjusted,
    CornerAwarded,
    EventAction,
    FeedOrdering,
    FoulCommitted,
    GameEvent,
    GoalScored,
    MatchTime,
    PeriodEnded,
    PeriodStarted,
    PlayerSubstituted,
    PlayObserved,
    PointsScored,
    ReportedScore,
    ReviewClosed,
    ReviewOpened,
    ShootoutAttempted,
    ShotTaken,
    StatusChanged,
    StoppageAnnounced,
)
from scoreline.v1.game_pb2 import Game, GameProvider, GameRules, Side, Sport
from scoreline.v1.state_pb2 import GameStatus, PeriodKind

NOW_S = 1_700_000_000
CREATE, RETRACT = EventAction.EVENT_ACTION_CREATE, EventAction.EVENT_ACTION_RETRACT
REGULAR, OVERTIME, SHOOTOUT = (
    PeriodKind.PERIOD_KIND_REGULAR,
    PeriodKind.PERIOD_KIND_OVERTIME,
    PeriodKind.PERIOD_KIND_SHOOTOUT,
)
FIRST_HALF = MatchTime(kind=REGULAR, ordinal=1, elapsed_ms=60_000)
PENALTIES = MatchTime(kind=SHOOTOUT, ordinal=1)
HOME = Side.SIDE_HOME


def game(sport: Sport.ValueType, **more: Any) -> Game:
    return Game(game_id="g1", sport=sport, providers=[GameProvider(provider_id="acme")], **more)


FOOTBALL, BASKETBALL = game(Sport.SPORT_FOOTBALL), game(Sport.SPORT_BASKETBALL)


def event(**fields: Any) -> GameEvent:
    base: dict[str, Any] = {"game_id": "g1", "event_id": "e1", "action": CREATE, "sequence": 1}
    return GameEvent(**{**base, **fields})


def goal(**fields: Any) -> GameEvent:
    return event(**{"goal_scored": GoalScored(), "side": HOME, "time": FIRST_HALF, **fields})


def reason_of(refusal: Any) -> str:
    return ErrorReason.Name(refusal.reason).removeprefix("ERROR_REASON_")


def refusal_of(checked: GameEvent, against: Game = FOOTBALL) -> tuple[str, str] | None:
    refusal = check_envelope(checked, "acme", NOW_S) or check_facts(checked, fixture(against), "acme")
    if refusal is None:
        return None
    assert refusal.message
    return reason_of(refusal), refusal.field


GOOD_FOOTBALL = [
    goal(),
    goal(event_id="!" * 128, revision=MAX_NUMBER, sequence=MAX_NUMBER),
    goal(provider_id="acme", player_id="wyscout-p-8287"),
    goal(goal_scored=GoalScored(own_goal=True, assist_player_id="p2")),
    goal(time=MatchTime(kind=OVERTIME, ordinal=2, elapsed_ms=0)),
    goal(time=None),
    goal(ordering=FeedOrdering.FEED_ORDERING_NONE, sequence=0),
    goal(occurred_time=Timestamp(seconds=NOW_S + MOST_AHEAD_S)),
    goal(occurred_time=Timestamp(seconds=EARLIEST_S)),
    goal(reported_score=ReportedScore(home=149, away=0)),
    event(action=RETRACT),
    event(action=RETRACT, goal_scored=GoalScored(), side=HOME),
    event(shootout_attempted=ShootoutAttempted(scored=True), side=HOME, time=PENALTIES),
    event(
        shootout_attempted=ShootoutAttempted(),
        side=HOME,
        time=MatchTime(kind=SHOOTOUT, ordinal=1, elapsed_ms=600_000),
    ),
    event(period_started=PeriodStarted(), time=FIRST_HALF),
    event(period_ended=PeriodEnded(), time=MatchTime(kind=REGULAR, ordinal=2)),
    event(clock_adjusted=ClockAdjusted(running=True), time=FIRST_HALF),
    event(status_changed=StatusChanged(status=GameStatus.GAME_STATUS_LIVE, note="x" * 200)),
    event(card_shown=CardShown(color=CardColor.CARD_COLOR_RED), player_id="p1"),
    event(card_shown=CardShown(color=CardColor.CARD_COLOR_YELLOW), side=HOME),
    event(player_substituted=PlayerSubstituted(player_in_id="p2"), player_id="p1"),
    event(player_substituted=PlayerSubstituted(), player_id="p1"),
    event(review_opened=ReviewOpened(event_id="e0")),
    event(review_opened=ReviewOpened()),
    event(review_closed=ReviewClosed()),
    event(shot_taken=ShotTaken(on_target=True), side=HOME),
    event(stoppage_announced=StoppageAnnounced(minutes=60)),
    event(corner_awarded=CornerAwarded(), time=MatchTime()),
    event(
        play_observed=PlayObserved(kind="pass", text="Pass – long, ünïcode", x_permille=1000, y_permille=0)
    ),
    event(play_observed=PlayObserved(kind="pass")),
]
GOOD_BASKETBALL = [event(points_scored=PointsScored(points=points), side=HOME) for points in (1, 2, 3)] + [
    event(points_scored=PointsScored(points=2, assist_player_id="p2"), side=Side.SIDE_AWAY),
    event(shot_taken=ShotTaken(value=3), side=HOME),
    event(foul_committed=FoulCommitted(counts_to_bonus=True), side=HOME),
    event(period_started=PeriodStarted(), time=MatchTime(kind=REGULAR, ordinal=4, elapsed_ms=720_000)),
]


@pytest.mark.parametrize(
    ("checked", "against"),
    [(it, FOOTBALL) for it in GOOD_FOOTBALL] + [(it, BASKETBALL) for it in GOOD_BASKETBALL],
)
def test_what_can_happen_is_accepted(checked: GameEvent, against: Game) -> None:
    assert refusal_of(checked, against) is None


@pytest.mark.parametrize(
    ("checked", "reason", "field"),
    [
        (goal(game_id=""), "INVALID_FIELD", "event.game_id"),
        (goal(game_id="a.b"), "INVALID_FIELD", "event.game_id"),
        (goal(game_id="x" * 65), "INVALID_FIELD", "event.game_id"),
        (goal(game_id="g1\n"), "INVALID_FIELD", "event.game_id"),
        (goal(event_id=""), "INVALID_FIELD", "event.event_id"),
        (goal(event_id="é"), "INVALID_FIELD", "event.event_id"),
        (goal(event_id="!" * 129), "INVALID_FIELD", "event.event_id"),
        (goal(provider_id="other"), "PERMISSION_DENIED", "event.provider_id"),
        (goal(action=0), "INVALID_FIELD", "event.action"),
        (goal(action=99), "INVALID_FIELD", "event.action"),
        (goal(ordering=9), "INVALID_FIELD", "event.ordering"),
        (goal(ordering=-1), "INVALID_FIELD", "event.ordering"),
        (goal(revision=MAX_NUMBER + 1), "INVALID_FIELD", "event.revision"),
        (goal(sequence=MAX_NUMBER + 1), "INVALID_FIELD", "event.sequence"),
        (goal(ordering=FeedOrdering.FEED_ORDERING_CONTIGUOUS, sequence=0), "INVALID_FIELD", "event.sequence"),
        (goal(player_id="p" * MAX_EVENT_BYTES), "TOO_LARGE", "event"),
        (
            goal(occurred_time=Timestamp(seconds=NOW_S + MOST_AHEAD_S + 1)),
            "INVALID_FIELD",
            "event.occurred_time",
        ),
        (goal(occurred_time=Timestamp(seconds=EARLIEST_S - 1)), "INVALID_FIELD", "event.occurred_time"),
        (goal(occurred_time=Timestamp(seconds=-(1 << 63))), "INVALID_FIELD", "event.occurred_time"),
        (
            goal(occurred_time=Timestamp(seconds=NOW_S, nanos=-1)),
            "INVALID_FIELD",
            "event.occurred_time.nanos",
        ),
        (event(), "INVALID_FIELD", "event.detail"),
        (event(points_scored=PointsScored(points=2), side=HOME), "WRONG_SPORT", "event.points_scored"),
        (event(period_started=PeriodStarted()), "INVALID_FIELD", "event.time"),
        (event(period_ended=PeriodEnded(), time=MatchTime()), "INVALID_FIELD", "event.time.kind"),
        (event(clock_adjusted=ClockAdjusted()), "INVALID_FIELD", "event.time.elapsed_ms"),
        (
            event(clock_adjusted=ClockAdjusted(), time=MatchTime(kind=REGULAR, ordinal=1)),
            "INVALID_FIELD",
            "event.time.elapsed_ms",
        ),
        (goal(time=MatchTime(ordinal=1)), "INVALID_FIELD", "event.time.kind"),
        (goal(time=MatchTime(elapsed_ms=1)), "INVALID_FIELD", "event.time.kind"),
        (goal(time=MatchTime(kind=REGULAR, ordinal=0)), "IMPOSSIBLE_CLOCK", "event.time.ordinal"),
        (goal(time=MatchTime(kind=REGULAR, ordinal=3)), "IMPOSSIBLE_CLOCK", "event.time.ordinal"),
        (goal(time=MatchTime(kind=OVERTIME, ordinal=3)), "IMPOSSIBLE_CLOCK", "event.time.ordinal"),
        (goal(time=MatchTime(kind=77, ordinal=1)), "IMPOSSIBLE_CLOCK", "event.time.kind"),  # type: ignore[arg-type]  # a kind newer than ours
        (
            goal(time=MatchTime(kind=REGULAR, ordinal=1, elapsed_ms=4_500_001)),
            "IMPOSSIBLE_CLOCK",
            "event.time.elapsed_ms",
        ),
        (
            event(
                shootout_attempted=ShootoutAttempted(),
                side=HOME,
                time=MatchTime(kind=SHOOTOUT, ordinal=1, elapsed_ms=(1 << 32) - 1),
            ),
            "IMPOSSIBLE_CLOCK",
            "event.time.elapsed_ms",
        ),
        (goal(side=0), "INVALID_FIELD", "event.side"),
        (goal(side=9), "INVALID_FIELD", "event.side"),
        (goal(player_id="p 1"), "INVALID_FIELD", "event.player_id"),
        (goal(reported_score=ReportedScore(home=201)), "IMPOSSIBLE_SCORE", "event.reported_score.home"),
        (goal(reported_score=ReportedScore(away=201)), "IMPOSSIBLE_SCORE", "event.reported_score.away"),
        (goal(time=PENALTIES), "INVALID_FIELD", "event.goal_scored"),
        (
            goal(goal_scored=GoalScored(assist_player_id="a/b")),
            "INVALID_FIELD",
            "event.goal_scored.assist_player_id",
        ),
        (
            event(shootout_attempted=ShootoutAttempted(), side=HOME, time=FIRST_HALF),
            "INVALID_FIELD",
            "event.time.kind",
        ),
        (event(shootout_attempted=ShootoutAttempted(), time=PENALTIES), "INVALID_FIELD", "event.side"),
        (event(card_shown=CardShown(), side=HOME), "INVALID_FIELD", "event.card_shown.color"),
        (event(card_shown=CardShown(color=CardColor.CARD_COLOR_RED)), "INVALID_FIELD", "event.side"),
        (
            event(player_substituted=PlayerSubstituted(player_in_id="p 2")),
            "INVALID_FIELD",
            "event.player_substituted.player_in_id",
        ),
        (
            event(player_substituted=PlayerSubstituted(player_in_id="p1"), player_id="p1"),
            "INVALID_FIELD",
            "event.player_substituted.player_in_id",
        ),
        (event(status_changed=StatusChanged()), "INVALID_FIELD", "event.status_changed.status"),
        (
            event(status_changed=StatusChanged(status=99)),  # type: ignore[arg-type]  # a status newer than ours
            "INVALID_FIELD",
            "event.status_changed.status",
        ),
        (
            event(status_changed=StatusChanged(status=GameStatus.GAME_STATUS_LIVE, note="x" * 201)),
            "INVALID_FIELD",
            "event.status_changed.note",
        ),
        (
            event(status_changed=StatusChanged(status=GameStatus.GAME_STATUS_LIVE, note="a\0b")),
            "INVALID_FIELD",
            "event.status_changed.note",
        ),
        (
            event(review_opened=ReviewOpened(event_id="a b")),
            "INVALID_FIELD",
            "event.review_opened.event_id",
        ),
        (event(shot_taken=ShotTaken(value=2), side=HOME), "IMPOSSIBLE_SCORE", "event.shot_taken.value"),
        (
            event(stoppage_announced=StoppageAnnounced(minutes=61)),
            "INVALID_FIELD",
            "event.stoppage_announced.minutes",
        ),
        (event(play_observed=PlayObserved()), "INVALID_FIELD", "event.play_observed.kind"),
        (event(play_observed=PlayObserved(kind="Pass")), "INVALID_FIELD", "event.play_observed.kind"),
        (
            event(play_observed=PlayObserved(kind="pass", x_permille=1001)),
            "INVALID_FIELD",
            "event.play_observed.x_permille",
        ),
        (
            event(play_observed=PlayObserved(kind="pass", y_permille=1001)),
            "INVALID_FIELD",
            "event.play_observed.y_permille",
        ),
        (
            event(play_observed=PlayObserved(kind="pass", text="x" * 301)),
            "INVALID_FIELD",
            "event.play_observed.text",
        ),
        (
            event(play_observed=PlayObserved(kind="pass", text="\x1b[2J")),
            "INVALID_FIELD",
            "event.play_observed.text",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_field(checked: GameEvent, reason: str, field: str) -> None:
    assert refusal_of(checked) == (reason, field)


@pytest.mark.parametrize(
    ("checked", "reason", "field"),
    [
        (goal(), "WRONG_SPORT", "event.goal_scored"),
        (
            event(points_scored=PointsScored(points=0), side=HOME),
            "IMPOSSIBLE_SCORE",
            "event.points_scored.points",
        ),
        (
            event(points_scored=PointsScored(points=4), side=HOME),
            "IMPOSSIBLE_SCORE",
            "event.points_scored.points",
        ),
        (event(points_scored=PointsScored(points=2)), "INVALID_FIELD", "event.side"),
        (
            event(points_scored=PointsScored(points=2, assist_player_id="a b"), side=HOME),
            "INVALID_FIELD",
            "event.points_scored.assist_player_id",
        ),
        (
            event(period_started=PeriodStarted(), time=MatchTime(kind=REGULAR, ordinal=5)),
            "IMPOSSIBLE_CLOCK",
            "event.time.ordinal",
        ),
        (
            event(period_ended=PeriodEnded(), time=MatchTime(kind=REGULAR, ordinal=4, elapsed_ms=720_001)),
            "IMPOSSIBLE_CLOCK",
            "event.time.elapsed_ms",
        ),
        (event(period_started=PeriodStarted(), time=PENALTIES), "IMPOSSIBLE_CLOCK", "event.time.ordinal"),
    ],
)
def test_basketball_has_other_facts(checked: GameEvent, reason: str, field: str) -> None:
    assert refusal_of(checked, BASKETBALL) == (reason, field)


def test_a_games_own_rules_move_the_limits() -> None:
    fiba = game(Sport.SPORT_BASKETBALL, rules=GameRules(regular_period_s=600))
    late = event(period_ended=PeriodEnded(), time=MatchTime(kind=REGULAR, ordinal=4, elapsed_ms=600_001))
    assert refusal_of(late, BASKETBALL) is None
    assert refusal_of(late, fiba) == ("IMPOSSIBLE_CLOCK", "event.time.elapsed_ms")


def test_the_limit_travels_with_the_refusal() -> None:
    late = goal(time=MatchTime(kind=REGULAR, ordinal=1, elapsed_ms=5_000_000))
    refusal = check_facts(late, fixture(FOOTBALL), "acme")
    assert refusal is not None
    assert refusal.metadata == {"limit_ms": "4500000"}


def test_a_provider_that_the_game_does_not_name_is_refused() -> None:
    refusal = check_facts(goal(), fixture(FOOTBALL), "stranger")
    assert refusal is not None
    assert reason_of(refusal) == "UNKNOWN_PROVIDER"
    assert refusal.metadata == {"provider_id": "stranger", "game_id": "g1"}


def test_a_sport_without_a_rule_book_has_no_facts_yet() -> None:
    assert refusal_of(goal(), Game(sport=Sport.SPORT_UNSPECIFIED, providers=FOOTBALL.providers)) == (
        "WRONG_SPORT",
        "event.goal_scored",
    )


def test_an_unknown_game_may_be_tried_again() -> None:
    refusal = unknown_game("g9")
    assert (reason_of(refusal), refusal.field) == ("UNKNOWN_GAME", "event.game_id")
    assert refusal.retry_after_s > 0


@given(st.binary(max_size=300))
def test_no_event_that_parses_breaks_the_validator(payload: bytes) -> None:
    checked = GameEvent()
    try:
        checked.ParseFromString(payload)
    except Exception:
        return
    check_envelope(checked, "acme", NOW_S)
    for against in (FOOTBALL, BASKETBALL):
        check_facts(checked, fixture(against), "acme")


@given(
    kind=st.integers(0, 5),
    ordinal=st.integers(0, 20),
    elapsed_ms=st.integers(0, (1 << 32) - 1),
    against=st.sampled_from([FOOTBALL, BASKETBALL]),
)
def test_an_accepted_clock_lies_inside_a_period_of_the_game(
    kind: int, ordinal: int, elapsed_ms: int, against: Game
) -> None:
    time = MatchTime(kind=kind, ordinal=ordinal, elapsed_ms=elapsed_ms)  # type: ignore[arg-type]  # any number
    if refusal_of(event(foul_committed=FoulCommitted(), time=time), against) is None:
        longest = {REGULAR: 75 if against is FOOTBALL else 12, OVERTIME: 30 if against is FOOTBALL else 5}
        most = {REGULAR: 2 if against is FOOTBALL else 4, OVERTIME: 2 if against is FOOTBALL else 10}
        if kind in longest:
            assert 1 <= ordinal <= most[kind]  # type: ignore[index]  # a number of the enum
            assert elapsed_ms <= longest[kind] * 60_000  # type: ignore[index]  # a number of the enum
        elif kind == SHOOTOUT:
            assert against is FOOTBALL
        else:
            assert (kind, ordinal, elapsed_ms) == (0, 0, 0)


AMERICAN_FOOTBALL, ICE_HOCKEY = game(Sport.SPORT_AMERICAN_FOOTBALL), game(Sport.SPORT_ICE_HOCKEY)
FIRST_SPOT = ScrimmageSet(down=1, distance=10, yards_to_goal=75)


@pytest.mark.parametrize(
    ("checked", "against"),
    [
        (event(points_scored=PointsScored(points=6), side=HOME), AMERICAN_FOOTBALL),
        (event(points_scored=PointsScored(points=2, safety=True), side=HOME), AMERICAN_FOOTBALL),
        (event(scrimmage_set=FIRST_SPOT, side=HOME), AMERICAN_FOOTBALL),
        (event(shot_taken=ShotTaken(value=3), side=HOME), AMERICAN_FOOTBALL),
        (event(goal_scored=GoalScored(strength=GoalStrength.GOAL_STRENGTH_EMPTY_NET), side=HOME), ICE_HOCKEY),
        (event(shootout_attempted=ShootoutAttempted(), side=HOME, time=PENALTIES), ICE_HOCKEY),
        (event(penalty_imposed=PenaltyImposed(minutes=2, offence="high-sticking"), side=HOME), ICE_HOCKEY),
        (event(penalty_imposed=PenaltyImposed(minutes=25), side=HOME), ICE_HOCKEY),
        (event(strength_changed=StrengthChanged(home_skaters=6, away_skaters=3)), ICE_HOCKEY),
    ],
)
def test_facts_of_american_football_and_ice_hockey_are_accepted(checked: GameEvent, against: Game) -> None:
    assert refusal_of(checked, against) is None


@pytest.mark.parametrize(
    ("checked", "against", "reason", "field"),
    [
        (
            event(points_scored=PointsScored(points=7), side=HOME),
            AMERICAN_FOOTBALL,
            "IMPOSSIBLE_SCORE",
            "event.points_scored.points",
        ),
        (
            event(points_scored=PointsScored(points=3, safety=True), side=HOME),
            AMERICAN_FOOTBALL,
            "IMPOSSIBLE_SCORE",
            "event.points_scored.points",
        ),
        (event(scrimmage_set=FIRST_SPOT), AMERICAN_FOOTBALL, "INVALID_FIELD", "event.side"),
        (
            event(scrimmage_set=ScrimmageSet(down=5), side=HOME),
            AMERICAN_FOOTBALL,
            "INVALID_FIELD",
            "event.scrimmage_set.down",
        ),
        (
            event(scrimmage_set=ScrimmageSet(distance=101), side=HOME),
            AMERICAN_FOOTBALL,
            "INVALID_FIELD",
            "event.scrimmage_set.distance",
        ),
        (
            event(scrimmage_set=ScrimmageSet(yards_to_goal=101), side=HOME),
            AMERICAN_FOOTBALL,
            "INVALID_FIELD",
            "event.scrimmage_set.yards_to_goal",
        ),
        (event(scrimmage_set=FIRST_SPOT, side=HOME), ICE_HOCKEY, "WRONG_SPORT", "event.scrimmage_set"),
        (event(goal_scored=GoalScored(), side=HOME), AMERICAN_FOOTBALL, "WRONG_SPORT", "event.goal_scored"),
        (
            event(goal_scored=GoalScored(strength=9), side=HOME),
            ICE_HOCKEY,
            "INVALID_FIELD",
            "event.goal_scored.strength",
        ),
        (
            event(penalty_imposed=PenaltyImposed(minutes=26), side=HOME),
            ICE_HOCKEY,
            "INVALID_FIELD",
            "event.penalty_imposed.minutes",
        ),
        (
            event(penalty_imposed=PenaltyImposed(offence="High Sticking"), side=HOME),
            ICE_HOCKEY,
            "INVALID_FIELD",
            "event.penalty_imposed.offence",
        ),
        (event(penalty_imposed=PenaltyImposed(minutes=2)), ICE_HOCKEY, "INVALID_FIELD", "event.side"),
        (
            event(strength_changed=StrengthChanged(away_skaters=7)),
            ICE_HOCKEY,
            "INVALID_FIELD",
            "event.strength_changed.away_skaters",
        ),
        (
            event(play_observed=PlayObserved(kind="hit"), time=MatchTime(kind=REGULAR, ordinal=4)),
            ICE_HOCKEY,
            "IMPOSSIBLE_CLOCK",
            "event.time.ordinal",
        ),
        (
            event(
                play_observed=PlayObserved(kind="rush"),
                time=MatchTime(kind=REGULAR, ordinal=4, elapsed_ms=900_001),
            ),
            AMERICAN_FOOTBALL,
            "IMPOSSIBLE_CLOCK",
            "event.time.elapsed_ms",
        ),
    ],
)
def test_impossible_facts_of_american_football_and_ice_hockey_are_refused(
    checked: GameEvent, against: Game, reason: str, field: str
) -> None:
    assert refusal_of(checked, against) == (reason, field)
