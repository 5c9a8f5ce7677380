"""Outcomes as the answers that senders read."""

from collections.abc import Iterable, Sequence

from ingestd.core.outcomes import Kept, Known, Outcome, Refusal
from scoreline.v1.ingest_service_pb2 import IngestAnswer, IngestResponse, IngestStreamResponse
from scoreline.wire.reasons import POLICIES, ScorelineError


def stream_response(batches: Iterable[tuple[Sequence[int], Sequence[Outcome]]]) -> bytes:
    """Encode the answers to several batches of tagged events as one message."""
    response = IngestStreamResponse()
    add = response.answers.add
    for tags, outcomes in batches:
        for tag, outcome in zip(tags, outcomes, strict=True):
            _fill(add(), tag, outcome)
    return response.SerializeToString()


def unary_response(tags: Sequence[int], outcomes: Sequence[Outcome]) -> bytes:
    """Encode the answers to one request."""
    response = IngestResponse()
    for tag, outcome in zip(tags, outcomes, strict=True):
        _fill(response.answers.add(), tag, outcome)
    return response.SerializeToString()


def as_error(refusal: Refusal) -> ScorelineError:
    """Return a refusal as the error of a whole call."""
    return ScorelineError(
        refusal.reason,
        refusal.message,
        field=refusal.field,
        metadata=refusal.metadata,
        retry_after_s=refusal.retry_after_s,
    )


def _fill(answer: IngestAnswer, tag: int, outcome: Outcome) -> None:
    answer.tag = tag
    if isinstance(outcome, Kept):
        answer.stored.log_sequence = outcome.log_sequence
        return
    if isinstance(outcome, Known):
        # Setting 0 would not set the arm of the oneof.
        answer.duplicate.SetInParent()
        answer.duplicate.log_sequence = outcome.log_sequence
        return
    rejected = answer.rejected
    rejected.reason, rejected.field, rejected.message = outcome.reason, outcome.field, outcome.message
    if outcome.retry_after_s > 0 or POLICIES[outcome.reason].retry_helps:
        rejected.retry_after.FromMilliseconds(round(max(outcome.retry_after_s, 0.1) * 1000))
