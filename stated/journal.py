"""One line in the log for each event, so that an operator finds by its id what became of it."""

from __future__ import annotations

from scoreline.runtime import logs
from stated.core.steps import Applied, Duplicate, RecordReason, Step

log = logs.get(__name__)


def tell(step: Step) -> None:
    """Log what became of an event; what a fan would notice at `info`, the rest at `debug`."""
    event = step.logged.event
    ids = {
        "game_id": event.game_id,
        "event_id": event.event_id,
        "provider_id": event.provider_id,
        "log_sequence": step.logged.log_sequence,
    }
    if isinstance(step, Duplicate):
        log.debug("event.repeated", **ids)
    elif isinstance(step, Applied) and (step.critical or step.corrected):
        log.info("state.changed", **ids, detail=event.WhichOneof("detail"), corrected=step.corrected)
    elif isinstance(step, Applied):
        log.debug("event.applied", **ids)
    elif step.reason == RecordReason.STANDBY_PROVIDER:
        log.debug("event.stood_by", **ids)
    else:
        log.info("event.set_aside", **ids, reason=step.reason, note=step.note)
