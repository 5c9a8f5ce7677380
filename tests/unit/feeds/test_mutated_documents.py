"""Whatever is done to a document, an adapter answers with a translation or with the place at fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.core.validation import check_envelope, check_facts, fixture
from scoreline.feeds.adapter import Malformed, Translation
from scoreline.feeds.formats import ADAPTERS, format_names
from tests.support.feeds import FIXTURES

#: Where the fixtures of a format are, if not in the folder of its name.
_FOLDERS = {"scoreline": "scoreline_facts"}
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["1H", "P", "PT00M00.00S", "PT99M59.99S", "45+2", "-1", "1e9", "Made", "game", "end", 101, 102]
    )
)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
everything = pytest.mark.parametrize("adapter", ADAPTERS, ids=format_names())


def documents_of(adapter, pattern: str = "*.*") -> list[bytes]:
    folder = FIXTURES / _FOLDERS.get(adapter.name, adapter.name.replace("-", "_"))
    return [path.read_bytes() for path in sorted(folder.glob(pattern))]


def with_documents(*patterns: str) -> pytest.MarkDecorator:
    """Parametrize over the adapters that have fixtures of such names."""
    found = [one for one in ADAPTERS if any(documents_of(one, pattern) for pattern in patterns)]
    return pytest.mark.parametrize("adapter", found, ids=[one.name for one in found])


def test_every_format_has_fixtures() -> None:
    assert not [adapter.name for adapter in ADAPTERS if not documents_of(adapter)]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of a document."""
    found = []
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            found.append((value, key))
            found.extend(places(inner))
    return found


def assert_answered(adapter, document: bytes) -> None:
    """What is translated is also fit to be sent: ingestd finds no field of it impossible."""
    result = adapter.parse(document, provider_id="demo")
    if isinstance(result, Malformed):
        assert result.message
        return
    assert isinstance(result, Translation)
    for game in result.games:
        for _, event in game.events:
            event.SerializeToString()
            assert check_envelope(event, "demo", 4e9) is None
            refusal = check_facts(event, fixture(game.game), "demo")
            # How late a clock may be is the rule book's word, not the format's.
            assert refusal is None or refusal.field == "event.time.elapsed_ms", refusal


@with_documents("*.json")
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_changed_value_never_crashes_an_adapter(adapter, data: st.DataObject) -> None:
    root = json.loads(data.draw(st.sampled_from(documents_of(adapter, "*.json"))))
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(root)))
        if data.draw(st.booleans()):
            container[key] = data.draw(_JSON)
        else:
            del container[key]
        if not places(root):
            break
    assert_answered(adapter, json.dumps(root).encode())


@with_documents("*.csv", "*.EVN", "*.xml", "*.ndjson")
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_changed_lines_never_crash_an_adapter(adapter, data: st.DataObject) -> None:
    document = data.draw(
        st.sampled_from([one for one in documents_of(adapter) if one not in documents_of(adapter, "*.json")])
    )
    lines = document.decode().splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        values = lines[at].split(",")
        values[data.draw(st.integers(0, len(values) - 1))] = str(
            data.draw(_SCALARS | st.sampled_from(values))
        )
        lines[at] = ",".join(values)
        if data.draw(st.booleans()):
            lines.insert(data.draw(st.integers(0, len(lines))), lines[at])
    assert_answered(adapter, "\n".join(lines).encode(errors="replace"))


@everything
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_truncated_or_broken_document_never_crashes_an_adapter(adapter, data: st.DataObject) -> None:
    document = bytearray(data.draw(st.sampled_from(documents_of(adapter))))
    at = data.draw(st.integers(0, len(document) - 1))
    if data.draw(st.booleans()):
        del document[at:]
    else:
        document[at] = data.draw(st.integers(0, 255))
    assert_answered(adapter, bytes(document))


@everything
@settings(max_examples=100, deadline=None)
@given(root=_JSON)
def test_any_json_is_answered(adapter, root: Any) -> None:
    assert_answered(adapter, json.dumps(root).encode())
