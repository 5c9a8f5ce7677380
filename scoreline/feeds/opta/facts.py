"""What an entry of an F24 document means."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scoreline.feeds.opta import specification as spec
from scoreline.feeds.opta.entries import Entry
from scoreline.v1.event_pb2 import (
    CardShown,
    CornerAwarded,
    FoulCommitted,
    GameEvent,
    GoalScored,
    OffsideCalled,
    PenaltyAwarded,
    PlayerSubstituted,
    PlayObserved,
    ShootoutAttempted,
    ShotTaken,
)
from scoreline.v1.game_pb2 import Side

_SHOOTOUT = 5
_OTHER = {Side.SIDE_HOME: Side.SIDE_AWAY, Side.SIDE_AWAY: Side.SIDE_HOME}


def facts_of(one: Entry, side: Side.ValueType, coming_on: Callable[[Entry], str]) -> Iterator[GameEvent]:
    """Yield the fact of an entry, preceded by the award of a penalty; a foul suffered is none."""
    fact = GameEvent(event_id=str(one.entry_id), side=side, player_id=_player(one.element.get("player_id")))
    succeeded = one.element.get("outcome") == "1"
    is_attempt = one.kind in spec.SHOTS or one.kind == spec.GOAL
    if is_attempt and one.period == _SHOOTOUT:
        fact.shootout_attempted.CopyFrom(ShootoutAttempted(scored=one.kind == spec.GOAL))
    elif is_attempt:
        penalty = spec.Q_PENALTY in one.qualifiers
        if penalty:
            yield GameEvent(event_id=f"{one.entry_id}-award", side=side, penalty_awarded=PenaltyAwarded())
        _attempt(fact, one, penalty)
    elif one.kind == spec.CARD:
        colors = [color for mark, color in spec.CARD_COLORS.items() if mark in one.qualifiers]
        if not colors:
            return
        fact.card_shown.CopyFrom(CardShown(color=colors[0]))
    elif one.kind == spec.PLAYER_OFF:
        fact.player_substituted.CopyFrom(PlayerSubstituted(player_in_id=_player(coming_on(one))))
        if fact.player_substituted.player_in_id == fact.player_id:
            return  # nobody is exchanged for himself
    elif one.kind == spec.FOUL:
        # Both sides of a foul are entered: who committed it has no success.
        if succeeded:
            return
        fact.foul_committed.CopyFrom(FoulCommitted())
    elif one.kind == spec.CORNER:
        if not succeeded:
            return
        fact.corner_awarded.CopyFrom(CornerAwarded())
    elif one.kind == spec.OFFSIDE:
        fact.offside_called.CopyFrom(OffsideCalled())
    else:
        fact.play_observed.CopyFrom(_play(one))
    yield fact


def _attempt(fact: GameEvent, one: Entry, penalty: bool) -> None:
    if one.kind == spec.GOAL:
        own = spec.Q_OWN_GOAL in one.qualifiers
        if own:
            fact.side = _OTHER[fact.side]
        fact.goal_scored.CopyFrom(GoalScored(own_goal=own, penalty=penalty))
    else:
        on_target = one.kind == spec.SAVED and spec.Q_BLOCKED not in one.qualifiers
        fact.shot_taken.CopyFrom(ShotTaken(on_target=on_target))


def _play(one: Entry) -> PlayObserved:
    play = PlayObserved(kind=spec.PLAYS.get(one.kind, "other"))
    x, y = one.element.attributes.maybe("x"), one.element.attributes.maybe("y")
    if x is not None and y is not None:
        at = [_permille(value.text(max_chars=12)) for value in (x, y)]
        if at[0] is not None and at[1] is not None:
            play.x_permille, play.y_permille = at[0], at[1]
    return play


def _permille(text: str) -> int | None:
    """Return a place in percent as permille; a place off the field is a mistake, the fact itself stands."""
    whole, _, part = text.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (part and not (part.isascii() and part.isdigit())):
        return None
    value = round(float(text) * 10)
    return value if value <= 1000 else None


def _player(number: str) -> str:
    return f"opta-{int(number)}" if number.isascii() and number.isdigit() and int(number) else ""
