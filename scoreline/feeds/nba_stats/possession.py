"""Who has the ball, where a format does not say so but what happened leaves no doubt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from scoreline.feeds.nba_live.actions import Action

#: The last free throw of a set; those of technical and flagrant fouls leave the ball where it was.
_LAST_THROW = re.compile(r"Free Throw (?:(\d) of \1|[123]PT)", re.ASCII)


def with_possession(actions: Iterable[Action], teams: Sequence[int]) -> Iterator[Action]:
    """Yield the actions with the team that has the ball after them, where they tell.

    A rebound is the ball itself; a turnover, a basket and the last free throw of a set give it to the others.
    """
    for action in actions:
        if len(teams) == 2 and action.team in teams:
            other = teams[1] if action.team == teams[0] else teams[0]
            if action.kind == "rebound":
                action = action._replace(possession=action.team)
            elif action.kind == "turnover" or (action.made and _is_given(action)):
                action = action._replace(possession=other)
        yield action


def _is_given(action: Action) -> bool:
    return action.kind != "freethrow" or _LAST_THROW.search(action.text) is not None
