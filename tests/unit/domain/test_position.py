import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoreline.domain.position import Position, parse_position


@given(st.integers(0, 10**19 - 1), st.integers(0, 10**19 - 1))
def test_a_position_is_read_back_from_its_text(epoch: int, version: int) -> None:
    assert parse_position(str(Position(epoch, version))) == Position(epoch, version)


def test_the_text_is_epoch_and_version() -> None:
    assert str(Position(1542067200, 118)) == "1542067200-118"


@pytest.mark.parametrize(
    "text", ["", "1", "1-", "-1", "1-2-3", "1.5-2", " 1-2", "1-2\n", "٣-٤", "1" * 20 + "-1", "+1-2"]
)
def test_anything_else_is_no_position(text: str) -> None:
    assert parse_position(text) is None
