"""The gRPC edge: streams and calls of providers against a real ingestd and a real NATS."""

import asyncio
from contextlib import AsyncExitStack
from uuid import uuid4

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from ingestd.grpc_api import MOST_STREAMS
from scoreline.runtime import jetstream
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.event_pb2 import GameEvent, MatchTime, PointsScored, ReportedScore
from scoreline.v1.ingest_service_pb2 import IngestItem, IngestRequest, IngestResponse, IngestStreamRequest
from scoreline.v1.state_pb2 import PeriodKind
from scoreline.wire import names
from tests.integration.ingestd.running import (
    BASKETBALL,
    DEADLINE_S,
    FOOTBALL,
    FOREIGN,
    OTHER_TOKEN,
    SLOW_TOKEN,
    Ingestd,
    goal,
    metadata,
    open_stream,
)

FAR_FUTURE = Timestamp(seconds=9_000_000_000)
REGULAR = PeriodKind.PERIOD_KIND_REGULAR
INVALID_UTF8 = IngestStreamRequest(
    items=[IngestItem(tag=7, event=goal("utf8", player_id="MARK"))]
).SerializeToString()
INVALID_UTF8 = INVALID_UTF8.replace(b"MARK", b"\xff\xfe\xfd\xfc")


def fresh() -> str:
    return uuid4().hex


def info_of(error: grpc.aio.AioRpcError) -> error_details_pb2.ErrorInfo:
    """Return the ErrorInfo that every refusal of ours carries."""
    trailing = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    return info


async def ingest(ingestd: Ingestd, payload: bytes, *credentials: str) -> IngestResponse:
    async with grpc.aio.insecure_channel(ingestd.target) as channel:
        call = channel.unary_unary("/scoreline.v1.IngestService/Ingest")
        return IngestResponse.FromString(
            await call(payload, metadata=metadata(*credentials), timeout=DEADLINE_S)
        )


async def test_stored_events_stand_in_the_log_with_their_headers(ingestd: Ingestd) -> None:
    """Given a stream with a trace, when an event is answered stored, then the log has it by that number."""
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    event = goal(fresh())
    async with open_stream(ingestd, "acme", "acme-token", ("traceparent", trace)) as sender:
        assert sender.window == 1000
        answer = await sender.one(event)
    link = await jetstream.connect(ingestd.nats_url, "test", deadline_s=5)
    message = await link.js.get_msg(names.EVENTS_STREAM, seq=answer.stored.log_sequence)
    await link.close()
    kept = GameEvent.FromString(message.data or b"")
    assert message.subject == names.event_subject(FOOTBALL)
    assert kept.event_id == event.event_id
    assert kept.provider_id == "acme"
    assert kept.received_time.seconds > 1_700_000_000
    assert message.headers is not None
    assert message.headers["Scoreline-Provider"] == "acme"
    assert message.headers["Nats-Msg-Id"] == names.event_identity(kept)
    assert message.headers["traceparent"].split("-")[1] == trace.split("-")[1]


async def test_a_repeated_event_is_a_duplicate_of_the_same_number(ingestd: Ingestd) -> None:
    """Given a stored event, when it is sent again on another stream, then nothing is stored."""
    event = goal(fresh())
    async with open_stream(ingestd) as sender:
        first = await sender.one(event)
    async with open_stream(ingestd) as sender:
        second = await sender.one(event)
    assert second.WhichOneof("outcome") == "duplicate"
    assert second.duplicate.log_sequence == first.stored.log_sequence


async def test_a_thousand_events_are_stored_in_the_order_of_the_stream(ingestd: Ingestd) -> None:
    """Given a window of 1,000, when it is filled at once, then all are stored and in order."""
    prefix = fresh()
    async with open_stream(ingestd) as sender:
        for start in range(0, 1000, 10):
            events = [goal(f"{prefix}-{start + place}") for place in range(10)]
            await sender.send(*events, first_tag=start)
        answers = await sender.answers(1000)
    numbers = [answers[tag].stored.log_sequence for tag in range(1000)]
    assert all(numbers)
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("event", "reason", "field"),
    [
        (goal("e", "nobody-registered-this"), "UNKNOWN_GAME", "event.game_id"),
        (goal("e", FOREIGN), "UNKNOWN_PROVIDER", "event.game_id"),
        (goal("e", provider_id="other"), "PERMISSION_DENIED", "event.provider_id"),
        (
            goal("e", time=MatchTime(kind=REGULAR, ordinal=1, elapsed_ms=5_000_000)),
            "IMPOSSIBLE_CLOCK",
            "event.time.elapsed_ms",
        ),
        (goal("e", time=MatchTime(kind=REGULAR, ordinal=3)), "IMPOSSIBLE_CLOCK", "event.time.ordinal"),
        (goal("e", BASKETBALL), "WRONG_SPORT", "event.goal_scored"),
        (goal("e", points_scored=PointsScored(points=2)), "WRONG_SPORT", "event.points_scored"),
        (
            goal("e", BASKETBALL, points_scored=PointsScored(points=7)),
            "IMPOSSIBLE_SCORE",
            "event.points_scored.points",
        ),
        (
            goal("e", reported_score=ReportedScore(home=4_000_000_000)),
            "IMPOSSIBLE_SCORE",
            "event.reported_score.home",
        ),
        (goal("e", occurred_time=FAR_FUTURE), "INVALID_FIELD", "event.occurred_time"),
        (goal("e", "x'; DROP TABLE events; --"), "INVALID_FIELD", "event.game_id"),
        (goal("e", "../../etc/passwd"), "INVALID_FIELD", "event.game_id"),
        (goal("e", "scoreline.events.>"), "INVALID_FIELD", "event.game_id"),
        (goal("e e"), "INVALID_FIELD", "event.event_id"),
        (goal("e\r\nNats-Msg-Id: forged"), "INVALID_FIELD", "event.event_id"),
        (goal("x" * 129), "INVALID_FIELD", "event.event_id"),
        (goal("e", player_id="' OR '1'='1"), "INVALID_FIELD", "event.player_id"),
        (goal("e", sequence=(1 << 64) - 1), "INVALID_FIELD", "event.sequence"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_bad_event_is_refused_by_field_and_harms_nobody(
    ingestd: Ingestd, event: GameEvent, reason: str, field: str
) -> None:
    """Given two providers, when one sends a bad event, then it reads why, and both go on."""
    async with open_stream(ingestd) as sender, open_stream(ingestd, "other", OTHER_TOKEN) as neighbour:
        answer = await sender.one(event)
        assert ErrorReason.Name(answer.rejected.reason) == f"ERROR_REASON_{reason}"
        assert answer.rejected.field == field
        assert answer.rejected.message
        assert (await sender.one(goal(fresh()))).WhichOneof("outcome") == "stored"
        assert (await neighbour.one(goal(fresh()))).WhichOneof("outcome") == "stored"


@pytest.mark.parametrize(
    ("payload", "tag", "field"),
    [
        pytest.param(
            IngestStreamRequest(items=[IngestItem(tag=7, event=goal("t"))]).SerializeToString()[:-3],
            0,
            "",
            id="truncated",
        ),
        pytest.param(b"\x07\xff\xfe random bytes", 0, "", id="random"),
        pytest.param(INVALID_UTF8, 7, "event.player_id", id="invalid utf-8"),
    ],
)
async def test_malformed_bytes_are_answered_and_the_stream_goes_on(
    ingestd: Ingestd, payload: bytes, tag: int, field: str
) -> None:
    """Given a stream, when unreadable bytes come, then MALFORMED is answered and the next event stored."""
    async with open_stream(ingestd) as sender, open_stream(ingestd, "other", OTHER_TOKEN) as neighbour:
        await sender.send_raw(payload)
        ((answered, answer),) = (await sender.answers(1)).items()
        assert answered == tag
        assert answer.rejected.reason == ErrorReason.ERROR_REASON_MALFORMED
        assert answer.rejected.field == field
        assert (await sender.one(goal(fresh()))).WhichOneof("outcome") == "stored"
        assert (await neighbour.one(goal(fresh()))).WhichOneof("outcome") == "stored"


async def test_one_broken_item_costs_its_neighbours_nothing(ingestd: Ingestd) -> None:
    """Given a message of three, when the middle one is not UTF-8, then the other two are stored."""
    items = [IngestItem(tag=tag, event=goal(fresh(), player_id=f"MARK{tag}")) for tag in (1, 2, 3)]
    payload = IngestStreamRequest(items=items).SerializeToString().replace(b"MARK2", b"\xff\xff\xff\xff\xff")
    async with open_stream(ingestd) as sender:
        await sender.send_raw(payload)
        answers = await sender.answers(3)
    assert [answers[tag].WhichOneof("outcome") for tag in (1, 2, 3)] == ["stored", "rejected", "stored"]


async def test_a_huge_message_is_refused_and_the_stream_goes_on(ingestd: Ingestd) -> None:
    """Given a stream, when two megabytes come in one message, then TOO_LARGE is answered."""
    async with open_stream(ingestd) as sender:
        await sender.send_raw(bytes(2 << 20))
        answer = (await sender.answers(1))[0]
        assert answer.rejected.reason == ErrorReason.ERROR_REASON_TOO_LARGE
        assert (await sender.one(goal(fresh()))).WhichOneof("outcome") == "stored"


async def test_beyond_the_transports_limit_only_the_sender_is_cut_off(ingestd: Ingestd) -> None:
    """Given two providers, when one sends sixteen megabytes, then only its own stream ends."""
    async with open_stream(ingestd, "other", OTHER_TOKEN) as neighbour:
        async with open_stream(ingestd) as sender:
            await sender.send_raw(bytes(16 << 20))
            async with asyncio.timeout(DEADLINE_S):
                assert await sender.call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (await neighbour.one(goal(fresh()))).WhichOneof("outcome") == "stored"


@pytest.mark.parametrize(
    ("provider_id", "token"),
    [("acme", "wrong"), ("acme", ""), ("acme", OTHER_TOKEN), ("nobody", "acme-token"), ("", "acme-token")],
)
async def test_a_wrong_token_opens_no_stream_and_no_call(
    ingestd: Ingestd, provider_id: str, token: str
) -> None:
    """Given a wrong token, when a stream or a call is opened, then UNAUTHENTICATED says so."""
    with pytest.raises(grpc.aio.AioRpcError) as streamed:
        async with open_stream(ingestd, provider_id, token):
            pass
    with pytest.raises(grpc.aio.AioRpcError) as called:
        await ingest(ingestd, b"", provider_id, token)
    for caught in (streamed, called):
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        assert info_of(caught.value).reason == "UNAUTHENTICATED"
        assert info_of(caught.value).metadata["field"] == "authorization"


async def test_more_than_the_window_is_refused_and_the_rest_stored(ingestd: Ingestd) -> None:
    """Given a window of 1,000, when 1,500 events come at once, then the excess is refused with a hint."""
    prefix = fresh()
    async with open_stream(ingestd) as sender:
        for start in range(0, 1500, 500):
            await sender.send(
                *(goal(f"{prefix}-{start + place}") for place in range(500)), first_tag=start + 1
            )
        answers = await sender.answers(1500)
        outcomes = [answer.WhichOneof("outcome") for answer in answers.values()]
        refused = [answer.rejected for answer in answers.values() if answer.HasField("rejected")]
        assert outcomes.count("stored") >= 1000
        assert {it.reason for it in refused} <= {ErrorReason.ERROR_REASON_WINDOW_EXCEEDED}
        assert all(it.retry_after.ToMilliseconds() > 0 for it in refused)
        assert (await sender.one(goal(fresh()))).WhichOneof("outcome") == "stored"


async def test_a_flood_is_throttled_and_slows_nobody_else(ingestd: Ingestd) -> None:
    """Given a provider of 20 events a second, when it sends 100 at once, then it alone is held back.

    A stream is slowed down, a call is refused with a hint when to come back.
    """
    prefix = fresh()
    async with (
        open_stream(ingestd, "slow", SLOW_TOKEN) as flood,
        open_stream(ingestd, "other", OTHER_TOKEN) as neighbour,
    ):
        for start in range(0, 100, 10):
            await flood.send(*(goal(f"{prefix}-{start + place}") for place in range(10)), first_tag=start)
        flooding = asyncio.ensure_future(flood.answers(100))
        for _ in range(50):
            assert (await neighbour.one(goal(fresh()))).HasField("stored")
        # The neighbour is through while the flood still waits for its delays.
        assert not flooding.done()
        more = IngestRequest(items=[IngestItem(event=goal(fresh())) for _ in range(40)])
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await ingest(ingestd, more.SerializeToString(), "slow", SLOW_TOKEN)
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert info_of(caught.value).reason == "RATE_LIMITED"
        answers = await flooding
    assert {answer.WhichOneof("outcome") for answer in answers.values()} == {"stored"}


async def test_streams_of_one_provider_are_counted(ingestd: Ingestd) -> None:
    """Given as many streams as a provider may have, when it opens another, then only that one is refused."""
    async with AsyncExitStack() as streams:
        senders = [await streams.enter_async_context(open_stream(ingestd)) for _ in range(MOST_STREAMS)]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await streams.enter_async_context(open_stream(ingestd))
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert info_of(caught.value).reason == "RATE_LIMITED"
        neighbour = await streams.enter_async_context(open_stream(ingestd, "other", OTHER_TOKEN))
        for sender in (*senders, neighbour):
            assert (await sender.one(goal(fresh()))).HasField("stored")


async def test_a_call_answers_every_event_in_order(ingestd: Ingestd) -> None:
    """Given a unary call of three events, when the middle one is bad, then three answers come in order."""
    items = [
        IngestItem(tag=5, event=goal(fresh())),
        IngestItem(tag=6, event=goal(fresh(), "nobody-registered-this")),
        IngestItem(tag=7, event=goal(fresh())),
    ]
    response = await ingest(ingestd, IngestRequest(items=items).SerializeToString())
    assert [answer.tag for answer in response.answers] == [5, 6, 7]
    assert [answer.WhichOneof("outcome") for answer in response.answers] == ["stored", "rejected", "stored"]


async def test_a_malformed_call_is_invalid_argument_with_its_reason(ingestd: Ingestd) -> None:
    """Given bytes that are no message, when they are sent in a call, then the status says MALFORMED."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await ingest(ingestd, b"\x0a\xff\xff\xff")
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert info_of(caught.value).reason == "MALFORMED"


async def test_a_closed_stream_ends_well_once_everything_is_answered(ingestd: Ingestd) -> None:
    """Given sent events, when the sender says that it is done, then all answers come before the end."""
    async with open_stream(ingestd) as sender:
        await sender.send(*(goal(fresh()) for _ in range(50)))
        await sender.call.done_writing()
        assert len(await sender.answers(50)) == 50
        async with asyncio.timeout(DEADLINE_S):
            assert await sender.call.read() is grpc.aio.EOF
            assert await sender.call.code() is grpc.StatusCode.OK


async def test_health_and_reflection_work_beside_raw_handlers(ingestd: Ingestd) -> None:
    """Given raw handlers, when a partner explores the server, then health and reflection answer."""

    async def ask() -> "list[reflection_pb2.ServerReflectionRequest]":
        return [reflection_pb2.ServerReflectionRequest(list_services="")]

    async with grpc.aio.insecure_channel(ingestd.target) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        request = health_pb2.HealthCheckRequest(service="scoreline.v1.IngestService")
        async with asyncio.timeout(DEADLINE_S):
            # The watch answers at once and again at each change: no polling.
            async for answer in health.Watch(request):
                if answer.status == health_pb2.HealthCheckResponse.SERVING:
                    break
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        async for answer in stub.ServerReflectionInfo(iter(await ask())):
            services = {service.name for service in answer.list_services_response.service}
            break
    assert {"scoreline.v1.IngestService", "scoreline.v1.DeadLetterService"} <= services
