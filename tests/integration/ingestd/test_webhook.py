"""The signed webhook against a real ingestd and a real NATS."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aiohttp
import orjson
import pytest
from google.protobuf import json_format

from ingestd.core.signature import sign
from scoreline.v1.event_pb2 import GameEvent
from tests.integration.ingestd.running import (
    ACME_SECRET,
    BASKETBALL,
    OTHER_TOKEN,
    Ingestd,
    goal,
    open_stream,
)


def fresh() -> str:
    return uuid4().hex


def as_json(event: GameEvent) -> dict[str, Any]:
    shown: dict[str, Any] = json_format.MessageToDict(event, preserving_proto_field_name=True)
    return shown


class Hook:
    """A provider's HTTP client."""

    def __init__(self, ingestd: Ingestd, session: aiohttp.ClientSession) -> None:
        self.url, self.session = ingestd.url, session

    async def post(
        self,
        body: bytes,
        *,
        provider: str = "acme",
        format_name: str = "scoreline",
        header: str | None = None,
        secret: bytes = ACME_SECRET,
        at_s: float | None = None,
        content_type: str = "application/json",
    ) -> tuple[int, dict[str, Any]]:
        signature = header if header is not None else sign(secret, int(at_s or time.time()), body)
        async with self.session.post(
            f"{self.url}/v1/webhook/{provider}?format={format_name}",
            data=body,
            headers={"Scoreline-Signature": signature, "Content-Type": content_type},
        ) as response:
            return response.status, orjson.loads(await response.read())

    async def send(self, *events: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return await self.post(orjson.dumps({"items": [{"event": event} for event in events]}))


@pytest.fixture
async def hook(ingestd: Ingestd) -> AsyncIterator[Hook]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield Hook(ingestd, session)


async def test_events_are_stored_once(hook: Hook) -> None:
    """Given a signed batch, when it is posted twice, then it is stored once and known the second time."""
    batch = [as_json(goal(fresh())), as_json(goal(fresh()))]
    assert await hook.send(*batch) == (200, {"stored": 2, "duplicate": 0, "rejected": []})
    assert await hook.send(*batch) == (200, {"stored": 0, "duplicate": 2, "rejected": []})


async def test_events_without_tags_and_camel_case_names_are_read(hook: Hook) -> None:
    """Given the two spellings of proto JSON, when they are posted, then both are stored."""
    camel = json_format.MessageToDict(goal(fresh()))
    assert "gameId" in camel
    status, answer = await hook.post(orjson.dumps({"events": [camel, as_json(goal(fresh()))]}))
    assert (status, answer["stored"]) == (200, 2)


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"reported_score": {"home": -1}}, "IMPOSSIBLE_SCORE", "items[0].event.reported_score.home"),
        ({"game_id": BASKETBALL}, "WRONG_SPORT", "event.goal_scored"),
        ({"game_id": "nobody-registered-this"}, "UNKNOWN_GAME", "event.game_id"),
        ({"game_id": "'; DROP TABLE games"}, "INVALID_FIELD", "event.game_id"),
        ({"game_id": "../../x"}, "INVALID_FIELD", "event.game_id"),
        ({"sequence": -5}, "INVALID_FIELD", "items[0].event.sequence"),
        (
            {"time": {"kind": "PERIOD_KIND_REGULAR", "ordinal": 1, "elapsed_ms": 9_000_000}},
            "IMPOSSIBLE_CLOCK",
            "event.time.elapsed_ms",
        ),
        ({"home_score": 3}, "MALFORMED", "items[0].event.home_score"),
        ({"action": "CREATED"}, "MALFORMED", "items[0].event.action"),
    ],
)
async def test_a_bad_event_is_refused_by_field_and_its_neighbour_stored(
    hook: Hook, change: dict[str, Any], reason: str, field: str
) -> None:
    """Given a bad event beside a good one, when they are posted, then only the bad one is refused."""
    bad = {**as_json(goal("the-bad-one")), **change}
    _status, answer = await hook.send(bad, as_json(goal(fresh())))
    assert answer["stored"] == 1
    (rejected,) = answer["rejected"]
    assert (rejected["event_id"], rejected["reason"], rejected["field"]) == ("the-bad-one", reason, field)
    assert rejected["message"]


async def test_a_negative_score_alone_is_a_bad_request(hook: Hook) -> None:
    """Given one event with a score of -1, when it is posted, then 400 names the field."""
    status, answer = await hook.send({**as_json(goal(fresh())), "reported_score": {"home": 1, "away": -1}})
    assert status == 400
    assert answer["reason"] == "IMPOSSIBLE_SCORE"
    assert answer["field"] == "items[0].event.reported_score.away"
    assert "-1" in answer["message"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"items": 3}', b'{"foo": []}', b'{"items": [1]}', b"\xff\xfe{}"]
)
async def test_what_is_no_batch_is_malformed(ingestd: Ingestd, hook: Hook, body: bytes) -> None:
    """Given bytes that are no batch, when they are posted, then 400 says so and others go on."""
    async with open_stream(ingestd, "other", OTHER_TOKEN) as neighbour:
        status, answer = await hook.post(body)
        assert (status, answer["reason"]) == (400, "MALFORMED")
        assert answer["message"]
        assert (await neighbour.one(goal(fresh()))).WhichOneof("outcome") == "stored"


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"header": ""}, 401, "UNAUTHENTICATED"),
        ({"header": "v1=nonsense"}, 401, "UNAUTHENTICATED"),
        ({"secret": b"another-secret-of-32-characters!"}, 401, "UNAUTHENTICATED"),
        ({"provider": "nobody"}, 401, "UNAUTHENTICATED"),
        ({"provider": "other"}, 401, "UNAUTHENTICATED"),
        ({"provider": "..%2f..%2fetc"}, 401, "UNAUTHENTICATED"),
        ({"at_s": 1_000_000_000.0}, 401, "STALE_SIGNATURE"),
        ({"at_s": 99_999_999_999.0}, 401, "STALE_SIGNATURE"),
        ({"format_name": "no-such-format"}, 400, "UNKNOWN_FORMAT"),
        ({"format_name": "nba-cdn"}, 403, "PERMISSION_DENIED"),
        ({"content_type": "image/png"}, 415, "UNKNOWN_FORMAT"),
    ],
)
async def test_who_may_not_send_is_told_why(
    hook: Hook, changes: dict[str, Any], status: int, reason: str
) -> None:
    """Given a request that may not enter, when it is posted, then the reason is typed and nothing stored."""
    body = orjson.dumps({"events": [as_json(goal(fresh()))]})
    answered, answer = await hook.post(body, **changes)
    assert (answered, answer["reason"], answer["stored"]) == (status, reason, 0)


async def test_a_changed_body_is_not_genuine(hook: Hook) -> None:
    """Given a signature, when the body is another one, then it is refused."""
    body = orjson.dumps({"events": [as_json(goal(fresh()))]})
    status, answer = await hook.post(body + b" ", header=sign(ACME_SECRET, int(time.time()), body))
    assert (status, answer["reason"]) == (401, "UNAUTHENTICATED")


async def test_a_body_beyond_the_limit_is_413(hook: Hook) -> None:
    """Given nine megabytes, when they are posted, then 413 names the limit."""
    status, answer = await hook.post(b" " * (9 << 20))
    assert (status, answer["reason"]) == (413, "TOO_LARGE")


async def test_a_compressed_body_is_refused(hook: Hook) -> None:
    """Given a genuine body in gzip, when it is posted, then 415 names the header at fault."""
    body = gzip.compress(orjson.dumps({"items": [{"event": as_json(goal(fresh()))}]}))
    headers = {
        "Scoreline-Signature": sign(ACME_SECRET, int(time.time()), body),
        "Content-Encoding": "gzip",
        "Content-Type": "application/json",
    }
    async with hook.session.post(hook.url + "/v1/webhook/acme", data=body, headers=headers) as response:
        answer = orjson.loads(await response.read())
    assert (response.status, answer["reason"], answer["field"]) == (415, "UNKNOWN_FORMAT", "Content-Encoding")


async def test_forged_bodies_without_end_keep_no_genuine_one_waiting(ingestd: Ingestd, hook: Hook) -> None:
    """Given many bodies in a provider's name that never end, when it posts its own, then it is answered."""
    forged = f"t={int(time.time())},v1={'0' * 64}"
    head = (
        "POST /v1/webhook/acme HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Scoreline-Signature: {forged}\r\nContent-Length: 1000\r\n\r\n{{"
    )
    port = int(ingestd.url.rsplit(":", 1)[1])
    writers = []
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode())
        await writer.drain()
        writers.append(writer)
    try:
        async with asyncio.timeout(10):
            status, _ = await hook.send(as_json(goal(fresh())))
        assert status == 200
    finally:
        for writer in writers:
            writer.close()


async def test_a_match_in_a_providers_format_is_stored_for_its_game(ingestd: Ingestd, hook: Hook) -> None:
    """Given a match in the facts format, when its game is registered, then its events are stored once."""
    document = facts("football-1")
    status, answer = await hook.post(document, format_name="scoreline-facts")
    assert (status, answer["rejected"]) == (200, [])
    assert answer["stored"] > 0
    status, again = await hook.post(document, format_name="facts")
    assert (again["stored"], again["duplicate"]) == (0, answer["stored"])


async def test_a_document_of_an_unknown_game_is_refused(hook: Hook) -> None:
    """Given a match that nobody registered, when it is posted, then every event is refused by that reason."""
    status, answer = await hook.post(facts("nobody-registered-this"), format_name="scoreline-facts")
    assert (status, answer["reason"]) == (404, "UNKNOWN_GAME")
    assert {it["reason"] for it in answer["rejected"]} == {"UNKNOWN_GAME"}


async def test_a_document_that_is_not_of_the_format_is_malformed(hook: Hook) -> None:
    """Given JSON of another form, when it is posted as Wyscout, then 400 says what is wrong."""
    status, answer = await hook.post(b'{"teams": 3}', format_name="wyscout")
    assert (status, answer["reason"]) == (400, "MALFORMED")


def facts(game_id: str) -> bytes:
    sides = {
        side: {"id": side, "name": side.title(), "players": [{"shirt": 9, "name": "Nine"}]}
        for side in ("home", "away")
    }
    return orjson.dumps(
        {
            "format": "scoreline-match-facts",
            "version": 1,
            "game_id": game_id,
            "competition": {"id": "cup", "name": "Cup"},
            "season": "2018",
            "kick_off": "2018-06-30T14:00:00Z",
            **sides,
            "facts": [
                {"minute": "1", "type": "kick_off"},
                {"minute": "13", "type": "goal", "team": "home", "player": 9},
            ],
        }
    )
