"""Where an edge leaves what it could not read: kept within the provider's allowance, counted and logged."""

from ingestd.core.outcomes import Refusal
from ingestd.dead_letters import DeadLetters, Letter
from ingestd.metrics import metrics
from ingestd.throttle import Throttle
from scoreline.runtime import logs

log = logs.get(__name__)


class Postbox:
    """Keeps what an edge could not read, within the provider's allowance."""

    def __init__(self, letters: DeadLetters, throttle: Throttle) -> None:
        self._letters, self._throttle = letters, throttle

    async def keep(
        self,
        provider_id: str,
        payload: bytes,
        refusal: Refusal,
        *,
        edge: str,
        format_name: str,
        received_us: int,
    ) -> int | None:
        """Keep a payload that was refused; return its number, or nothing."""
        letter_id = None
        if self._throttle.may_keep_malformed(provider_id, len(payload)):
            letter_id = await self._letters.keep(
                Letter(
                    0,
                    provider_id,
                    received_us,
                    edge,
                    format_name,
                    refusal.reason,
                    refusal.field,
                    refusal.message,
                    len(payload),
                    payload,
                )
            )
        metrics.dead_letters.labels(provider_id, edge, "yes" if letter_id else "no").inc()
        log.warning(
            "payload.refused",
            provider_id=provider_id,
            edge=edge,
            format=format_name,
            field=refusal.field,
            reason=refusal.message,
            bytes=len(payload),
            letter_id=letter_id,
        )
        return letter_id
