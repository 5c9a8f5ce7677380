"""What time it is in the log, so that patience with a gap is measured by when events were received.

A consumer that is behind (after a pause, in a spike) must not give up a gap whose missing event is already
stored, a little further on. So time stands still while there is more to read, and passes with the wall's
once everything was read. Only differences of the wall clock count: it may differ from that of ingestd.
"""

from __future__ import annotations

#: After so long without an event, time passes although the server says that there are more: it may be waiting
#: for the very events that are held back.
QUIET_US = 1_000_000


class LogClock:
    """The time of one partition's log, in unix microseconds of receipt."""

    def __init__(self) -> None:
        self._received_us = 0
        self._read_at_us = 0
        self._is_behind = False

    def read(self, received_us: int, more_pending: bool, now_us: int) -> None:
        """Take note of an event that was read from the log at `now_us` of the wall."""
        self._received_us = max(self._received_us, received_us)
        self._read_at_us = now_us
        self._is_behind = more_pending

    def time_us(self, now_us: int) -> int:
        """Return the log's time at `now_us` of the wall."""
        passed_us = max(0, now_us - self._read_at_us)
        if self._is_behind and passed_us < QUIET_US:
            return self._received_us
        return self._received_us + passed_us
