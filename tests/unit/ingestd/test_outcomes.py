"""Outcomes: what a refusal for an outage says."""

from ingestd.core.outcomes import unavailable
from scoreline.v1.error_reason_pb2 import ErrorReason


def test_an_outage_names_what_is_down_and_when_to_come_back() -> None:
    refusal = unavailable("nats", "no answer", 2.0)
    assert refusal.reason == ErrorReason.ERROR_REASON_UNAVAILABLE
    assert refusal.metadata == {"dependency": "nats"}
    assert (refusal.field, refusal.retry_after_s) == ("", 2.0)
