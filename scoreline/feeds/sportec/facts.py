"""What a fact of the DFL's event data means."""

from __future__ import annotations

import re
from collections.abc import Callable

from scoreline.feeds.markup import Element
from scoreline.feeds.sportec import specification as spec
from scoreline.feeds.sportec.catalog import own_id
from scoreline.v1.event_pb2 import (
    CardShown,
    CornerAwarded,
    FoulCommitted,
    GameEvent,
    GoalScored,
    OffsideCalled,
    PlayerSubstituted,
    PlayObserved,
    ReportedScore,
    ShootoutAttempted,
    ShotTaken,
)
from scoreline.v1.game_pb2 import Side

SideOf = Callable[[Element, str], Side.ValueType]
_RESULT = re.compile(r"(\d{1,2}):(\d{1,2})", re.ASCII)


def is_award(fact: Element) -> bool:
    """Whether it is a penalty kick in play: the award is told by its kick."""
    return fact.tag == spec.PENALTY and _shot(fact) is not None


def fact_of(event_id: str, fact: Element, side_of: SideOf, *, shootout: bool) -> GameEvent | None:
    """Return the fact as an event, or nothing when it has no side that it could count for."""
    event = GameEvent(event_id=event_id)
    shot = _shot(fact)
    if fact.tag == spec.OWN_GOAL:
        if shootout:
            return None
        event.side = side_of(fact, "TeamOwnGoalCountsFor")
        event.player_id = _player(fact, "Player")
        event.goal_scored.CopyFrom(GoalScored(own_goal=True))
        report(event, fact, "CurrentResult")
        return event if event.side else None
    if shot is not None:
        event.side = side_of(shot, "Team") or side_of(fact, "Team")
        event.player_id = _player(shot, "Player")
        _tell_shot(event, shot, penalty=fact.tag == spec.PENALTY, shootout=shootout)
        return event if event.side else None
    _tell(event, fact, side_of)
    return event


def _shot(fact: Element) -> Element | None:
    return fact if fact.tag == spec.SHOT else fact.anywhere(spec.SHOT)


def _tell_shot(event: GameEvent, shot: Element, *, penalty: bool, shootout: bool) -> None:
    goal = shot.first(spec.SUCCESSFUL_SHOT)
    if shootout:
        event.shootout_attempted.CopyFrom(ShootoutAttempted(scored=goal is not None))
    elif goal is not None:
        assist = _player(goal, "Assist") or _player(shot, "AssistShotAtGoal")
        event.goal_scored.CopyFrom(GoalScored(penalty=penalty, assist_player_id=assist))
        report(event, goal, "CurrentResult")
    else:
        on_target = any(child.tag in spec.ON_TARGET for child in shot.children)
        event.shot_taken.CopyFrom(ShotTaken(on_target=on_target))


def report(event: GameEvent, place: Element, key: str) -> None:
    """Take a result, home first, as the score after the event, to be checked."""
    found = _RESULT.fullmatch(place.get(key))
    if found is not None:
        event.reported_score.CopyFrom(ReportedScore(home=int(found[1]), away=int(found[2])))


def _tell(event: GameEvent, fact: Element, side_of: SideOf) -> None:
    event.side = side_of(fact, "Team")
    event.player_id = _player(fact, "Player")
    if fact.tag == "Caution" and event.side and fact.get("CardColor") in spec.CARD_COLORS:
        event.card_shown.CopyFrom(CardShown(color=spec.CARD_COLORS[fact.get("CardColor")]))
    elif fact.tag == "Foul":
        event.side, event.player_id = side_of(fact, "TeamFouler"), _player(fact, "Fouler")
        event.foul_committed.CopyFrom(FoulCommitted())
    elif fact.tag == "Substitution" and _player(fact, "PlayerOut") != _player(fact, "PlayerIn"):
        event.player_id = _player(fact, "PlayerOut")
        event.player_substituted.CopyFrom(PlayerSubstituted(player_in_id=_player(fact, "PlayerIn")))
    elif fact.tag == "CornerKick":
        event.corner_awarded.CopyFrom(CornerAwarded())
    elif fact.tag == "Offside":
        event.offside_called.CopyFrom(OffsideCalled())
    else:
        event.play_observed.CopyFrom(PlayObserved(kind=spec.PLAYS.get(fact.tag, "other")))


def _player(element: Element, key: str) -> str:
    place = element.attributes.maybe(key)
    return own_id(place) if place is not None and place.value else ""
