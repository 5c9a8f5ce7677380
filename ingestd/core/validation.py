"""Check one event before it is accepted: the field comments of event.proto, turned into refusals [A3].

This is the only validator. It judges an event by itself and by its game's rules; what
an event means for the state (is that transition legal, is it late) is stated's business.
Refusals name the field as a path from `event`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from ingestd.core import field_validation, turn_validation
from ingestd.core.outcomes import Refusal
from scoreline.domain.ids import is_event_id, is_id
from scoreline.domain.rulebook import Rulebook, clock_limit_ms, has_period, is_playable, rules_for
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.event_ice_hockey_pb2 import GoalStrength
from scoreline.v1.event_pb2 import CardColor, EventAction, FeedOrdering, GameEvent
from scoreline.v1.game_pb2 import Game, Side, Sport
from scoreline.v1.situation_baseball_pb2 import InningHalf
from scoreline.v1.state_pb2 import GameStatus, PeriodKind

#: Largest event; a real one has some hundred bytes.
MAX_EVENT_BYTES = 16 << 10
#: Numbers of a feed are kept in signed 64 bits by the archive.
MAX_NUMBER = (1 << 63) - 1
#: How far ahead of ours a provider's clock may be.
MOST_AHEAD_S = 3600
#: Before it no sport was timed (1850-01-01).
EARLIEST_S = -3_786_825_600
#: The greatest match time where the rules know no limit, such as in a shoot-out.
LONGEST_PERIOD_MS = 24 * 3600 * 1000
MAX_NOTE_CHARS = 200
MAX_TEXT_CHARS = 300
MOST_STOPPAGE_MINUTES = 60
SAFETY_POINTS = 2

_KIND = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MADE_NO_SENSE = ErrorReason.ERROR_REASON_INVALID_FIELD

# Looking an enum's value up costs half a microsecond, and these are needed for every event.
_RETRACT = EventAction.EVENT_ACTION_RETRACT
_ACTIONS = (EventAction.EVENT_ACTION_CREATE, EventAction.EVENT_ACTION_AMEND, _RETRACT)
_CONTIGUOUS = FeedOrdering.FEED_ORDERING_CONTIGUOUS
_ORDERINGS = frozenset(FeedOrdering.values())
_NO_SIDE = Side.SIDE_UNSPECIFIED
_SIDES = (_NO_SIDE, Side.SIDE_HOME, Side.SIDE_AWAY)
_NO_PERIOD = PeriodKind.PERIOD_KIND_UNSPECIFIED
_SHOOTOUT = PeriodKind.PERIOD_KIND_SHOOTOUT
_PERIODS = frozenset(PeriodKind.values())
_STATUSES = frozenset(GameStatus.values()) - {GameStatus.GAME_STATUS_UNSPECIFIED}
_HALVES = (InningHalf.INNING_HALF_TOP, InningHalf.INNING_HALF_BOTTOM)
#: The greatest number of each that a play can state.
_MOST_OF_BASEBALL = {"errors": 9, "balls": 4, "strikes": 3, "outs": 3, "bases": 7}
_STRENGTHS = frozenset(GoalStrength.values())
_COLORS = frozenset(CardColor.values()) - {CardColor.CARD_COLOR_UNSPECIFIED}


class Fixture(NamedTuple):
    """A game with what is looked up for each of its events."""

    game: Game
    rules: Rulebook | None
    """Nothing when the sport has no rule book yet."""
    providers: frozenset[str]


def fixture(game: Game) -> Fixture:
    """Prepare a game for checking."""
    rules = rules_for(game) if is_playable(game.sport) else None
    return Fixture(game, rules, frozenset(provider.provider_id for provider in game.providers))


def check_envelope(event: GameEvent, provider_id: str, now_s: float) -> Refusal | None:
    """Check what needs no knowledge of the game: ids, action, order and times; nothing means: fine."""
    if not is_id(event.game_id):
        return _invalid("game_id", "must have letters, digits, `_` and `-` only, 1 to 64 of them")
    if not is_event_id(event.event_id):
        return _invalid("event_id", "must have 1 to 128 printable ASCII characters without spaces")
    if event.provider_id and event.provider_id != provider_id:
        return Refusal(
            ErrorReason.ERROR_REASON_PERMISSION_DENIED,
            "event.provider_id",
            "names another provider than the authenticated one; leave it empty",
            {"provider_id": provider_id},
        )
    if event.action not in _ACTIONS:
        return _invalid("action", "must be CREATE, AMEND or RETRACT")
    if event.ordering not in _ORDERINGS:
        return _invalid("ordering", "is not an ordering that this service knows")
    if event.revision > MAX_NUMBER:
        return _invalid("revision", f"must be at most {MAX_NUMBER}")
    if event.sequence > MAX_NUMBER:
        return _invalid("sequence", f"must be at most {MAX_NUMBER}")
    if event.ordering == _CONTIGUOUS and not event.sequence:
        return _invalid("sequence", "a contiguous feed counts from 1")
    size = event.ByteSize()
    if size > MAX_EVENT_BYTES:
        return Refusal(
            ErrorReason.ERROR_REASON_TOO_LARGE,
            "event",
            f"an event has at most {MAX_EVENT_BYTES} bytes; this one has {size}",
            {"limit_bytes": str(MAX_EVENT_BYTES)},
        )
    return _check_occurred(event, now_s) if event.HasField("occurred_time") else None


def unknown_game(game_id: str) -> Refusal:
    """Refuse an event of a game that nobody registered."""
    return Refusal(
        ErrorReason.ERROR_REASON_UNKNOWN_GAME,
        "event.game_id",
        "no such game is registered; register it, then send the event again",
        {"game_id": game_id},
        retry_after_s=5.0,
    )


def check_facts(event: GameEvent, fixture: Fixture, provider_id: str) -> Refusal | None:
    """Check an event against its game: provider, sport, period, clock, points; nothing means: fine."""
    if provider_id not in fixture.providers:
        return Refusal(
            ErrorReason.ERROR_REASON_UNKNOWN_PROVIDER,
            "event.game_id",
            "the game is registered without this provider",
            {"provider_id": provider_id, "game_id": event.game_id},
        )
    rules = fixture.rules
    detail = event.WhichOneof("detail")
    if detail is None:
        # "EVENT_ACTION_RETRACT ... only the identifying fields are needed."
        if event.action == _RETRACT:
            return None
        return _invalid("detail", "must be set: say what happened")
    if rules is None or detail not in rules.details:
        sport = Sport.Name(fixture.game.sport).removeprefix("SPORT_")
        return Refusal(
            ErrorReason.ERROR_REASON_WRONG_SPORT,
            f"event.{detail}",
            f"{detail} does not exist in {sport}",
            {"sport": sport, "detail": detail},
        )
    refusal = _check_time(event, detail, rules)
    if refusal is not None:
        return refusal
    if event.side not in _SIDES:
        return _invalid("side", "must be HOME or AWAY")
    if event.player_id and not is_id(event.player_id):
        return _invalid_id("player_id")
    if event.HasField("reported_score"):
        for name in ("home", "away"):
            value = getattr(event.reported_score, name)
            if value > rules.most_points:
                return _impossible_score(f"reported_score.{name}", value, f"at most {rules.most_points}")
    for checks in (turn_validation, field_validation):
        if detail in checks.DETAILS:
            fault = checks.fault_of(event, detail)
            return None if fault is None else _invalid(*fault)
    check = _DETAILS.get(detail)
    return check(event, rules) if check is not None else None


def _check_occurred(event: GameEvent, now_s: float) -> Refusal | None:
    occurred = event.occurred_time
    if occurred.seconds > now_s + MOST_AHEAD_S:
        return _invalid("occurred_time", f"lies more than {MOST_AHEAD_S} s in the future")
    if occurred.seconds < EARLIEST_S:
        return _invalid("occurred_time", "lies before the year 1850")
    if not 0 <= occurred.nanos < 1_000_000_000:
        return _invalid("occurred_time.nanos", "must be between 0 and 999,999,999")
    return None


def _check_time(event: GameEvent, detail: str, rules: Rulebook) -> Refusal | None:
    if not event.HasField("time"):
        if detail in ("period_started", "period_ended"):
            return _invalid("time", "must name the period")
        if detail == "clock_adjusted":
            return _invalid("time.elapsed_ms", "must say what the clock is set to")
        return None
    time = event.time
    if time.kind == _NO_PERIOD:
        if time.ordinal or time.elapsed_ms or detail in ("period_started", "period_ended"):
            return _invalid("time.kind", "must name the kind of period")
    elif not has_period(rules, time.kind, time.ordinal):
        known = time.kind in _PERIODS
        kind = PeriodKind.Name(time.kind).removeprefix("PERIOD_KIND_").lower() if known else str(time.kind)
        return Refusal(
            ErrorReason.ERROR_REASON_IMPOSSIBLE_CLOCK,
            "event.time.ordinal" if known else "event.time.kind",
            f"the game has no {kind} period {time.ordinal}",
            {"kind": kind, "ordinal": str(time.ordinal)},
        )
    if not time.HasField("elapsed_ms"):
        if detail == "clock_adjusted":
            return _invalid("time.elapsed_ms", "must say what the clock is set to")
    else:
        limit_ms = clock_limit_ms(rules, time.kind)
        if limit_ms is None:
            limit_ms = LONGEST_PERIOD_MS
        if time.elapsed_ms > limit_ms:
            return Refusal(
                ErrorReason.ERROR_REASON_IMPOSSIBLE_CLOCK,
                "event.time.elapsed_ms",
                f"{time.elapsed_ms} ms lies outside the period, which ends at {limit_ms} ms at the latest",
                {"limit_ms": str(limit_ms)},
            )
    return None


def _check_goal(event: GameEvent, rules: Rulebook) -> Refusal | None:
    if event.time.kind == _SHOOTOUT:
        return _invalid("goal_scored", "a shoot-out has attempts, not goals: send shootout_attempted")
    if event.goal_scored.strength not in _STRENGTHS:
        return _invalid("goal_scored.strength", "is not a strength that this service knows")
    if event.goal_scored.assist_player_id and not is_id(event.goal_scored.assist_player_id):
        return _invalid_id("goal_scored.assist_player_id")
    return _needs_side(event)


def _check_points(event: GameEvent, rules: Rulebook) -> Refusal | None:
    points = event.points_scored.points
    if points not in rules.legal_points:
        legal = ", ".join(str(value) for value in sorted(rules.legal_points))
        return _impossible_score("points_scored.points", points, f"one of {legal}")
    if event.points_scored.safety and points != SAFETY_POINTS:
        return _impossible_score("points_scored.points", points, f"{SAFETY_POINTS} for a safety")
    if event.points_scored.assist_player_id and not is_id(event.points_scored.assist_player_id):
        return _invalid_id("points_scored.assist_player_id")
    return _needs_side(event)


def _check_attempt(event: GameEvent, rules: Rulebook) -> Refusal | None:
    if event.time.kind not in (_SHOOTOUT, _NO_PERIOD):
        return _invalid("time.kind", "an attempt of a shoot-out lies in the shoot-out")
    return _needs_side(event)


def _check_card(event: GameEvent, rules: Rulebook) -> Refusal | None:
    if event.card_shown.color not in _COLORS:
        return _invalid("card_shown.color", "must be YELLOW, SECOND_YELLOW or RED")
    return None if event.player_id else _needs_side(event)


def _check_substitution(event: GameEvent, rules: Rulebook) -> Refusal | None:
    comes = event.player_substituted.player_in_id
    if comes and not is_id(comes):
        return _invalid_id("player_substituted.player_in_id")
    if comes and comes == event.player_id:
        return _invalid("player_substituted.player_in_id", "nobody is exchanged for himself")
    return None


def _check_status(event: GameEvent, rules: Rulebook) -> Refusal | None:
    status = event.status_changed.status
    if status not in _STATUSES:
        return _invalid("status_changed.status", "is not a status that this service knows")
    return _check_text(event.status_changed.note, "status_changed.note", MAX_NOTE_CHARS)


def _check_review(event: GameEvent, rules: Rulebook) -> Refusal | None:
    reviewed = event.review_opened.event_id
    if reviewed and not is_event_id(reviewed):
        return _invalid("review_opened.event_id", "must have at most 128 printable ASCII characters")
    return None


def _check_shot(event: GameEvent, rules: Rulebook) -> Refusal | None:
    value = event.shot_taken.value
    if value and value not in rules.legal_points:
        return _impossible_score("shot_taken.value", value, "a value that a shot of the sport can have")
    return None


def _check_stoppage(event: GameEvent, rules: Rulebook) -> Refusal | None:
    if event.stoppage_announced.minutes > MOST_STOPPAGE_MINUTES:
        return _invalid("stoppage_announced.minutes", f"must be at most {MOST_STOPPAGE_MINUTES}")
    return None


def _check_play(event: GameEvent, rules: Rulebook) -> Refusal | None:
    play = event.play_observed
    if not _KIND.fullmatch(play.kind):
        return _invalid("play_observed.kind", "must be a lower-case word of at most 32 characters")
    if play.x_permille > 1000:
        return _invalid("play_observed.x_permille", "must be at most 1,000")
    if play.y_permille > 1000:
        return _invalid("play_observed.y_permille", "must be at most 1,000")
    return _check_text(play.text, "play_observed.text", MAX_TEXT_CHARS) if play.text else None


def _check_baseball_play(event: GameEvent, rules: Rulebook) -> Refusal | None:
    play = event.baseball_play
    if play.runs and play.runs not in rules.legal_points:
        return _impossible_score("baseball_play.runs", play.runs, f"at most {max(rules.legal_points)}")
    for name, most in _MOST_OF_BASEBALL.items():
        if getattr(play, name) > most:
            return _invalid(f"baseball_play.{name}", f"must be at most {most}")
    for name in ("batter_id", "pitcher_id"):
        if (player_id := getattr(play, name)) and not is_id(player_id):
            return _invalid_id(f"baseball_play.{name}")
    return _needs_side(event) if play.runs or play.errors else None


def _check_half(event: GameEvent, rules: Rulebook) -> Refusal | None:
    if event.half_inning_started.half not in _HALVES:
        return _invalid("half_inning_started.half", "must be TOP or BOTTOM")
    return None


def _check_stated(event: GameEvent, rules: Rulebook) -> Refusal | None:
    for name in ("home", "away"):
        if (value := getattr(event.score_stated, name)) > rules.most_points:
            return _impossible_score(f"score_stated.{name}", value, f"at most {rules.most_points}")
    return None


_DETAILS: dict[str, Callable[[GameEvent, Rulebook], Refusal | None]] = {
    "goal_scored": _check_goal,
    "points_scored": _check_points,
    "shootout_attempted": _check_attempt,
    "card_shown": _check_card,
    "player_substituted": _check_substitution,
    "status_changed": _check_status,
    "review_opened": _check_review,
    "shot_taken": _check_shot,
    "stoppage_announced": _check_stoppage,
    "play_observed": _check_play,
    "baseball_play": _check_baseball_play,
    "half_inning_started": _check_half,
    "score_stated": _check_stated,
}


def _check_text(text: str, field: str, most_chars: int) -> Refusal | None:
    if len(text) > most_chars:
        return _invalid(field, f"must have at most {most_chars} characters")
    # Controls would reach terminals, logs and PostgreSQL, which can't store a NUL.
    if _CONTROL.search(text):
        return _invalid(field, "must not hold control characters")
    return None


def _needs_side(event: GameEvent) -> Refusal | None:
    if event.side == _NO_SIDE:
        return _invalid("side", "must say which side the fact is credited to")
    return None


def _invalid(field: str, message: str) -> Refusal:
    path = f"event.{field}"
    return Refusal(_MADE_NO_SENSE, path, message, {"field": path})


def _invalid_id(field: str) -> Refusal:
    return _invalid(field, "must have letters, digits, `_` and `-` only, at most 64 of them")


def _impossible_score(field: str, points: int, expected: str) -> Refusal:
    return Refusal(
        ErrorReason.ERROR_REASON_IMPOSSIBLE_SCORE,
        f"event.{field}",
        f"{points} is impossible in this sport: {expected}",
        {"points": str(points)},
    )
