"""The anchor of a game's clock: set when the clock starts, stops or is found to be wrong; it never ticks."""

from __future__ import annotations

from scoreline.domain.rulebook import clock_limit_ms
from scoreline.v1.event_pb2 import MatchTime
from scoreline.v1.state_pb2 import ScoreState
from stated.core.context import Context, GameContext
from stated.core.transitions import INTERRUPTED, LIVE, OVERTIME, REGULAR, is_current

#: How far a fact's match time may lie from what the anchor says before the anchor is moved, in tenths of a
#: second of play. Less would send a clock with every whistle of a basketball game; people do not see more.
TOLERANCE_DS = 30


def projected_ds(state: ScoreState, game: GameContext, at_us: int) -> int:
    """Return what the clock shows at an instant, as every reader computes it, within the period's limit."""
    clock = state.clock
    if not clock.running:
        return clock.elapsed_ds
    played = max(0, (_instant_ds(game, at_us) - clock.as_of_ds) * game.clock_rate)
    limit_ms = clock_limit_ms(game.rules, state.period.kind)
    return clock.elapsed_ds + played if limit_ms is None else min(clock.elapsed_ds + played, limit_ms // 100)


def anchor(state: ScoreState, context: Context, elapsed_ds: int, *, running: bool) -> None:
    """Set the clock as it stands at the event; a sport without one has nothing to set."""
    if not context.game.rules.regular_period_s:
        return
    # All three, always: a game folded anew must not inherit the instant of an anchor that it no longer knows.
    state.clock.elapsed_ds = elapsed_ds
    state.clock.running = running
    state.clock.as_of_ds = _instant_ds(context.game, context.at_us)


def stated_ds(time: MatchTime) -> int | None:
    """Return the time played in the period that a fact states, or nothing when it states none."""
    return time.elapsed_ms // 100 if time.HasField("elapsed_ms") else None


def has_clock_in(state: ScoreState, time: MatchTime) -> bool:
    """Whether a fact of that match time tells anything about the clock: its period is being played, timed."""
    return (
        state.status in (LIVE, INTERRUPTED)
        and is_current(state.period, time)
        and not state.period.on_break
        and time.kind in (REGULAR, OVERTIME)
    )


def contradicts(state: ScoreState, time: MatchTime, context: Context) -> bool:
    """Whether a fact's match time proves that the clock is wrong.

    The instant compared is the provider's, so that the answer is the same at any speed of replay.
    """
    stated = stated_ds(time)
    if stated is None or not has_clock_in(state, time):
        return False
    # An instant is known to a tenth of a second, in which a replay at 60x plays six.
    tolerance_ds = TOLERANCE_DS + context.game.clock_rate - 1
    return abs(stated - projected_ds(state, context.game, context.at_us)) > tolerance_ds


def _instant_ds(game: GameContext, at_us: int) -> int:
    return (at_us - game.reference_us) // 100_000
