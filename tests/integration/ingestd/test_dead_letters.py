"""Dead letters: kept whole, listed, shown, sent again and thrown away, by gRPC and by the command line."""

import asyncio
import json
import os
from typing import Any
from uuid import uuid4

import aiohttp
import grpc
import pytest
from click.testing import Result
from typer.testing import CliRunner

from scoreline.cli.dead_letters import app
from scoreline.runtime import jetstream
from scoreline.v1 import dead_letter_service_pb2 as pb
from scoreline.v1.dead_letter_service_pb2_grpc import DeadLetterServiceStub
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.ingest_service_pb2 import IngestItem, IngestStreamRequest
from scoreline.wire import names
from tests.integration.ingestd.running import ADMIN_TOKEN, Ingestd, goal, open_stream
from tests.integration.ingestd.test_webhook import Hook

ADMIN = (("authorization", f"Bearer {ADMIN_TOKEN}"),)


async def dead_letter(ingestd: Ingestd) -> tuple[bytes, int]:
    """Send unreadable bytes; return them and their letter's number."""
    payload = b"\x0a\xff" + uuid4().bytes
    async with open_stream(ingestd) as sender:
        await sender.send_raw(payload)
        await sender.answers(1)
    async with grpc.aio.insecure_channel(ingestd.target) as channel:
        page = await DeadLetterServiceStub(channel).ListDeadLetters(  # type: ignore[no-untyped-call]  # generated
            pb.ListDeadLettersRequest(page_size=1), metadata=ADMIN
        )
    return payload, page.letters[0].letter_id


def run(ingestd: Ingestd, *arguments: str, token: str = ADMIN_TOKEN) -> Result:
    environ = {"SCORELINE_INGEST": ingestd.target, "SCORELINE_ADMIN_TOKEN": token}
    return CliRunner().invoke(app, list(arguments), env=environ)


async def test_a_letter_holds_the_payload_whole_and_says_why(ingestd: Ingestd) -> None:
    """Given unreadable bytes, when an operator gets the letter, then it has them all and the reason."""
    payload, number = await dead_letter(ingestd)
    async with grpc.aio.insecure_channel(ingestd.target) as channel:
        stub: Any = DeadLetterServiceStub(channel)  # type: ignore[no-untyped-call]  # generated
        answer = await stub.GetDeadLetter(pb.GetDeadLetterRequest(letter_id=number), metadata=ADMIN)
    letter = answer.letter
    assert letter.payload == payload
    assert letter.payload_bytes == len(payload)
    assert (letter.provider_id, letter.edge, letter.format) == ("acme", "grpc", "protobuf")
    assert letter.reason == ErrorReason.ERROR_REASON_MALFORMED
    assert letter.message
    assert letter.received_time.seconds > 1_700_000_000


async def test_a_letter_larger_than_a_nats_message_comes_back_whole(ingestd: Ingestd) -> None:
    """Given three megabytes of no JSON, when they are kept and discarded, then all parts come and go."""
    body = os.urandom(3 << 20)
    async with aiohttp.ClientSession() as session:
        status, _ = await Hook(ingestd, session).post(body)
    assert status == 400
    async with grpc.aio.insecure_channel(
        ingestd.target, options=[("grpc.max_receive_message_length", -1)]
    ) as channel:
        stub: Any = DeadLetterServiceStub(channel)  # type: ignore[no-untyped-call]  # generated
        page = await stub.ListDeadLetters(pb.ListDeadLettersRequest(page_size=1), metadata=ADMIN)
        number = page.letters[0].letter_id
        assert page.letters[0].payload_bytes == len(body)
        answer = await stub.GetDeadLetter(pb.GetDeadLetterRequest(letter_id=number), metadata=ADMIN)
        assert answer.letter.payload == body
        link = await jetstream.connect(ingestd.nats_url, "test", deadline_s=5)
        before = (await link.js.stream_info(names.DEAD_STREAM)).state.messages
        await stub.DiscardDeadLetter(pb.DiscardDeadLetterRequest(letter_id=number), metadata=ADMIN)
        after = (await link.js.stream_info(names.DEAD_STREAM)).state.messages
        await link.close()
    assert before - after == 4


async def test_pages_go_on_where_the_last_one_ended(ingestd: Ingestd) -> None:
    """Given five letters, when they are listed by twos, then each comes once, the newest first."""
    numbers = [(await dead_letter(ingestd))[1] for _ in range(5)]
    found: list[int] = []
    async with grpc.aio.insecure_channel(ingestd.target) as channel:
        stub: Any = DeadLetterServiceStub(channel)  # type: ignore[no-untyped-call]  # generated
        before = 0
        while len(found) < 5:
            request = pb.ListDeadLettersRequest(provider_id="acme", page_size=2, before_letter_id=before)
            page = await stub.ListDeadLetters(request, metadata=ADMIN)
            found += [letter.letter_id for letter in page.letters]
            before = page.next_before_letter_id
    assert found[:5] == numbers[::-1]


@pytest.mark.parametrize("token", ["", "wrong", "acme-token"])
async def test_letters_are_closed_to_all_but_operators(ingestd: Ingestd, token: str) -> None:
    """Given no admin token, when any call is made, then it is refused."""
    async with grpc.aio.insecure_channel(ingestd.target) as channel:
        stub: Any = DeadLetterServiceStub(channel)  # type: ignore[no-untyped-call]  # generated
        for call, request in (
            (stub.ListDeadLetters, pb.ListDeadLettersRequest()),
            (stub.GetDeadLetter, pb.GetDeadLetterRequest(letter_id=1)),
            (stub.RedriveDeadLetter, pb.RedriveDeadLetterRequest(letter_id=1)),
            (stub.DiscardDeadLetter, pb.DiscardDeadLetterRequest(letter_id=1)),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call(request, metadata=(("authorization", f"Bearer {token}"),))
            assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_letter_that_has_become_readable_is_stored_and_removed(ingestd: Ingestd) -> None:
    """Given a letter that is a good message by now, when it is sent again, then it is stored and gone."""
    good = IngestStreamRequest(items=[IngestItem(tag=1, event=goal(uuid4().hex))]).SerializeToString()
    link = await jetstream.connect(ingestd.nats_url, "test", deadline_s=5)
    ack = await link.js.publish(
        names.dead_subject("acme"), good, headers={"Scoreline-Edge": "grpc", "Scoreline-Format": "protobuf"}
    )
    await link.close()
    async with grpc.aio.insecure_channel(ingestd.target) as channel:
        stub: Any = DeadLetterServiceStub(channel)  # type: ignore[no-untyped-call]  # generated
        answer = await stub.RedriveDeadLetter(pb.RedriveDeadLetterRequest(letter_id=ack.seq), metadata=ADMIN)
        assert (answer.stored, answer.rejected, answer.message) == (1, 0, "")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.GetDeadLetter(pb.GetDeadLetterRequest(letter_id=ack.seq), metadata=ADMIN)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_the_command_line_lists_shows_redrives_and_discards(ingestd: Ingestd) -> None:
    """Given a letter, when an operator uses the commands, then each does what it says."""
    payload, number = await dead_letter(ingestd)
    listed = await asyncio.to_thread(run, ingestd, "list", "--json", "--limit", "1")
    assert json.loads(listed.stdout)["letter_id"] == str(number)
    table = await asyncio.to_thread(run, ingestd, "list")
    assert "MALFORMED" in table.stdout
    shown = await asyncio.to_thread(run, ingestd, "show", str(number))
    assert payload[:8].hex(" ") in shown.stdout
    redriven = await asyncio.to_thread(run, ingestd, "redrive", str(number))
    assert redriven.exit_code == 1
    assert "refused again: MALFORMED" in redriven.stdout
    discarded = await asyncio.to_thread(run, ingestd, "discard", str(number))
    assert discarded.exit_code == 0
    gone = await asyncio.to_thread(run, ingestd, "show", str(number))
    assert gone.exit_code == 1
    assert "NOT_FOUND" in gone.stderr
    wrong = await asyncio.to_thread(run, ingestd, "list", token="wrong")
    assert (wrong.exit_code, "UNAUTHENTICATED" in wrong.stderr) == (1, True)
