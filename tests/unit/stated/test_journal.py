"""What became of an event stands in the log under its ids, louder the more a fan would notice."""

from __future__ import annotations

from structlog.testing import capture_logs

from scoreline.v1.state_pb2 import ScoreState
from stated.core.steps import Applied, Duplicate, LoggedEvent, Recorded, RecordReason
from stated.journal import tell
from tests.support import small_match

GOAL = LoggedEvent(7, "acme:g1:e2", small_match.goal(2), 1)


def told(step: Applied | Recorded | Duplicate) -> tuple[str, str]:
    with capture_logs() as lines:
        tell(step)
    [line] = lines
    assert (line["game_id"], line["event_id"], line["log_sequence"]) == ("g1", "e2", 7)
    return line["event"], line["log_level"]


def test_what_a_fan_would_notice_is_told_at_info() -> None:
    assert told(Applied(GOAL, ScoreState(), {}, critical=True)) == ("state.changed", "info")
    assert told(Applied(GOAL, ScoreState(), {}, corrected=True)) == ("state.changed", "info")
    assert told(Recorded(GOAL, RecordReason.STALE_LATE)) == ("event.set_aside", "info")


def test_what_nobody_would_notice_is_told_at_debug() -> None:
    assert told(Applied(GOAL, None, {})) == ("event.applied", "debug")
    assert told(Duplicate(GOAL)) == ("event.repeated", "debug")
    assert told(Recorded(GOAL, RecordReason.STANDBY_PROVIDER)) == ("event.stood_by", "debug")
