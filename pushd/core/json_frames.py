"""The subprotocol scoreline.v1.json: the same frames for those who would rather not carry protobuf [C3].

Field names are the proto's own; 64-bit integers within a state are strings, as JSON of protobuf has them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from scoreline.domain.ids import game_of_topic, game_topic
from scoreline.domain.position import Position, parse_position
from scoreline.v1.error_reason_pb2 import ErrorReason
from scoreline.v1.frame_pb2 import ClientFrame, Error, Notice, Recovery, ServerFrame
from scoreline.wire.reasons import reason_name

_ACTIONS = "subscribe, unsubscribe, pong, hello"


class Unparsable(NamedTuple):
    """What was typed is no action; the answer says why."""

    error: Error


def parse(text: str) -> ClientFrame | Unparsable:
    """Return the frame that an action stands for."""
    try:
        action = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _refused(ErrorReason.ERROR_REASON_MALFORMED, "", f"not JSON: {error}")
    if not isinstance(action, dict):
        return _refused(ErrorReason.ERROR_REASON_MALFORMED, "", "an action is a JSON object")
    match action.get("action"):
        case "subscribe":
            return _subscribe(action)
        case "unsubscribe":
            topic = _topic(action)
            if isinstance(topic, Unparsable):
                return topic
            frame = ClientFrame()
            frame.unsubscribe.topic = topic
            return frame
        case "pong":
            frame = ClientFrame()
            frame.pong.SetInParent()
            return frame
        case "hello":
            frame = ClientFrame()
            frame.hello.client = str(action.get("client", ""))
            return frame
    return _refused(ErrorReason.ERROR_REASON_INVALID_FIELD, "action", f"action must be one of {_ACTIONS}")


def encode(frame: ServerFrame, name: str, epoch: int) -> bytes:
    """Return the JSON of a frame that concerns the topic `name`."""
    arm = frame.WhichOneof("frame")
    spell = _SPELLERS.get(arm or "")
    if spell is None:
        raise AssertionError(f"no JSON for a frame of {arm}")
    return orjson.dumps(spell(getattr(frame, str(arm)), name, epoch))


def plain(message: Message) -> dict[str, Any]:
    """Return a message as JSON has it: only fields that are set, under the proto's names."""
    document: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True)
    return document


def _subscribe(action: dict[str, Any]) -> ClientFrame | Unparsable:
    topic = _topic(action)
    if isinstance(topic, Unparsable):
        return topic
    frame = ClientFrame()
    frame.subscribe.topic = topic
    text = action.get("position")
    if text is not None:
        position = parse_position(text) if isinstance(text, str) else None
        if position is None or max(position) >= 1 << 64:
            return _refused(
                ErrorReason.ERROR_REASON_INVALID_FIELD, "position", "a position looks like 1542067200-118"
            )
        frame.subscribe.position.epoch, frame.subscribe.position.version = position
    return frame


def _topic(action: dict[str, Any]) -> str | Unparsable:
    game_id = action.get("game_id")
    if not isinstance(game_id, str) or not game_id:
        return _refused(ErrorReason.ERROR_REASON_INVALID_FIELD, "game_id", "game_id must be a text")
    return game_topic(game_id)


def _refused(reason: ErrorReason.ValueType, field: str, message: str) -> Unparsable:
    return Unparsable(Error(reason=reason, field=field, message=message))


def _about(name: str) -> dict[str, Any]:
    game_id = game_of_topic(name)
    return {"game_id": game_id} if game_id is not None else {"topic": name}


def _position(epoch: int, version: int) -> str:
    return str(Position(epoch, version))


def _welcome(frame: Any, _name: str, _epoch: int) -> dict[str, Any]:
    return {"type": "welcome", **plain(frame)}


def _heartbeat(frame: Any, _name: str, _epoch: int) -> dict[str, Any]:
    return {"type": "heartbeat", **plain(frame)}


def _goaway(frame: Any, _name: str, _epoch: int) -> dict[str, Any]:
    return {"type": "goaway", "reconnect_after_ms": frame.reconnect_after_ms}


def _patch(frame: Any, name: str, epoch: int) -> dict[str, Any]:
    arm = frame.WhichOneof("body")
    return {
        "type": "score_update",
        **_about(name),
        "position": _position(epoch, frame.version),
        "version": frame.version,
        "span": frame.span,
        "patch": plain(getattr(frame, arm)) if arm else {},
    }


def _snapshot(frame: Any, name: str, _epoch: int) -> dict[str, Any]:
    arm = frame.WhichOneof("body")
    document = {
        "type": "full_state",
        **_about(name or frame.name),
        "position": _position(frame.position.epoch, frame.position.version),
        "epoch": frame.position.epoch,
        "version": frame.position.version,
        "state": plain(getattr(frame, arm)) if arm else {},
    }
    if frame.HasField("as_of_time"):
        document["as_of_time"] = frame.as_of_time.ToJsonString()
    return document


def _subscribed(frame: Any, _name: str, _epoch: int) -> dict[str, Any]:
    return {
        "type": "subscribed",
        **_about(frame.name),
        "position": _position(frame.position.epoch, frame.position.version),
        "recovery": Recovery.Name(frame.recovery).removeprefix("RECOVERY_").lower(),
    }


def _unsubscribed(frame: Any, _name: str, _epoch: int) -> dict[str, Any]:
    return {"type": "unsubscribed", **_about(frame.name)}


def _notice(frame: Any, _name: str, _epoch: int) -> dict[str, Any]:
    kind = Notice.NoticeKind.Name(frame.kind).removeprefix("NOTICE_KIND_").lower()
    return {"type": "notice", "kind": kind}


def _error(frame: Any, _name: str, _epoch: int) -> dict[str, Any]:
    document = {
        "type": "error",
        "reason": reason_name(frame.reason),
        "field": frame.field,
        "message": frame.message,
        "retry_after_ms": frame.retry_after_ms,
    }
    return {**document, **_about(frame.topic)} if frame.topic else document


_SPELLERS = {
    "welcome": _welcome,
    "heartbeat": _heartbeat,
    "goaway": _goaway,
    "patch": _patch,
    "snapshot": _snapshot,
    "subscribed": _subscribed,
    "unsubscribed": _unsubscribed,
    "notice": _notice,
    "error": _error,
}
