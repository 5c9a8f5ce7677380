"""One frame, many readers."""

import orjson

from pushd.core.outgoing import Encoding, Outgoing, outgoing
from scoreline.v1.frame_pb2 import GoAway, ServerFrame
from scoreline.v1.state_pb2 import ScoreState
from scoreline.wire.frames import encode_patch


def test_a_frame_is_spelled_once_per_encoding():
    body = ScoreState()
    body.score.home = 2
    frame = encode_patch(7, 5, body)
    out = Outgoing(frame, "game/g1", 9)
    assert out.spelled(Encoding.BARE) is frame
    assert out.spelled(Encoding.WS_PROTO) == bytes((0x82, len(frame))) + frame
    assert out.spelled(Encoding.WS_PROTO) is out.spelled(Encoding.WS_PROTO)
    text = out.spelled(Encoding.WS_JSON)
    assert orjson.loads(text[2 if text[1] < 126 else 4 :])["position"] == "9-5"
    assert out.spelled(Encoding.WS_JSON) is text
    assert outgoing(ServerFrame(goaway=GoAway())).frame == ServerFrame(goaway=GoAway()).SerializeToString()
