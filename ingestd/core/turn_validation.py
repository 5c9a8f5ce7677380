"""Check the facts of tennis and cricket: what is wrong with one, in which field; see validation.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scoreline.domain.ids import is_id
from scoreline.v1.event_cricket_pb2 import CricketOutcome, Dismissal
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.event_tennis_pb2 import Concession
from scoreline.v1.game_pb2 import Side

#: The most that one ball is believed to bring; the record of the books is 22.
MOST_RUNS_OF_A_BALL = 100
MOST_TARGET = 3_000
MOST_BALLS = 6_000
MOST_OVERS = 1_000
MOST_WICKETS = 10
MOST_SUPER_OVERS = 20
#: The longest set was 70-68, the longest tie-break far below a hundred points.
MOST_GAMES, MOST_POINTS = 200, 200

_NOBODY = Side.SIDE_UNSPECIFIED
_SIDES = frozenset(Side.values())

#: The field within the event, and what it must be.
Fault = tuple[str, str]


def fault_of(event: GameEvent, detail: str) -> Fault | None:
    """Return the first thing that is wrong, or nothing."""
    return next(_CHECKS[detail](event), None)


def _needs_side(event: GameEvent) -> Iterator[Fault]:
    if event.side == _NOBODY:
        yield "side", "must say which side the fact belongs to"


def _limits(event: GameEvent, detail: str, limits: dict[str, int]) -> Iterator[Fault]:
    fact = getattr(event, detail)
    for name, most in limits.items():
        if getattr(fact, name) > most:
            yield f"{detail}.{name}", f"must be at most {most}"


def _ids(event: GameEvent, detail: str, *names: str) -> Iterator[Fault]:
    for name in names:
        told = getattr(getattr(event, detail), name)
        if told and not is_id(told):
            yield f"{detail}.{name}", "must have letters, digits, `_` and `-` only, at most 64 of them"


def _point_won(event: GameEvent) -> Iterator[Fault]:
    yield from _needs_side(event)
    if event.point_won.server not in _SIDES:
        yield "point_won.server", "must be HOME or AWAY"


def _standing_stated(event: GameEvent) -> Iterator[Fault]:
    limits = {"home_games": MOST_GAMES, "away_games": MOST_GAMES}
    limits |= {"home_points": MOST_POINTS, "away_points": MOST_POINTS}
    yield from _limits(event, "standing_stated", limits)
    if event.standing_stated.server not in _SIDES:
        yield "standing_stated.server", "must be HOME or AWAY"


def _game_conceded(event: GameEvent) -> Iterator[Fault]:
    yield from _needs_side(event)
    known = set(Concession.values()) - {Concession.CONCESSION_UNSPECIFIED}
    if event.game_conceded.concession not in known:
        yield "game_conceded.concession", "must be RETIREMENT, WALKOVER or DEFAULT"


def _innings_begun(event: GameEvent) -> Iterator[Fault]:
    yield from _needs_side(event)
    limits = {"target": MOST_TARGET, "target_balls": MOST_BALLS, "super_over": MOST_SUPER_OVERS}
    yield from _limits(event, "innings_begun", limits)


def _ball_bowled(event: GameEvent) -> Iterator[Fault]:
    yield from _needs_side(event)
    runs = ("bat_runs", "wides", "no_balls", "byes", "leg_byes", "penalty_runs")
    yield from _limits(event, "ball_bowled", dict.fromkeys(runs, MOST_RUNS_OF_A_BALL) | {"over": MOST_OVERS})
    yield from _ids(event, "ball_bowled", "bowler_player_id", "non_striker_player_id")


def _wicket_fallen(event: GameEvent) -> Iterator[Fault]:
    yield from _needs_side(event)
    if event.wicket_fallen.dismissal not in Dismissal.values():
        yield "wicket_fallen.dismissal", "is not a dismissal that this service knows"
    yield from _ids(event, "wicket_fallen", "bowler_player_id")


def _penalty_runs_awarded(event: GameEvent) -> Iterator[Fault]:
    yield from _needs_side(event)
    yield from _limits(event, "penalty_runs_awarded", {"runs": MOST_RUNS_OF_A_BALL})


def _target_set(event: GameEvent) -> Iterator[Fault]:
    yield from _needs_side(event)
    yield from _limits(event, "target_set", {"target": MOST_TARGET, "target_balls": MOST_BALLS})


def _innings_stated(event: GameEvent) -> Iterator[Fault]:
    yield from _needs_side(event)
    limits = {"runs": MOST_TARGET, "wickets": MOST_WICKETS, "overs": MOST_OVERS, "balls": 10}
    yield from _limits(event, "innings_stated", limits)


def _result_declared(event: GameEvent) -> Iterator[Fault]:
    outcome = event.result_declared.outcome
    if outcome not in CricketOutcome.values() or outcome == CricketOutcome.CRICKET_OUTCOME_UNSPECIFIED:
        yield "result_declared.outcome", "is not an outcome that this service knows"
    if outcome in (CricketOutcome.CRICKET_OUTCOME_WON, CricketOutcome.CRICKET_OUTCOME_TIE_DECIDED):
        yield from _needs_side(event)


_CHECKS: dict[str, Callable[[GameEvent], Iterator[Fault]]] = {
    "point_won": _point_won,
    "standing_stated": _standing_stated,
    "game_conceded": _game_conceded,
    "innings_begun": _innings_begun,
    "ball_bowled": _ball_bowled,
    "wicket_fallen": _wicket_fallen,
    "penalty_runs_awarded": _penalty_runs_awarded,
    "target_set": _target_set,
    "innings_stated": _innings_stated,
    "result_declared": _result_declared,
}

#: The arms of GameEvent.detail that are checked here.
DETAILS = frozenset(_CHECKS)
