import re

from scoreline.v1.state_pb2 import ScoreState
from stated.core.steps import GameRecord, digest


def test_a_digest_is_sixteen_hexadecimal_digits_of_the_identity() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", digest("acme:g1:e1:1:h00"))
    assert digest("a") == digest("a") != digest("b")


def test_records_do_not_share_what_they_hold() -> None:
    one, other = GameRecord(1, 0, ScoreState()), GameRecord(1, 0, ScoreState())
    one.seen.add("x")
    one.ledger["y"] = b""
    assert not other.seen
    assert not other.ledger
