"""A running local stack and its command line, for end-to-end and fault tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import grpc
import pytest

from scoreline.local.stack import Stack
from scoreline.v1 import state_service_pb2, state_service_pb2_grpc
from scoreline.v1.state_service_pb2 import GameState

BUNDLED_MATCH = str(files("scoreline.feeds.scoreline_facts").joinpath("matches/france-argentina-2018.json"))


@dataclass
class Running:
    """A running stack and its command line."""

    stack: Stack

    def popen(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `scoreline ARGUMENTS` against the stack."""
        return subprocess.Popen(
            [sys.executable, "-m", "scoreline.cli", *arguments],
            env=os.environ | {"SCORELINE_DATA_DIR": str(self.stack.data)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Run `scoreline ARGUMENTS` to its end."""
        process = self.popen(*arguments)
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            pytest.fail(f"scoreline {' '.join(arguments)} did not end within {timeout_s:g} s:\n{out}\n{err}")
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def replay(self, *arguments: str, timeout_s: float = 120) -> list[dict[str, Any]]:
        """Replay and return the lines that `--json` prints."""
        done = self.run("replay", "--json", *arguments, timeout_s=timeout_s)
        assert done.returncode == 0, done.stderr + done.stdout
        return [json.loads(line) for line in done.stdout.splitlines()]

    def state_of(self, game_id: str) -> GameState:
        """Return what stated says of a game."""
        with grpc.insecure_channel(self.stack.endpoints.state) as channel:
            stub = state_service_pb2_grpc.StateServiceStub(channel)
            request = state_service_pb2.GetStateRequest(game_id=game_id)
            return stub.GetState(request, timeout=10).game
