"""How a point of tennis moves points, games, sets and the serve.

Knows no message and no feed: the reducer and the adapters keep the same score by the same rules, so they
can be held against each other.
"""

from __future__ import annotations

from typing import NamedTuple

from scoreline.v1.game_pb2 import GameRules, Side
from scoreline.v1.rules_tennis_pb2 import TennisFinalSet

#: What the points of a game are called; the last one is advantage.
LOVE, FIFTEEN, THIRTY, FORTY, ADVANTAGE = 0, 15, 30, 40, 50
_NEXT = {LOVE: FIFTEEN, FIFTEEN: THIRTY, THIRTY: FORTY}
_GAMES = 6
_SETS = 3
_TIE_BREAK_POINTS, _LONG_TIE_BREAK_POINTS = 7, 10

HOME, AWAY = Side.SIDE_HOME, Side.SIDE_AWAY
OTHER = {HOME: AWAY, AWAY: HOME, Side.SIDE_UNSPECIFIED: Side.SIDE_UNSPECIFIED}


class SetFormat(NamedTuple):
    """How one set is won."""

    tie_break_at: int | None
    """The games of both sides at which a tie-break is played; nothing: two games ahead, however long."""
    tie_break_points: int
    """The points that win a tie-break, two ahead."""


class MatchFormat(NamedTuple):
    """How a match is won."""

    sets_to_win: int
    usual: SetFormat
    final: SetFormat
    """The format of the set that decides."""
    no_ad: bool
    """Whether the point after deuce decides the game."""

    def of_set(self, number: int) -> SetFormat:
        """Return the format of a set."""
        return self.final if number >= 2 * self.sets_to_win - 1 else self.usual


class Standing(NamedTuple):
    """A match between two points; pairs are (home, away)."""

    sets: tuple[int, int] = (0, 0)
    set_number: int = 1
    games: tuple[int, int] = (0, 0)
    """Games of the set; those of its end until the next one begins."""
    points: tuple[int, int] = (0, 0)
    """LOVE to ADVANTAGE in a game; counted by one in a tie-break."""
    tie_break: bool = False
    server: Side.ValueType = Side.SIDE_UNSPECIFIED
    """Who serves the next point."""
    set_over: bool = False
    tie_break_points: tuple[int, int] = (0, 0)
    """The points of the tie-break that ended the set; 0-0 without one."""


_FINAL_SETS = {
    TennisFinalSet.TENNIS_FINAL_SET_UNSPECIFIED: SetFormat(_GAMES, _TIE_BREAK_POINTS),
    TennisFinalSet.TENNIS_FINAL_SET_ADVANTAGE: SetFormat(None, 0),
    TennisFinalSet.TENNIS_FINAL_SET_TIE_BREAK_AT_12: SetFormat(12, _TIE_BREAK_POINTS),
    TennisFinalSet.TENNIS_FINAL_SET_TIE_BREAK_TO_10: SetFormat(_GAMES, _LONG_TIE_BREAK_POINTS),
    TennisFinalSet.TENNIS_FINAL_SET_MATCH_TIE_BREAK: SetFormat(0, _LONG_TIE_BREAK_POINTS),
}


def match_format(rules: GameRules) -> MatchFormat:
    """Return how a match under these rules is won; a final set of an unknown kind is a usual one."""
    usual = _FINAL_SETS[TennisFinalSet.TENNIS_FINAL_SET_UNSPECIFIED]
    return MatchFormat(
        sets_to_win=(rules.regular_periods or _SETS) // 2 + 1,
        usual=usual,
        final=_FINAL_SETS.get(rules.tennis.final_set, usual),
        no_ad=rules.tennis.no_ad,
    )


def is_decided(standing: Standing, rules: MatchFormat) -> bool:
    """Whether a side has the sets that it needs."""
    return max(standing.sets) >= rules.sets_to_win


def begin_set(standing: Standing, number: int, rules: MatchFormat) -> Standing:
    """Return the standing at the start of a set."""
    return standing._replace(
        set_number=number,
        games=(0, 0),
        points=(0, 0),
        tie_break=rules.of_set(number).tie_break_at == 0,
        set_over=False,
        tie_break_points=(0, 0),
    )


def win_point(standing: Standing, winner: Side.ValueType, rules: MatchFormat) -> Standing:
    """Return the standing after a point; a set that is over is followed by the next one.

    A match that is decided has no more points: it stays as it is.
    """
    if is_decided(standing, rules):
        return standing
    if standing.set_over:
        standing = begin_set(standing, standing.set_number + 1, rules)
    if standing.tie_break:
        return _tie_break_point(standing, winner, rules)
    mine, theirs = _pair(standing.points, winner)
    if mine in _NEXT:
        return standing._replace(points=_pair((_NEXT[mine], theirs), winner))
    if theirs == ADVANTAGE:
        return standing._replace(points=(FORTY, FORTY))
    if mine == FORTY and theirs == FORTY and not rules.no_ad:
        return standing._replace(points=_pair((ADVANTAGE, FORTY), winner))
    return _game_won(standing, winner, OTHER[standing.server], rules)


def _tie_break_point(standing: Standing, winner: Side.ValueType, rules: MatchFormat) -> Standing:
    mine, theirs = _pair(standing.points, winner)
    mine += 1
    played = mine + theirs
    points = _pair((mine, theirs), winner)
    if mine >= rules.of_set(standing.set_number).tie_break_points and mine >= theirs + 2:
        # Whoever received first in the tie-break serves first in the next set; the serve has changed
        # once after every odd point, the last one not yet counted.
        turned = (played // 2) % 2 == 1
        received_first = standing.server if turned else OTHER[standing.server]
        return _game_won(standing._replace(tie_break_points=points), winner, received_first, rules)
    server = OTHER[standing.server] if played % 2 else standing.server
    return standing._replace(points=points, server=server)


def _game_won(
    standing: Standing, winner: Side.ValueType, server: Side.ValueType, rules: MatchFormat
) -> Standing:
    mine, theirs = _pair(standing.games, winner)
    mine += 1
    games = _pair((mine, theirs), winner)
    after = standing._replace(games=games, points=(0, 0), tie_break=False, server=server)
    if standing.tie_break or (mine >= _GAMES and mine >= theirs + 2):
        won, lost = _pair(standing.sets, winner)
        return after._replace(sets=_pair((won + 1, lost), winner), set_over=True)
    at = rules.of_set(standing.set_number).tie_break_at
    return after._replace(tie_break=games == (at, at))


def _pair(values: tuple[int, int], first: Side.ValueType) -> tuple[int, int]:
    """Return the values with the side's own first; again, and they are home and away once more."""
    return values if first == HOME else (values[1], values[0])
