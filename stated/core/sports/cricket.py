"""Cricket: balls, overs, wickets, extras, targets; the score counts runs, those of super overs apart."""

from __future__ import annotations

from scoreline.v1.event_cricket_pb2 import CricketOutcome, Dismissal
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Side
from scoreline.v1.situation_cricket_pb2 import CricketInnings, CricketSituation
from scoreline.v1.state_pb2 import KeyEventKind, PeriodKind, ScoreState
from stated.core.context import Context
from stated.core.facts import Fact, taken

_BALLS_PER_OVER = 6

_NOBODY = Side.SIDE_UNSPECIFIED
_SHOOTOUT = PeriodKind.PERIOD_KIND_SHOOTOUT
#: Ways to leave that are no wicket.
_NO_WICKET = frozenset({Dismissal.DISMISSAL_RETIRED_NOT_OUT})


def opening(state: ScoreState) -> None:
    """Set every counter to nought and let nobody bat."""
    state.cricket.batting = state.cricket.winner = _NOBODY
    state.cricket.innings = state.cricket.super_over = 0
    state.cricket.outcome = CricketOutcome.CRICKET_OUTCOME_UNSPECIFIED
    state.cricket.revised = False
    _clear(state)
    for innings in _closed(state):
        innings.batting = _NOBODY
        innings.runs = innings.wickets = innings.overs = innings.balls = 0


def period_begins(state: ScoreState) -> None:
    """Put the innings before on record and begin the next; super overs are never on record."""
    cricket = state.cricket
    if 1 <= cricket.innings <= len(_closed(state)) and cricket.batting != _NOBODY:
        record = _closed(state)[cricket.innings - 1]
        record.batting = cricket.batting
        record.runs = _innings_runs(state)
        record.wickets, record.overs, record.balls = cricket.wickets, cricket.overs, cricket.balls
    is_super_over = state.period.kind == _SHOOTOUT
    cricket.innings = 0 if is_super_over else state.period.ordinal
    cricket.super_over = int(is_super_over)
    cricket.batting = _NOBODY
    _clear(state)


def reduce(state: ScoreState, event: GameEvent, context: Context) -> ScoreState:
    """Return the state after a fact of play."""
    return taken(_FACTS, state, event, context) if _has_its_place(state, event) else state


def _has_its_place(state: ScoreState, event: GameEvent) -> bool:
    """Whether the fact belongs to a side and can count where it is; a result may be nobody's."""
    if event.HasField("result_declared"):
        return True
    # After the end no super over begins any more; its runs must not go to the match.
    astray = event.time.kind == _SHOOTOUT != state.period.kind
    return event.side in (Side.SIDE_HOME, Side.SIDE_AWAY) and not astray


def key_kind(event: GameEvent, _context: Context) -> KeyEventKind.ValueType | None:
    """Return what the timeline calls the fact, or nothing when it is not shown there."""
    if event.HasField("wicket_fallen"):
        is_wicket = event.wicket_fallen.dismissal not in _NO_WICKET
        return KeyEventKind.KEY_EVENT_KIND_WICKET if is_wicket else None
    if event.ball_bowled.boundary:
        return _BOUNDARIES.get(event.ball_bowled.bat_runs)
    return None


_BOUNDARIES = {4: KeyEventKind.KEY_EVENT_KIND_FOUR, 6: KeyEventKind.KEY_EVENT_KIND_SIX}


def _innings_begun(state: ScoreState, event: GameEvent, _context: Context) -> None:
    if _record_of(state, event) is not None:
        return
    cricket, begun = state.cricket, event.innings_begun
    if state.period.kind == _SHOOTOUT:
        if begun.super_over > cricket.super_over:
            # A tied super over is followed by another one, whose score is its own.
            cricket.super_over = begun.super_over
            state.score.home_shootout = state.score.away_shootout = 0
        _clear(state)
    cricket.batting = event.side
    cricket.target, cricket.target_balls = begun.target, begun.target_balls


def _ball_bowled(state: ScoreState, event: GameEvent, context: Context) -> None:
    ball = event.ball_bowled
    extras = ball.wides + ball.no_balls + ball.byes + ball.leg_byes + ball.penalty_runs
    counts = not (ball.wides or ball.no_balls)
    _add_runs(state, event, ball.bat_runs + extras)
    record = _record_of(state, event)
    if record is not None:
        if counts:
            _count_ball(record, context)
        return
    cricket = state.cricket
    cricket.batting = event.side
    if extras:
        cricket.extras += extras
    _show_players(state, event, context)
    if ball.HasField("over"):
        if ball.over > cricket.overs:
            # The over before had fewer balls than it should: an umpire's count is the one that stands.
            cricket.overs, cricket.balls = ball.over, 0
        elif ball.over < cricket.overs:
            return  # one ball too many of an over that is complete
    if counts:
        _count_ball(cricket, context)


def _wicket_fallen(state: ScoreState, event: GameEvent, context: Context) -> None:
    if event.wicket_fallen.dismissal not in _NO_WICKET:
        (_record_of(state, event) or state.cricket).wickets += 1
    number = context.game.roster.get(event.player_id, 0)
    if number and _record_of(state, event) is None:
        if state.cricket.batter_one == number:
            state.cricket.batter_one = 0
        elif state.cricket.batter_two == number:
            state.cricket.batter_two = 0


def _penalty_runs_awarded(state: ScoreState, event: GameEvent, _context: Context) -> None:
    runs = event.penalty_runs_awarded.runs
    _add_runs(state, event, runs)
    if _record_of(state, event) is None and state.cricket.batting == event.side:
        state.cricket.extras += runs


def _target_set(state: ScoreState, event: GameEvent, _context: Context) -> None:
    if _record_of(state, event) is None:
        state.cricket.target = event.target_set.target
        state.cricket.target_balls = event.target_set.target_balls


def _innings_stated(state: ScoreState, event: GameEvent, _context: Context) -> None:
    stated, record = event.innings_stated, _record_of(state, event)
    if record is None:
        state.cricket.batting = event.side
    before = _innings_runs(state) if record is None else record.runs
    # A score goes down by a correction only: by stating the same fact again, never by another one.
    _add_runs(state, event, max(0, stated.runs - before))
    target = state.cricket if record is None else record
    target.wickets, target.overs, target.balls = stated.wickets, stated.overs, stated.balls


def _result_declared(state: ScoreState, event: GameEvent, _context: Context) -> None:
    state.cricket.outcome = event.result_declared.outcome
    state.cricket.winner = event.side
    state.cricket.revised = event.result_declared.revised


def _add_runs(state: ScoreState, event: GameEvent, runs: int) -> None:
    if not runs:
        return
    record = _record_of(state, event)
    if record is not None and record.batting == event.side:
        record.runs += runs
    name = "home" if event.side == Side.SIDE_HOME else "away"
    if record is None and state.period.kind == _SHOOTOUT:
        name += "_shootout"
    setattr(state.score, name, getattr(state.score, name) + runs)


def _record_of(state: ScoreState, event: GameEvent) -> CricketInnings | None:
    """Return the record of the closed innings that a late fact belongs to; nothing when it is the current."""
    time = event.time
    if time.kind != PeriodKind.PERIOD_KIND_REGULAR or time.ordinal == state.cricket.innings:
        return None
    return _closed(state)[time.ordinal - 1] if 1 <= time.ordinal <= len(_closed(state)) else None


def _innings_runs(state: ScoreState) -> int:
    """Return the runs of the current innings: the side's score less its innings on record."""
    is_home = state.cricket.batting == Side.SIDE_HOME
    if state.period.kind == _SHOOTOUT and not state.cricket.innings:
        return state.score.home_shootout if is_home else state.score.away_shootout
    total = state.score.home if is_home else state.score.away
    closed = sum(one.runs for one in _closed(state) if one.batting == state.cricket.batting)
    # A score that was stated whole may be less than the innings on record.
    return max(0, total - closed)


def _show_players(state: ScoreState, event: GameEvent, context: Context) -> None:
    cricket, roster = state.cricket, context.game.roster
    striker = roster.get(event.player_id, 0)
    other = roster.get(event.ball_bowled.non_striker_player_id, 0)
    bowler = roster.get(event.ball_bowled.bowler_player_id, 0)
    if striker:
        # Whoever is in stays in his place: only the strike changes from ball to ball.
        if striker == cricket.batter_two or (other and other == cricket.batter_one):
            cricket.batter_one, cricket.batter_two, cricket.on_strike = other, striker, 2
        else:
            cricket.batter_one, cricket.batter_two, cricket.on_strike = striker, other, 1
    if bowler:
        cricket.bowler = bowler


def _count_ball(innings: CricketSituation | CricketInnings, context: Context) -> None:
    innings.balls += 1
    if innings.balls >= (context.game.own_rules.balls_per_over or _BALLS_PER_OVER):
        innings.overs += 1
        innings.balls = 0


def _clear(state: ScoreState) -> None:
    cricket = state.cricket
    cricket.wickets = cricket.overs = cricket.balls = cricket.extras = 0
    cricket.target = cricket.target_balls = 0
    cricket.batter_one = cricket.batter_two = cricket.on_strike = cricket.bowler = 0


def _closed(state: ScoreState) -> tuple[CricketInnings, ...]:
    cricket = state.cricket
    return cricket.first, cricket.second, cricket.third, cricket.fourth


_FACTS: dict[str, Fact] = {
    "innings_begun": _innings_begun,
    "ball_bowled": _ball_bowled,
    "wicket_fallen": _wicket_fallen,
    "penalty_runs_awarded": _penalty_runs_awarded,
    "target_set": _target_set,
    "innings_stated": _innings_stated,
    "result_declared": _result_declared,
}
