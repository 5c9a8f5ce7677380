"""When a shoot-out can't be turned any more."""

from __future__ import annotations

import pytest

from scoreline.feeds.shootout import is_decided
from scoreline.v1.game_pb2 import Side


def kicks(text: str) -> list[tuple[Side.ValueType, bool]]:
    """Read `H+ A-`: home scored, away missed."""
    return [(Side.SIDE_HOME if one[0] == "H" else Side.SIDE_AWAY, one[1] == "+") for one in text.split()]


@pytest.mark.parametrize(
    ("text", "decided"),
    [
        ("", False),
        ("H+", False),
        ("H+ A- H+ A- H+", False),
        ("H+ A- H+ A- H+ A-", True),
        ("H- A+ H- A+ H- A+", True),
        ("H+ A+ H+ A+ H+ A+ H- A+ H-", True),
        ("H+ A+ H+ A+ H+ A+ H+ A+ H+", False),
        ("H+ A+ H+ A+ H+ A+ H+ A+ H+ A-", True),
        ("H+ A+ H+ A+ H+ A+ H+ A+ H+ A+", False),
        ("H+ A+ H+ A+ H+ A+ H+ A+ H+ A+ H+", False),
        ("H+ A+ H+ A+ H+ A+ H+ A+ H+ A+ H+ A-", True),
        ("H+ A+ H+ A+ H+ A+ H+ A+ H+ A+ H- A-", False),
        ("H+ A+ H+ A+ H+ A+ H+ A+ H+ A+ H- A+", True),
    ],
)
def test_a_shootout_is_decided_once_the_side_behind_has_too_few_kicks_left(text: str, decided: bool) -> None:
    assert is_decided(kicks(text)) is decided
