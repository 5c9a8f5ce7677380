"""MLB's live document followed by its changes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scoreline.feeds.adapter import Translation
from scoreline.feeds.mlb.diffpatch import MlbDiffPatch
from scoreline.v1.event_baseball_pb2 import BaseballResult
from scoreline.v1.event_pb2 import EventAction
from tests.support.feeds import fixture_bytes, the_fault, the_game

DIFF = MlbDiffPatch()
STEPS = json.loads(fixture_bytes("mlb_diffpatch", "a_pitch_added_and_one_taken_away"))


def strung(*values: Any) -> bytes:
    return b"\n".join(json.dumps(value).encode() for value in values)


def patched(*operations: Any) -> bytes:
    return strung(STEPS[0], [{"diff": list(operations)}])


def test_each_step_tells_what_it_adds_changes_and_takes_back() -> None:
    game = the_game(DIFF, strung(*STEPS))
    told = [(event.revision, event.event_id) for _, event in game.events]
    assert told[:4] == [(0, "inning-1-start"), (0, "0-up"), (0, "0.2"), (0, "0.3")]
    assert told[5:] == [
        *((1, name) for name in ("1-up", "1.0", "1.1", "1.2", "1.3", "1.4", "1")),
        (2, "1"),
        (2, "1.3"),
    ]
    amended, gone = game.events[-2].event, game.events[-1].event
    assert amended.baseball_play.result == BaseballResult.BASEBALL_RESULT_TRIPLE
    assert gone.action == EventAction.EVENT_ACTION_RETRACT


def test_one_array_of_all_steps_is_the_same() -> None:
    assert the_game(DIFF, json.dumps(STEPS).encode()) == the_game(DIFF, strung(*STEPS))


def test_a_whole_document_takes_the_place_of_the_one_held() -> None:
    game = the_game(DIFF, strung(STEPS[0], STEPS[1], STEPS[0]))
    retracted = [e.event_id for _, e in game.events if e.action == EventAction.EVENT_ACTION_RETRACT]
    assert retracted == ["1-up", "1.0", "1.1", "1.2", "1.3", "1.4", "1"]


def test_changes_alone_are_refused_with_what_is_missing() -> None:
    assert "without the document" in the_fault(DIFF, strung(STEPS[1])).message


def test_the_document_of_another_game_begins_that_game() -> None:
    other = STEPS[0] | {"gamePk": 900_002}
    result = DIFF.parse(strung(STEPS[0], other, STEPS[1]), provider_id="demo")
    assert isinstance(result, Translation)
    assert [(game.external_game_id, len(game.events)) for game in result.games] == [
        ("900001", 5),
        ("900002", 12),
    ]


def test_nothing_at_all_is_refused() -> None:
    assert the_fault(DIFF, b"").message == "holds nothing"


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ({"op": "remove", "path": "/liveData/nowhere"}, "can't be applied"),
        ({"op": "replace", "path": "/gamePk/3/x", "value": 1}, "can't be applied"),
        ({"op": "add", "path": "/liveData/plays/allPlays/77", "value": 1}, "can't be applied"),
        ({"op": "test", "path": "/gamePk", "value": 1}, "can't be applied"),
        ({"op": "invent", "path": "/gamePk"}, "should be add"),
        ({"op": "add", "path": "/gamePk"}, "has no value"),
        ({"op": "replace", "path": "", "value": {}}, "should be a pointer"),
    ],
)
def test_an_operation_that_cannot_be_applied_is_named(operation: Any, message: str) -> None:
    fault = the_fault(DIFF, patched(operation))
    assert fault.field.startswith("[1][0].diff[0]")
    assert message in fault.message


def test_copies_of_copies_do_not_fill_the_memory() -> None:
    double = [{"op": "copy", "from": "/liveData", "path": f"/liveData/x{n}"} for n in range(40)]
    assert "copies more" in the_fault(DIFF, patched(*double)).message


def test_a_value_nested_without_end_is_refused() -> None:
    deep: Any = 1
    for _ in range(40):
        deep = [deep]
    assert "nested deeper" in the_fault(DIFF, patched({"op": "add", "path": "/x", "value": deep})).message


def test_too_many_operations_and_steps_are_refused() -> None:
    replace = {"op": "replace", "path": "/metaData/timeStamp", "value": "x"}
    assert "operations" in the_fault(DIFF, patched(*[replace] * 5_001)).message
    assert "steps" in the_fault(DIFF, strung(STEPS[0], *[{"diff": []}] * 500)).message
