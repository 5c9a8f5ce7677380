"""Commands find Scoreline by option, then environment, then the files of the local stack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scoreline.cli.connection import NotFound, find_address, find_sender, nothing_listens


@pytest.fixture
def stack(tmp_path: Path) -> dict[str, str]:
    """The environment of a folder on which a stack runs."""
    names = ("ingest", "webhook", "state", "state_http", "push", "push_grpc", "nats", "redis", "postgres")
    (tmp_path / "endpoints.json").write_text(json.dumps({name: f"{name}:1" for name in names}))
    credentials = {"provider": "demo", "token": "secret", "webhook_secret": "s"}
    (tmp_path / "credentials.json").write_text(json.dumps(credentials))
    return {"SCORELINE_DATA_DIR": str(tmp_path)}


def test_an_option_wins_over_the_environment_and_that_over_the_stack(stack: dict[str, str]) -> None:
    told = stack | {"SCORELINE_INGEST": "env:2"}
    assert find_address("ingest", "option:3", told) == "option:3"
    assert find_address("ingest", None, told) == "env:2"
    assert find_address("ingest", None, stack) == "ingest:1"


def test_without_a_stack_the_default_ports_are_tried(tmp_path: Path) -> None:
    nowhere = {"SCORELINE_DATA_DIR": str(tmp_path)}
    assert find_address("state", None, nowhere) == "127.0.0.1:50052"


def test_the_stack_lends_its_demo_provider(stack: dict[str, str]) -> None:
    sender = find_sender(environ=stack)
    assert (sender.provider_id, sender.token) == ("demo", "secret")
    assert sender.metadata == (("authorization", "Bearer secret"), ("scoreline-provider", "demo"))


def test_the_stacks_token_is_never_sent_in_another_providers_name(stack: dict[str, str]) -> None:
    with pytest.raises(NotFound) as caught:
        find_sender("acme", environ=stack)
    assert "secret" not in str(caught.value)
    assert find_sender("acme", "own", environ=stack).token == "own"


def test_without_credentials_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        find_sender(environ={"SCORELINE_DATA_DIR": str(tmp_path)})
    assert "SCORELINE_TOKEN" in str(caught.value)
    assert "make run" in nothing_listens("ingest", "127.0.0.1:1")
