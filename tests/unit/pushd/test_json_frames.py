"""The JSON subprotocol."""

import orjson
import pytest

from pushd.core.json_frames import Unparsable, encode, parse
from scoreline.domain.position import Position
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.frame_pb2 import (
    ClientFrame,
    Error,
    GoAway,
    Heartbeat,
    Notice,
    Recovery,
    ServerFrame,
    Subscribed,
    Unsubscribed,
    Welcome,
)
from scoreline.v1.state_pb2 import GAME_STATUS_LIVE, ScoreState
from scoreline.wire.frames import encode_patch, encode_snapshot


def said(frame: ServerFrame, name: str = "game/g1", epoch: int = 9) -> dict:
    return orjson.loads(encode(frame, name, epoch))


def state() -> ScoreState:
    body = ScoreState(status=GAME_STATUS_LIVE, uncertain=False)
    body.score.home = 0
    body.key_events[3].player = 4
    return body


def test_actions_become_frames():
    subscribe = parse('{"action":"subscribe","game_id":"g1","position":"9-4"}')
    assert isinstance(subscribe, ClientFrame)
    assert subscribe.subscribe.topic == "game/g1"
    assert (subscribe.subscribe.position.epoch, subscribe.subscribe.position.version) == (9, 4)
    fresh = parse('{"action":"subscribe","game_id":"g1"}')
    assert isinstance(fresh, ClientFrame)
    assert not fresh.subscribe.HasField("position")
    unsubscribe = parse('{"action":"unsubscribe","game_id":"g1"}')
    assert isinstance(unsubscribe, ClientFrame)
    assert unsubscribe.unsubscribe.topic == "game/g1"
    hello = parse('{"action":"hello","client":"me"}')
    assert isinstance(hello, ClientFrame)
    assert hello.hello.client == "me"
    pong = parse('{"action":"pong"}')
    assert isinstance(pong, ClientFrame)
    assert pong.HasField("pong")


@pytest.mark.parametrize(
    ("text", "reason", "field"),
    [
        ("", ErrorReason.ERROR_REASON_MALFORMED, ""),
        ("{", ErrorReason.ERROR_REASON_MALFORMED, ""),
        ("[1]", ErrorReason.ERROR_REASON_MALFORMED, ""),
        ("null", ErrorReason.ERROR_REASON_MALFORMED, ""),
        ("[" * 5000, ErrorReason.ERROR_REASON_MALFORMED, ""),
        ("{}", ErrorReason.ERROR_REASON_INVALID_FIELD, "action"),
        ('{"action":["subscribe"]}', ErrorReason.ERROR_REASON_INVALID_FIELD, "action"),
        ('{"action":"buy"}', ErrorReason.ERROR_REASON_INVALID_FIELD, "action"),
        ('{"action":"subscribe"}', ErrorReason.ERROR_REASON_INVALID_FIELD, "game_id"),
        ('{"action":"unsubscribe","game_id":7}', ErrorReason.ERROR_REASON_INVALID_FIELD, "game_id"),
        ('{"action":"subscribe","game_id":""}', ErrorReason.ERROR_REASON_INVALID_FIELD, "game_id"),
        (
            '{"action":"subscribe","game_id":"g","position":"9"}',
            ErrorReason.ERROR_REASON_INVALID_FIELD,
            "position",
        ),
        (
            '{"action":"subscribe","game_id":"g","position":9}',
            ErrorReason.ERROR_REASON_INVALID_FIELD,
            "position",
        ),
    ],
)
def test_what_cannot_be_read_is_answered_with_the_reason(text, reason, field):
    answer = parse(text)
    assert isinstance(answer, Unparsable)
    assert (answer.error.reason, answer.error.field) == (reason, field)
    assert answer.error.message


def test_any_text_that_json_can_hold_survives():
    assert isinstance(parse('{"action":"hello","client":"\\ud83d\\ude00"}'), ClientFrame)
    assert isinstance(
        parse('{"action":"subscribe","game_id":"g","position":"' + "9" * 19 + '-1"}'), ClientFrame
    )


def test_a_snapshot_is_a_full_state():
    frame = ServerFrame.FromString(encode_snapshot(7, "game/g1", Position(9, 4), state(), 1_500_000))
    assert said(frame, "") == {
        "type": "full_state",
        "game_id": "g1",
        "position": "9-4",
        "epoch": 9,
        "version": 4,
        "as_of_time": "1970-01-01T00:00:01.500Z",
        "state": {
            "status": "GAME_STATUS_LIVE",
            "score": {"home": 0},
            "key_events": {"3": {"player": 4}},
            "uncertain": False,
        },
    }
    assert "as_of_time" not in said(ServerFrame.FromString(encode_snapshot(7, "n", Position(9, 4), state())))


def test_a_patch_is_a_score_update():
    body = ScoreState()
    body.score.home = 2
    frame = ServerFrame.FromString(encode_patch(7, 5, body, span=2))
    assert said(frame) == {
        "type": "score_update",
        "game_id": "g1",
        "position": "9-5",
        "version": 5,
        "span": 2,
        "patch": {"score": {"home": 2}},
    }
    bare = ServerFrame()
    bare.patch.version = 6
    assert said(bare)["patch"] == {}


@pytest.mark.parametrize(
    ("frame", "document"),
    [
        (
            ServerFrame(welcome=Welcome(session_id="s", heartbeat_s=20, max_subscriptions=5)),
            {"type": "welcome", "session_id": "s", "heartbeat_s": 20, "max_subscriptions": 5},
        ),
        (ServerFrame(heartbeat=Heartbeat(wants_pong=True)), {"type": "heartbeat", "wants_pong": True}),
        (ServerFrame(goaway=GoAway(reconnect_after_ms=0)), {"type": "goaway", "reconnect_after_ms": 0}),
        (
            ServerFrame(subscribed=Subscribed(name="game/g1", recovery=Recovery.RECOVERY_UP_TO_DATE)),
            {"type": "subscribed", "game_id": "g1", "position": "0-0", "recovery": "up_to_date"},
        ),
        (ServerFrame(unsubscribed=Unsubscribed(name="room/1")), {"type": "unsubscribed", "topic": "room/1"}),
        (ServerFrame(notice=Notice(kind=Notice.NOTICE_KIND_SLOW)), {"type": "notice", "kind": "slow"}),
        (
            ServerFrame(error=Error(reason=ErrorReason.ERROR_REASON_MALFORMED, message="m")),
            {"type": "error", "reason": "MALFORMED", "field": "", "message": "m", "retry_after_ms": 0},
        ),
        (
            ServerFrame(error=Error(reason=ErrorReason.ERROR_REASON_UNKNOWN_TOPIC, topic="game/g9")),
            {
                "type": "error",
                "reason": "UNKNOWN_TOPIC",
                "field": "",
                "message": "",
                "retry_after_ms": 0,
                "game_id": "g9",
            },
        ),
    ],
)
def test_every_other_frame_has_its_type(frame, document):
    assert said(frame) == document


def test_every_arm_of_the_contract_has_a_spelling():
    for field in ServerFrame.DESCRIPTOR.oneofs_by_name["frame"].fields:
        frame = ServerFrame()
        getattr(frame, field.name).SetInParent()
        assert said(frame)["type"]
    with pytest.raises(AssertionError, match="no JSON"):
        encode(ServerFrame(), "", 0)
