from scoreline.v1 import event_pb2 as e
from scoreline.v1.game_pb2 import Side
from scoreline.v1.state_pb2 import KeyEvent, KeyEventKind, ScoreState
from stated.core.context import context_of
from stated.core.timeline import key_event, voided
from tests.unit.stated.match import AWAY, HOME, NOBODY, OVERTIME, Feed, game

GOAL = KeyEventKind.KEY_EVENT_KIND_GOAL


def line(event: e.GameEvent, state: ScoreState | None = None) -> KeyEvent:
    return key_event(GOAL, event, state or ScoreState(), context_of(game()))


def test_a_line_names_player_time_and_running_period() -> None:
    event = Feed().goal(HOME, 61.9, player="h2", period=(OVERTIME, 1))
    assert line(event) == KeyEvent(kind=GOAL, player=2, elapsed_s=61, period=3)


def test_a_fact_without_a_time_stands_in_the_period_of_the_state() -> None:
    state = ScoreState()
    state.period.kind, state.period.ordinal = 1, 2
    assert line(Feed().goal(HOME, None, player="h2"), state) == KeyEvent(kind=GOAL, player=2, period=2)
    assert line(Feed().goal(HOME, None, player="h2")) == KeyEvent(kind=GOAL, player=2)


def test_the_side_is_told_only_of_players_who_are_not_in_the_roster() -> None:
    assert line(Feed().goal(AWAY, None)) == KeyEvent(kind=GOAL, side=Side.SIDE_AWAY)
    assert line(Feed().goal(NOBODY, None)) == KeyEvent(kind=GOAL)


def test_the_other_player_is_who_assisted_or_came_on() -> None:
    feed = Feed()
    assert line(feed.goal(HOME, assist="h2")).other_player == 2
    assert line(feed.event(e.PointsScored(assist_player_id="a1"))).other_player == 3
    assert line(feed.event(e.PlayerSubstituted(player_in_id="a2"))).other_player == 4
    assert not line(feed.event(e.CardShown())).HasField("other_player")


def test_a_struck_line_still_says_what_it_said() -> None:
    before = KeyEvent(kind=GOAL, player=2)
    assert voided(before) == KeyEvent(kind=GOAL, player=2, voided=True)
    assert not before.voided
