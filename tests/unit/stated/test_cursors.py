import pytest
from hypothesis import given
from hypothesis import strategies as st

from stated.core.cursors import Cursors, decode_cursors, encode_cursors
from stated.core.ledger import Place

COUNT = st.integers(0, 2**64 - 1)
SCORE = st.integers(-(2**32), 2**32)


@given(COUNT, COUNT, COUNT, SCORE, SCORE)
def test_cursors_are_read_back_from_their_bytes(
    next_sequence: int, sequence: int, log_sequence: int, home: int, away: int
) -> None:
    cursors = Cursors(next_sequence, Place(sequence, log_sequence), (home, away))
    assert decode_cursors(encode_cursors(cursors)) == cursors


def test_a_fresh_game_begins_with_sequence_one() -> None:
    assert decode_cursors(b"") == Cursors(1, Place(0, 0), (0, 0))


def test_bytes_of_another_format_are_refused() -> None:
    with pytest.raises(ValueError, match="cursors have format 9, expected 1"):
        decode_cursors(b"\x09" + encode_cursors(Cursors())[1:])
