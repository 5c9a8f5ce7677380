"""What is wrong with bytes or JSON, said by field."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.core.defects import Cut, Defect, excerpt, explain_bytes, explain_json, wire_fields
from scoreline.v1.event_pb2 import GameEvent, MatchTime, PlayObserved
from scoreline.v1.ingest_service_pb2 import IngestItem, IngestRequest

EVENT = GameEvent(game_id="g", event_id="e", player_id="MARK", play_observed=PlayObserved(text="MARK"))


def request(*events: GameEvent) -> bytes:
    return IngestRequest(items=[IngestItem(tag=1, event=event) for event in events]).SerializeToString()


def test_invalid_utf8_is_named_with_its_place() -> None:
    payload = request(GameEvent(game_id="g"), EVENT).replace(b"MARK", b"\xff\xfe\xfd\xfc")
    assert explain_bytes(IngestRequest.DESCRIPTOR, payload) == Defect(
        "items[1].event.player_id", "not valid UTF-8"
    )


def test_invalid_utf8_deep_inside_is_named() -> None:
    payload = GameEvent(play_observed=PlayObserved(text="MARK")).SerializeToString()
    payload = payload.replace(b"MARK", b"\xc3\x28ok")
    assert explain_bytes(GameEvent.DESCRIPTOR, payload).field == "play_observed.text"


@pytest.mark.parametrize(
    ("payload", "field", "words"),
    [
        (request(EVENT)[:-2], "", "begins at byte"),
        (b"\x0a\x05\x08\xff\xff\xff\xff", "items[0]", "in the middle of a number"),
        (b"\x00\x01", "", "no field number 0"),
        (b"\x0b", "", "wire type 3"),
        (b"\x09\x01", "", "a field of 8 bytes"),
        (b"\x0d\x01", "", "a field of 4 bytes"),
        (b"\x08" + b"\xff" * 11, "", "longer than 10 bytes"),
        (b"\x0a", "", "in the middle of a number"),
    ],
)
def test_bytes_that_break_off_are_named_by_message(payload: bytes, field: str, words: str) -> None:
    defect = explain_bytes(IngestRequest.DESCRIPTOR, payload)
    assert defect.field == field
    assert words in defect.message


def test_a_sound_message_has_no_better_explanation_than_that_it_did_not_parse() -> None:
    assert explain_bytes(IngestRequest.DESCRIPTOR, request(EVENT)) == Defect("", "not a message of this type")


def test_unknown_and_oddly_typed_fields_are_passed_over() -> None:
    unknown = b"\xfa\x07\x02\xff\xff"
    oddly_typed = b"\x08\x01"  # field 1 is a message, not a number
    payload = unknown + oddly_typed + request(EVENT).replace(b"MARK", b"\xff\xff\xff\xff")
    assert explain_bytes(IngestRequest.DESCRIPTOR, payload).field == "items[1].event.player_id"


def test_wire_fields_come_in_order_with_their_values() -> None:
    payload = IngestItem(tag=300, event=GameEvent(time=MatchTime())).SerializeToString()
    assert [(field.number, field.value) for field in wire_fields(payload)] == [(1, 300), (2, b"R\x00")]


@given(st.binary(max_size=200))
def test_explaining_never_fails(payload: bytes) -> None:
    assert explain_bytes(IngestRequest.DESCRIPTOR, payload).message
    with suppress(Cut):
        assert sum(1 for _ in wire_fields(payload)) <= len(payload)


@given(st.data())
def test_any_damage_to_a_message_is_explained(data: st.DataObject) -> None:
    payload = bytearray(request(EVENT, EVENT))
    for _ in range(data.draw(st.integers(1, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    assert explain_bytes(IngestRequest.DESCRIPTOR, bytes(payload)).message


@pytest.mark.parametrize(
    ("value", "field", "words"),
    [
        (
            {"items": [{"event": {"reported_score": {"home": -1}}}]},
            "items[0].event.reported_score.home",
            "-1",
        ),
        (
            {"items": [{}, {"event": {"pointsScored": {"points": -3}}}]},
            "items[1].event.points_scored.points",
            "-3",
        ),
        ({"items": [{"event": {"foo": 1}}]}, "items[0].event.foo", "GameEvent has no such field"),
        # The runtime takes an empty list for an empty message.
        ({"items": [{"event": {"time": []}}]}, "", "not a message of this type"),
        ({"items": [{"event": {"occurred_time": "yesterday"}}]}, "items[0].event.occurred_time", "timestamp"),
        ({"items": [{"event": {"action": "NOPE"}}]}, "items[0].event.action", "NOPE"),
        ({"items": [{"event": {"goal_scored": {}, "points_scored": {}}}]}, "items[0].event", "oneof"),
        ({"items": 3}, "items", "must be a list"),
        ({"items": [3]}, "items[0]", "must be an object"),
        ([], "", "must be an object, not list"),
        (3, "", "must be an object, not int"),
    ],
)
def test_a_defect_of_json_is_named_by_its_path(value: object, field: str, words: str) -> None:
    defect = explain_json(IngestRequest.DESCRIPTOR, value)
    assert defect.field == field
    assert words in defect.message


def test_what_strangers_wrote_is_shortened_and_made_printable() -> None:
    assert excerpt("a\x1b[31mb") == "a?[31mb"
    assert len(excerpt("x" * 1000)) == 123
