"""The timeline as people read it: names instead of roster numbers, minutes instead of seconds."""

from __future__ import annotations

from typing import NamedTuple

from scoreline.v1.game_pb2 import Side, Sport
from scoreline.v1.state_pb2 import KeyEvent, KeyEventKind, ScoreState

_WORDS = {
    KeyEventKind.KEY_EVENT_KIND_GOAL: "goal",
    KeyEventKind.KEY_EVENT_KIND_PENALTY_GOAL: "penalty goal",
    KeyEventKind.KEY_EVENT_KIND_OWN_GOAL: "own goal",
    KeyEventKind.KEY_EVENT_KIND_YELLOW_CARD: "yellow card",
    KeyEventKind.KEY_EVENT_KIND_SECOND_YELLOW_CARD: "second yellow card",
    KeyEventKind.KEY_EVENT_KIND_RED_CARD: "red card",
    KeyEventKind.KEY_EVENT_KIND_SUBSTITUTION: "substitution",
    KeyEventKind.KEY_EVENT_KIND_SHOOTOUT_GOAL: "shoot-out goal",
    KeyEventKind.KEY_EVENT_KIND_SHOOTOUT_MISS: "shoot-out miss",
    KeyEventKind.KEY_EVENT_KIND_ONE_POINT: "free throw",
    KeyEventKind.KEY_EVENT_KIND_TWO_POINTS: "two points",
    KeyEventKind.KEY_EVENT_KIND_THREE_POINTS: "three points",
    KeyEventKind.KEY_EVENT_KIND_TIMEOUT: "timeout",
    KeyEventKind.KEY_EVENT_KIND_PENALTY_MISSED: "penalty missed",
}

#: Running number of the period that stands for the shoot-out.
_SHOOTOUT_PERIOD = 15


class TimelineEntry(NamedTuple):
    """One key event, ready to be shown."""

    key: int
    """Rises with time; the same key with other content replaces the entry."""
    what: str
    """In words, such as `own goal`; empty for a kind newer than this library: show nothing."""
    when: str
    """The minute in football (`45+2'`), the period and time played elsewhere (`Q3 4:12`)."""
    side: Side.ValueType
    """The side that it is credited to; an own goal is the other side's."""
    player: str
    other_player: str
    """Who assisted or came on; empty when nobody did."""
    voided: bool
    """The fact was taken back: strike it through."""
    event: KeyEvent


def timeline(state: ScoreState) -> list[TimelineEntry]:
    """Return the key events of a state, the oldest first."""
    return [_entry(state, key, state.key_events[key]) for key in sorted(state.key_events)]


def changed_entries(before: ScoreState, after: ScoreState) -> list[TimelineEntry]:
    """Return the key events of `after` that `before` lacks or has otherwise, voided ones among them."""
    return [
        _entry(after, key, event)
        for key, event in sorted(after.key_events.items())
        # `in` first: reading a missing key of a message map would create it.
        if key not in before.key_events or before.key_events[key] != event
    ]


def _entry(state: ScoreState, key: int, event: KeyEvent) -> TimelineEntry:
    return TimelineEntry(
        key=key,
        what=_WORDS.get(event.kind, ""),
        when=_when(state, event),
        side=_side(state, event),
        player=_name(state, event.player) if event.HasField("player") else "",
        other_player=_name(state, event.other_player) if event.HasField("other_player") else "",
        voided=event.voided,
        event=event,
    )


def _name(state: ScoreState, number: int) -> str:
    return state.sheet.roster[number].name if number in state.sheet.roster else f"#{number}"


def _side(state: ScoreState, event: KeyEvent) -> Side.ValueType:
    roster = state.sheet.roster
    known = event.HasField("player") and event.player in roster
    # The side of an entry is that of the credit; only a player's own side has to be turned for an own goal.
    if not known:
        return event.side
    side = roster[event.player].side
    if event.kind != KeyEventKind.KEY_EVENT_KIND_OWN_GOAL:
        return side
    return {Side.SIDE_HOME: Side.SIDE_AWAY, Side.SIDE_AWAY: Side.SIDE_HOME}.get(side, side)


def _when(state: ScoreState, event: KeyEvent) -> str:
    sheet = state.sheet
    if event.period == _SHOOTOUT_PERIOD:
        return "PENS"
    if not event.period:
        return ""
    # A sheet without the number of periods knows no overtime.
    overtime = event.period - sheet.regular_periods if sheet.regular_periods else 0
    length_s = sheet.overtime_period_s if overtime > 0 else sheet.regular_period_s
    if sheet.sport == Sport.SPORT_FOOTBALL:
        regular_before = event.period - 1 if overtime <= 0 else sheet.regular_periods
        before_s = regular_before * sheet.regular_period_s + max(0, overtime - 1) * sheet.overtime_period_s
        if length_s and event.elapsed_s >= length_s:
            return f"{(before_s + length_s) // 60}+{(event.elapsed_s - length_s) // 60 + 1}'"
        return f"{(before_s + event.elapsed_s) // 60 + 1}'"
    label = f"OT{overtime}" if overtime > 0 else f"Q{event.period}"
    shown_s = max(0, length_s - event.elapsed_s) if sheet.counts_down and length_s else event.elapsed_s
    return f"{label} {shown_s // 60}:{shown_s % 60:02d}"
