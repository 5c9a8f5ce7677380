"""Requests taken apart: one broken item costs its neighbours nothing."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.core.outcomes import Refusal
from ingestd.core.reading import MAX_ITEMS, read_request
from ingestd.core.reading_json import MAX_EVENTS, read_json_request
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.ingest_service_pb2 import IngestItem, IngestRequest

MALFORMED = ErrorReason.ERROR_REASON_MALFORMED


def payload(*ids: str) -> bytes:
    items = [
        IngestItem(tag=tag, event=GameEvent(event_id=it, player_id=f"MARK{tag}"))
        for tag, it in enumerate(ids, 1)
    ]
    return IngestRequest(items=items).SerializeToString()


class TestProtobuf:
    def test_items_come_with_their_tags(self) -> None:
        reading = read_request(payload("a", "b"))
        assert [item.tag for item in reading.items] == [1, 2]
        assert all(isinstance(item.event, GameEvent) for item in reading.items)
        assert reading.malformed is None

    def test_an_empty_message_holds_nothing(self) -> None:
        assert read_request(b"") == ([], None)

    def test_one_item_that_is_not_utf8_is_refused_alone(self) -> None:
        reading = read_request(payload("a", "b", "c").replace(b"MARK2", b"\xff\xff\xff\xff\xff"))
        assert [item.tag for item in reading.items] == [1, 2, 3]
        assert [type(item.event) for item in reading.items] == [GameEvent, Refusal, GameEvent]
        refusal = reading.items[1].event
        assert isinstance(refusal, Refusal)
        assert (refusal.reason, refusal.field) == (MALFORMED, "event.player_id")
        assert reading.malformed is not None
        assert reading.malformed.field == "items[1].event.player_id"

    def test_a_message_that_breaks_off_is_refused_whole(self) -> None:
        reading = read_request(payload("a", "b")[:-1])
        (item,) = reading.items
        assert item.tag == 0
        assert item.event == reading.malformed

    def test_the_tag_of_a_broken_item_is_read_as_far_as_possible(self) -> None:
        broken = b"\x08\x07\x12\x05\x0a"  # tag 7, then an event that breaks off
        reading = read_request(b"\x0a" + bytes([len(broken)]) + broken)
        assert [item.tag for item in reading.items] == [7]
        tagless = b"\x12\x05\x0a"
        reading = read_request(b"\x0a" + bytes([len(tagless)]) + tagless)
        assert [item.tag for item in reading.items] == [0]

    def test_bytes_without_any_item_are_refused_whole(self) -> None:
        # A number where the items should be, and a string field of another message that is not UTF-8.
        reading = read_request(b"\x0b\x0c" + b"\xff")
        assert [item.tag for item in reading.items] == [0]
        assert reading.malformed is not None

    def test_too_many_items_get_one_answer(self) -> None:
        many = IngestRequest(items=[IngestItem(tag=tag) for tag in range(MAX_ITEMS + 1)])
        reading = read_request(many.SerializeToString())
        (item,) = reading.items
        assert isinstance(item.event, Refusal)
        assert (item.tag, item.event.reason) == (0, ErrorReason.ERROR_REASON_TOO_LARGE)
        assert reading.malformed is None

    def test_too_many_broken_items_get_one_answer(self) -> None:
        one = b"\x0a\x04\x12\x02\x0a\xff"
        assert len(read_request(one * (MAX_ITEMS + 1)).items) == 1

    @given(st.binary(max_size=300))
    def test_no_bytes_break_the_reader(self, garbage: bytes) -> None:
        reading = read_request(garbage)
        assert reading.malformed is not None or all(
            isinstance(item.event, GameEvent) for item in reading.items
        )

    @given(st.lists(st.text(st.characters(codec="ascii"), max_size=20), max_size=5), st.data())
    def test_a_cut_anywhere_loses_no_order(self, ids: list[str], data: st.DataObject) -> None:
        whole = payload(*ids)
        cut = whole[: data.draw(st.integers(0, len(whole)))]
        tags = [item.tag for item in read_request(cut).items if isinstance(item.event, GameEvent)]
        assert tags == sorted(tags)


class TestJson:
    def test_items_and_events_are_read(self) -> None:
        body = {"items": [{"tag": "7", "event": {"eventId": "a"}}], "events": [{"event_id": "b"}]}
        reading = read_json_request(orjson.dumps(body))
        assert [(item.tag, item.event_id) for item in reading.items] == [(7, "a"), (0, "b")]
        assert reading.malformed is None

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            (b"", ""),
            (b"{", ""),
            (b"\xff", ""),
            (b"[]", ""),
            (b'{"item": []}', "item"),
            (b'{"items": {}}', "items"),
            (b'{"events": 1}', "events"),
            (b'{"items": [' + b"1," * MAX_EVENTS + b"1]}", "items"),
        ],
    )
    def test_what_is_no_batch_is_malformed_whole(self, body: bytes, field: str) -> None:
        reading = read_json_request(body)
        assert not reading.items
        assert reading.malformed is not None
        assert (reading.malformed.reason, reading.malformed.field) == (MALFORMED, field)

    @pytest.mark.parametrize(
        ("item", "reason", "field"),
        [
            (3, MALFORMED, "items[0]"),
            ({"tags": 1}, MALFORMED, "items[0].tags"),
            ({"tag": -1}, MALFORMED, "items[0].tag"),
            ({"tag": True}, MALFORMED, "items[0].tag"),
            ({"tag": "x"}, MALFORMED, "items[0].tag"),
            ({"tag": 1}, MALFORMED, "items[0].event"),
            ({"event": []}, MALFORMED, "items[0].event"),
            ({"event": {"nope": 1}}, MALFORMED, "items[0].event.nope"),
            (
                {"event": {"reported_score": {"home": -1}}},
                ErrorReason.ERROR_REASON_IMPOSSIBLE_SCORE,
                "items[0].event.reported_score.home",
            ),
            (
                {"event": {"points_scored": {"points": -2}}},
                ErrorReason.ERROR_REASON_IMPOSSIBLE_SCORE,
                "items[0].event.points_scored.points",
            ),
            (
                {"event": {"revision": -2}},
                ErrorReason.ERROR_REASON_INVALID_FIELD,
                "items[0].event.revision",
            ),
        ],
    )
    def test_a_bad_item_is_named_and_its_neighbour_read(
        self, item: object, reason: ErrorReason.ValueType, field: str
    ) -> None:
        reading = read_json_request(orjson.dumps({"items": [item, {"event": {"event_id": "good"}}]}))
        bad, good = reading.items
        assert isinstance(bad.event, Refusal)
        assert (bad.event.reason, bad.event.field) == (reason, field)
        assert isinstance(good.event, GameEvent)
        assert (reading.malformed is not None) == (reason == MALFORMED)

    def test_the_id_of_a_refused_event_is_kept(self) -> None:
        reading = read_json_request(orjson.dumps({"events": [{"event_id": "me", "nope": 1}]}))
        assert reading.items[0].event_id == "me"

    @given(
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers(-(1 << 63), 1 << 63)
            | st.floats(allow_nan=False)
            | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["items", "event", "tag", "time", "game_id", "reported_score", "home", "x"]
                    ),
                    inner,
                    max_size=3,
                )
            ),
            max_leaves=12,
        )
    )
    def test_no_json_breaks_the_reader(self, value: object) -> None:
        try:
            body = orjson.dumps({"items": [{"event": value}]})
        except (TypeError, UnicodeEncodeError):
            return
        (item,) = read_json_request(body).items
        assert isinstance(item.event, GameEvent | Refusal)
