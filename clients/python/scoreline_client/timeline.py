"""The timeline as people read it: names instead of roster numbers, minutes instead of seconds."""

from __future__ import annotations

from typing import NamedTuple

from scoreline.domain import match_time
from scoreline.v1.game_pb2 import Side, Sport
from scoreline.v1.state_pb2 import (
    GameSheet,
    GameStatus,
    KeyEvent,
    KeyEventKind,
    Period,
    PeriodKind,
    ScoreState,
)

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
    KeyEventKind.KEY_EVENT_KIND_TOUCHDOWN: "touchdown",
    KeyEventKind.KEY_EVENT_KIND_FIELD_GOAL: "field goal",
    KeyEventKind.KEY_EVENT_KIND_EXTRA_POINT: "extra point",
    KeyEventKind.KEY_EVENT_KIND_TWO_POINT_CONVERSION: "two-point conversion",
    KeyEventKind.KEY_EVENT_KIND_SAFETY: "safety",
    KeyEventKind.KEY_EVENT_KIND_FIELD_GOAL_MISSED: "field goal missed",
    KeyEventKind.KEY_EVENT_KIND_TRY_FAILED: "try failed",
    KeyEventKind.KEY_EVENT_KIND_POWER_PLAY_GOAL: "power-play goal",
    KeyEventKind.KEY_EVENT_KIND_SHORT_HANDED_GOAL: "short-handed goal",
    KeyEventKind.KEY_EVENT_KIND_EMPTY_NET_GOAL: "empty-net goal",
    KeyEventKind.KEY_EVENT_KIND_PENALTY: "penalty",
    KeyEventKind.KEY_EVENT_KIND_RUN: "run",
    KeyEventKind.KEY_EVENT_KIND_HOME_RUN: "home run",
    KeyEventKind.KEY_EVENT_KIND_FOUR: "four",
    KeyEventKind.KEY_EVENT_KIND_SIX: "six",
    KeyEventKind.KEY_EVENT_KIND_WICKET: "wicket",
    KeyEventKind.KEY_EVENT_KIND_GAME_WON: "game",
    KeyEventKind.KEY_EVENT_KIND_BREAK: "break",
    KeyEventKind.KEY_EVENT_KIND_SET_WON: "set",
    KeyEventKind.KEY_EVENT_KIND_CONCESSION: "gives up",
}

_HALVES = {Side.SIDE_AWAY: "T", Side.SIDE_HOME: "B"}

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
        what=_what(event),
        when=_when(state, event),
        side=_side(state, event),
        player=_name(state, event.player) if event.HasField("player") else "",
        other_player=_name(state, event.other_player) if event.HasField("other_player") else "",
        voided=event.voided,
        event=event,
    )


def _what(event: KeyEvent) -> str:
    word = _WORDS.get(event.kind, "")
    return f"{word} ({event.amount})" if word and event.amount > 1 else word


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
    if sheet.sport == Sport.SPORT_BASEBALL:
        # The away side bats in the top of an inning; runs are the only lines there are.
        return f"{_HALVES.get(_side(state, event), '')}{event.period or ''}"
    if event.period == _SHOOTOUT_PERIOD:
        return _period_name(sheet, PeriodKind.PERIOD_KIND_SHOOTOUT, 1)
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
    if overtime > 0:
        label = _period_name(sheet, PeriodKind.PERIOD_KIND_OVERTIME, overtime)
    else:
        label = _period_name(sheet, PeriodKind.PERIOD_KIND_REGULAR, event.period)
    if not length_s and not event.HasField("elapsed_s"):
        return label  # no clock, as in tennis
    shown_s = max(0, length_s - event.elapsed_s) if sheet.counts_down and length_s else event.elapsed_s
    return f"{label} {shown_s // 60}:{shown_s % 60:02d}"


def _period_name(sheet: GameSheet, kind: PeriodKind.ValueType, ordinal: int) -> str:
    period = Period(kind=kind, ordinal=ordinal)
    return match_time.period_label(sheet.sport, GameStatus.GAME_STATUS_LIVE, period, sheet.regular_periods)
