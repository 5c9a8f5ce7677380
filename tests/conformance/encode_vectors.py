"""Fill the binary frames of the vectors in from their readable form.

Expectations are written by hand; this writes only `receive` (from `frame`) and `poll` (from `body`).
With `--check` it writes nothing and fails when a file would change.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from scoreline.v1.frame_pb2 import ServerFrame
from scoreline.v1.state_pb2 import ScoreState

HERE = Path(__file__).parent


def vector_files() -> list[Path]:
    """Return every vector, in a stable order."""
    return sorted([*HERE.glob("patches/*.json"), *HERE.glob("resume/*.json")])


def encoded(vector: dict[str, Any]) -> dict[str, Any]:
    """Return the vector with its binary fields made from the readable ones."""
    return {**vector, "steps": [_encoded_step(step) for step in vector["steps"]]}


def _encoded_step(step: dict[str, Any]) -> dict[str, Any]:
    if "frame" in step:
        return {"receive": _base64(step["frame"], ServerFrame()), **_without(step, "receive")}
    if "body" in step:
        return {"poll": _base64(step["body"], ScoreState()), **_without(step, "poll")}
    return step


def _base64(readable: dict[str, Any], message: Message) -> str:
    json_format.ParseDict(readable, message)
    return base64.b64encode(message.SerializeToString(deterministic=True)).decode()


def _without(step: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in step.items() if name != key}


def main() -> int:
    """Rewrite the files, or with `--check` say which ones are out of date."""
    outdated = 0
    for path in vector_files():
        before = path.read_text(encoding="utf-8")
        vector = json.loads(before)
        if encoded(vector) == vector:
            continue
        outdated += 1
        if "--check" in sys.argv:
            print(f"{path.relative_to(HERE)}: run tests/conformance/encode_vectors.py")
        else:
            path.write_text(
                json.dumps(encoded(vector), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
            )
            print(f"wrote {path.relative_to(HERE)}")
    return 1 if outdated and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
