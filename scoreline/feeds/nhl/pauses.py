"""When each play is due in a replay: the feed has no times but the game clock."""

from __future__ import annotations

from scoreline.feeds.nhl import specification as spec
from scoreline.feeds.nhl.plays import Play

#: Plausible pauses in seconds: before a face-off, between periods, before overtime, around a shoot-out.
FACEOFF_S = 25.0
INTERMISSION_S = 18 * 60.0
BEFORE_OVERTIME_S = 90.0
BEFORE_SHOOTOUT_S = 180.0
ATTEMPT_S = 30.0


class Pauses:
    """Adds up match time and pauses, play by play."""

    def __init__(self) -> None:
        self.now_s = 0.0
        """Seconds since the first play."""
        self._period = 0
        self._elapsed_ms = 0
        self._stopped = False

    def offset_s(self, play: Play) -> float:
        """Return when the play is due; it never falls, though clocks may step backwards."""
        if play.period != self._period:
            self.now_s += _break_s(play) if self._period else 0.0
            self._period, self._elapsed_ms, self._stopped = play.period, 0, False
        if play.period_type == spec.SHOOTOUT:
            self.now_s += ATTEMPT_S if play.kind == spec.GOAL or play.kind in spec.ATTEMPTS else 0.0
        elif play.elapsed_ms > self._elapsed_ms:
            self.now_s += (play.elapsed_ms - self._elapsed_ms) / 1000
            self._elapsed_ms = play.elapsed_ms
        if play.kind == spec.FACEOFF and self._stopped:
            self.now_s += FACEOFF_S
            self._stopped = False
        self._stopped = self._stopped or play.kind in spec.STOPPING
        return self.now_s


def _break_s(play: Play) -> float:
    if play.period_type == spec.SHOOTOUT:
        return BEFORE_SHOOTOUT_S
    return BEFORE_OVERTIME_S if play.period_type == spec.OVERTIME else INTERMISSION_S
