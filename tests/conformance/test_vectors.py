"""The vectors, run by the Python client's core."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format

from scoreline.domain.position import parse_position
from scoreline.v1.frame_pb2 import ClientFrame, ServerFrame
from scoreline.v1.state_pb2 import ScoreState
from scoreline_client.follower import Follower, Step
from tests.conformance.encode_vectors import encoded, vector_files

VECTORS = {f"{path.parent.name}/{path.stem}": path for path in vector_files()}


def vector(name: str) -> dict[str, Any]:
    return json.loads(VECTORS[name].read_text(encoding="utf-8"))


def test_there_are_vectors_of_both_kinds() -> None:
    assert {"patches/goal", "resume/merged_patch"} <= VECTORS.keys()


@pytest.mark.parametrize("name", VECTORS)
def test_binary_frames_say_what_the_readable_ones_say(name: str) -> None:
    assert encoded(vector(name)) == vector(name), "run tests/conformance/encode_vectors.py"


@pytest.mark.parametrize("name", VECTORS)
def test_client_follows_the_vector(name: str) -> None:
    follower = Follower()
    for number, step in enumerate(vector(name)["steps"]):
        at = f"step {number}: {step}"
        done, sent = play(follower, step)
        if "outcome" in step:
            assert done is not None, at
            assert done.outcome == step["outcome"], at
        expected = [json_format.ParseDict(frame, ClientFrame()) for frame in step.get("sends", [])]
        assert list(sent) == expected, at
        for topic, held in step.get("topics", {}).items():
            assert_holds(follower, topic, held, at)


def play(follower: Follower, step: dict[str, Any]) -> tuple[Step | None, tuple[ClientFrame, ...]]:
    match step:
        case {"follow": name}:
            return None, follower.follow(name)
        case {"unfollow": name}:
            return None, follower.unfollow(name)
        case {"connect": True}:
            return None, follower.connect()
        case {"disconnect": True}:
            follower.disconnect()
            return None, ()
        case {"receive": frame}:
            done = follower.receive(ServerFrame.FromString(base64.b64decode(frame)))
            return done, done.send
        case {"poll": body, "name": name, "position": position}:
            token = parse_position(position)
            assert token is not None
            done = follower.absorb(name, token, ScoreState.FromString(base64.b64decode(body)))
            return done, done.send
        case _:
            raise AssertionError(f"a step that the format does not have: {step}")


def assert_holds(follower: Follower, name: str, held: dict[str, Any], at: str) -> None:
    topic = follower.topic(name)
    assert topic is not None, at
    assert (str(topic.position) if topic.position else None) == held["position"], at
    if "state" in held:
        expected = json_format.ParseDict(held["state"], ScoreState())
        assert topic.state == expected, at
        assert topic.state.SerializeToString(deterministic=True) == expected.SerializeToString(
            deterministic=True
        ), at


def test_every_vector_file_has_a_title_that_is_a_sentence() -> None:
    for name in VECTORS:
        assert vector(name)["title"].count(" ") > 3, name
    assert Path(__file__).with_name("README.md").exists()
