"""DeadLetterService: operators list, read, send again or throw away what could not be read."""

from typing import Any

import grpc
from nats.errors import Error as NatsError

from ingestd.access import require_admin
from ingestd.answers import as_error
from ingestd.core.outcomes import unavailable
from ingestd.core.reading import Reading, read_request
from ingestd.dead_letters import DeadLetters, Letter
from ingestd.documents import Documents, Receipt
from scoreline.runtime import logs, telemetry
from scoreline.v1 import dead_letter_service_pb2 as pb
from scoreline.v1 import dead_letter_service_pb2_grpc as pb_grpc
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.wire.reasons import ScorelineError, reason_name

log = logs.get(__name__)

SERVICE = pb.DESCRIPTOR.services_by_name["DeadLetterService"].full_name
_MOST_LISTED, _USUALLY_LISTED = 500, 50


class DeadLetterApi(pb_grpc.DeadLetterServiceServicer):
    """The operators' edge of ingestd."""

    def __init__(
        self,
        letters: DeadLetters,
        documents: Documents,
        admin_token_sha256: str | None,
    ) -> None:
        self._letters, self._documents, self._admin = letters, documents, admin_token_sha256

    def register(self, server: grpc.aio.Server) -> None:
        """Add the service to `server`."""
        pb_grpc.add_DeadLetterServiceServicer_to_server(self, server)

    async def ListDeadLetters(
        self, request: pb.ListDeadLettersRequest, context: Any
    ) -> pb.ListDeadLettersResponse:
        """Return letters, the newest first."""
        require_admin(context, self._admin)
        size = min(request.page_size or _USUALLY_LISTED, _MOST_LISTED)
        try:
            letters = await self._letters.list(request.provider_id, request.before_letter_id, size + 1)
        except (NatsError, TimeoutError) as error:
            raise _nats_down(error) from error
        response = pb.ListDeadLettersResponse(letters=[_message(letter) for letter in letters[:size]])
        if len(letters) > size:
            response.next_before_letter_id = letters[size - 1].letter_id
        return response

    async def GetDeadLetter(self, request: pb.GetDeadLetterRequest, context: Any) -> pb.GetDeadLetterResponse:
        """Return a letter with its payload."""
        require_admin(context, self._admin)
        letter = await self._get(request.letter_id)
        message = _message(letter)
        message.payload = letter.payload
        return pb.GetDeadLetterResponse(letter=message)

    async def RedriveDeadLetter(
        self, request: pb.RedriveDeadLetterRequest, context: Any
    ) -> pb.RedriveDeadLetterResponse:
        """Send a letter through its edge again and remove it when it is accepted."""
        require_admin(context, self._admin)
        letter = await self._get(request.letter_id)
        reading = await self._read(letter)
        headers: dict[str, str] = {}
        telemetry.inject(headers)
        receipt = await self._documents.take(letter.provider_id, reading, headers)
        accepted = receipt.malformed is None and not receipt.rejected
        if accepted:
            await self._discard(letter.letter_id)
        log.info(
            "dead_letter.redriven",
            letter_id=letter.letter_id,
            provider_id=letter.provider_id,
            accepted=accepted,
            stored=receipt.stored,
        )
        return pb.RedriveDeadLetterResponse(
            stored=receipt.stored,
            duplicate=receipt.duplicate,
            # A payload that can't be read at all has no events to count, and stays all the same.
            rejected=len(receipt.rejected) or int(not accepted),
            message=_why(receipt),
        )

    async def DiscardDeadLetter(
        self, request: pb.DiscardDeadLetterRequest, context: Any
    ) -> pb.DiscardDeadLetterResponse:
        """Remove a letter for good."""
        require_admin(context, self._admin)
        if not await self._discard(request.letter_id):
            raise _not_found(request.letter_id)
        log.info("dead_letter.discarded", letter_id=request.letter_id)
        return pb.DiscardDeadLetterResponse()

    async def _read(self, letter: Letter) -> Reading:
        if letter.edge == "grpc":
            return read_request(letter.payload)
        return await self._documents.read(letter.provider_id, letter.format, letter.payload)

    async def _get(self, letter_id: int) -> Letter:
        if not 0 < letter_id < 1 << 63:
            raise _not_found(letter_id)
        try:
            letter = await self._letters.get(letter_id)
        except (NatsError, TimeoutError) as error:
            raise _nats_down(error) from error
        if letter is None:
            raise _not_found(letter_id)
        return letter

    async def _discard(self, letter_id: int) -> bool:
        if not 0 < letter_id < 1 << 63:
            return False
        try:
            return await self._letters.discard(letter_id)
        except (NatsError, TimeoutError) as error:
            raise _nats_down(error) from error


def _message(letter: Letter) -> pb.DeadLetter:
    message = pb.DeadLetter(
        letter_id=letter.letter_id,
        provider_id=letter.provider_id,
        edge=letter.edge,
        format=letter.format,
        reason=letter.reason,
        field=letter.field,
        message=letter.message,
        payload_bytes=letter.size,
    )
    if letter.received_us:
        message.received_time.FromMicroseconds(letter.received_us)
    return message


def _why(receipt: Receipt) -> str:
    refusal = receipt.malformed or (receipt.rejected[0].refusal if receipt.rejected else None)
    if refusal is None:
        return ""
    at = f" ({refusal.field})" if refusal.field else ""
    return f"{reason_name(refusal.reason)}{at}: {refusal.message}"


def _not_found(letter_id: int) -> ScorelineError:
    return ScorelineError(
        ErrorReason.ERROR_REASON_NOT_FOUND,
        f"there is no dead letter {letter_id}",
        field="letter_id",
        metadata={"id": str(letter_id)},
    )


def _nats_down(error: BaseException) -> ScorelineError:
    log.warning("dead_letter.stream_unreachable", reason=str(error) or type(error).__name__)
    return as_error(unavailable("nats", "the dead letters can't be reached; try again"))
