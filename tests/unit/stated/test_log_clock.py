"""The log's time stands still while there is more to read, and passes once everything was read."""

from __future__ import annotations

from stated.core.log_clock import QUIET_US, LogClock

RECEIVED_US = 5_000_000
NOW_US = 90_000_000


def test_time_passes_with_the_wall_once_everything_was_read() -> None:
    clock = LogClock()
    clock.read(RECEIVED_US, more_pending=False, now_us=NOW_US)
    assert clock.time_us(NOW_US) == RECEIVED_US
    assert clock.time_us(NOW_US + 700) == RECEIVED_US + 700


def test_time_stands_still_while_there_is_more_to_read() -> None:
    clock = LogClock()
    clock.read(RECEIVED_US, more_pending=True, now_us=NOW_US)
    assert clock.time_us(NOW_US + QUIET_US - 1) == RECEIVED_US


def test_a_server_that_delivers_nothing_does_not_stop_time_for_ever() -> None:
    clock = LogClock()
    clock.read(RECEIVED_US, more_pending=True, now_us=NOW_US)
    assert clock.time_us(NOW_US + QUIET_US) == RECEIVED_US + QUIET_US


def test_an_event_that_comes_again_does_not_turn_time_back() -> None:
    clock = LogClock()
    clock.read(RECEIVED_US, more_pending=False, now_us=NOW_US)
    clock.read(RECEIVED_US - 400, more_pending=False, now_us=NOW_US + 10)
    assert clock.time_us(NOW_US + 10) == RECEIVED_US


def test_a_wall_clock_that_is_set_back_does_not_turn_time_back_behind_the_last_event() -> None:
    clock = LogClock()
    clock.read(RECEIVED_US, more_pending=False, now_us=NOW_US)
    assert clock.time_us(NOW_US - 5_000_000) == RECEIVED_US
