"""Tennis: a point drives games, sets and the serve; the score counts sets."""

from __future__ import annotations

from scoreline.domain.tennis import (
    OTHER,
    MatchFormat,
    Standing,
    begin_set,
    is_decided,
    match_format,
    win_point,
)
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.event_tennis_pb2 import Concession
from scoreline.v1.game_pb2 import Side
from scoreline.v1.situation_tennis_pb2 import TennisSet
from scoreline.v1.state_pb2 import KeyEventKind, PeriodKind, ScoreState
from stated.core.context import Context
from stated.core.facts import Fact, taken

_NOBODY = Side.SIDE_UNSPECIFIED


def opening(state: ScoreState) -> None:
    """Set every set to 0-0 and give the serve to nobody."""
    tennis = state.tennis
    tennis.home_points = tennis.away_points = 0
    tennis.tie_break = False
    tennis.server = tennis.winner = _NOBODY
    tennis.concession = Concession.CONCESSION_UNSPECIFIED
    for one in _sets(state):
        one.home = one.away = one.home_tie_break = one.away_tie_break = 0


def period_begins(state: ScoreState) -> None:
    """Forget the points of the set before; the serve goes on as it came."""
    state.tennis.home_points = state.tennis.away_points = 0
    state.tennis.tie_break = False


def reduce(state: ScoreState, event: GameEvent, context: Context) -> ScoreState:
    """Return the state after a fact of play."""
    return taken(_FACTS, state, event, context)


def key_kind(event: GameEvent, context: Context) -> KeyEventKind.ValueType | None:
    """Return what the timeline calls the fact: points are shown when they win a game or a set."""
    if event.HasField("game_conceded"):
        return KeyEventKind.KEY_EVENT_KIND_CONCESSION
    before, after = context.before, context.after
    # A point that counted moves points or games.
    if before is None or after is None or before.tennis == after.tennis or not event.HasField("point_won"):
        return None
    if after.period.on_break:
        return KeyEventKind.KEY_EVENT_KIND_SET_WON
    if after.tennis.home_points or after.tennis.away_points:
        return None
    server = event.point_won.server or before.tennis.server
    is_break = server == OTHER[event.side] != _NOBODY
    return KeyEventKind.KEY_EVENT_KIND_BREAK if is_break else KeyEventKind.KEY_EVENT_KIND_GAME_WON


def _point_won(state: ScoreState, event: GameEvent, context: Context) -> None:
    # A point of nobody, or of a set that is long over, moves nothing.
    if event.side not in (Side.SIDE_HOME, Side.SIDE_AWAY) or _is_earlier(state, event):
        return
    rules = match_format(context.game.own_rules)
    before = _standing(state, rules)
    if event.point_won.server != _NOBODY:
        before = before._replace(server=event.point_won.server)
    after = win_point(before, event.side, rules)
    if after is before or after.set_number > len(_sets(state)):
        return
    _show(state, after)
    if is_decided(after, rules):
        state.tennis.winner = event.side


def _standing_stated(state: ScoreState, event: GameEvent, context: Context) -> None:
    if _is_earlier(state, event) or not state.period.ordinal:
        return
    stated, rules = event.standing_stated, match_format(context.game.own_rules)
    games = (stated.home_games, stated.away_games)
    at = rules.of_set(state.period.ordinal).tie_break_at
    before = _standing(state, rules)
    after = before._replace(
        games=games,
        points=(stated.home_points, stated.away_points),
        server=stated.server or before.server,
        tie_break=games == (at, at),
        set_over=False,
    )
    _show(state, after)


def _game_conceded(state: ScoreState, event: GameEvent, _context: Context) -> None:
    state.tennis.concession = event.game_conceded.concession
    state.tennis.winner = OTHER[event.side]


def _is_earlier(state: ScoreState, event: GameEvent) -> bool:
    return event.time.kind == PeriodKind.PERIOD_KIND_REGULAR and event.time.ordinal < state.period.ordinal


def _standing(state: ScoreState, rules: MatchFormat) -> Standing:
    tennis, score, number = state.tennis, state.score, max(1, state.period.ordinal)
    standing = Standing(
        sets=(score.home, score.away),
        set_number=number,
        games=(_sets(state)[number - 1].home, _sets(state)[number - 1].away),
        points=(tennis.home_points, tennis.away_points),
        tie_break=tennis.tie_break,
        server=tennis.server,
        set_over=state.period.on_break,
    )
    if standing.games == standing.points == (0, 0) and not standing.set_over:
        # Only the rules know whether the set is nothing but a tie-break.
        standing = begin_set(standing, number, rules)
    return standing


def _show(state: ScoreState, standing: Standing) -> None:
    state.score.home, state.score.away = standing.sets
    state.period.kind = PeriodKind.PERIOD_KIND_REGULAR
    state.period.ordinal = standing.set_number
    state.period.on_break = standing.set_over
    tennis = state.tennis
    tennis.home_points, tennis.away_points = standing.points
    tennis.tie_break = standing.tie_break
    tennis.server = standing.server
    playing = _sets(state)[standing.set_number - 1]
    playing.home, playing.away = standing.games
    playing.home_tie_break, playing.away_tie_break = standing.tie_break_points


def _sets(state: ScoreState) -> tuple[TennisSet, ...]:
    tennis = state.tennis
    return tennis.first, tennis.second, tennis.third, tennis.fourth, tennis.fifth


_FACTS: dict[str, Fact] = {
    "point_won": _point_won,
    "standing_stated": _standing_stated,
    "game_conceded": _game_conceded,
}
