"""The pure pieces of stated's edges: missing patches, page tokens, settings."""

import pytest

from scoreline.runtime.settings import SettingsError, load
from scoreline.wire.reasons import ScorelineError
from stated import page_tokens
from stated.event_log import LastPatch, NotAnEvent, logged_event
from stated.loader import missing_patches
from stated.ports import KeptPatch
from stated.settings import StatedSettings
from tests.support.small_match import kick_off

KEPT = [KeptPatch(version, b"") for version in range(4, 9)]


@pytest.mark.parametrize(
    ("last", "versions"),
    [
        (None, [4, 5, 6, 7, 8]),
        (LastPatch(100, 6), [7, 8]),
        (LastPatch(100, 8), []),
        (LastPatch(99, 20), [8]),
    ],
)
def test_missing_are_the_patches_behind_the_last_published_one(
    last: LastPatch | None, versions: list[int]
) -> None:
    assert [patch.version for patch in missing_patches(100, last, KEPT)] == versions


def test_nothing_is_missing_where_nothing_is_kept() -> None:
    assert missing_patches(100, LastPatch(99, 1), []) == []


@pytest.mark.parametrize("key", [(0, "g1"), (-5, "a-b"), (2**62, "Z")])
def test_token_leads_back_to_its_key(key: tuple[int, str]) -> None:
    assert page_tokens.decode_timed(page_tokens.encode(key)) == key


def test_empty_token_begins_before_everything() -> None:
    assert page_tokens.decode_timed("") < (-(2**62), "0")
    assert page_tokens.decode_id("") == ""


@pytest.mark.parametrize("token", ["!", "e30", "WzFd", "é", "W10", "bnVsbA", "WzEsIlx1MDAwMCJd", "a" * 5])
def test_token_of_nobody_is_refused(token: str) -> None:
    for decode in (page_tokens.decode_timed, page_tokens.decode_id):
        with pytest.raises(ScorelineError) as caught:
            decode(token)
        assert caught.value.field == "page_token"


def test_page_of_more_than_a_thousand_is_refused() -> None:
    assert (page_tokens.page_size(0), page_tokens.page_size(1000)) == (100, 1000)
    with pytest.raises(ScorelineError) as caught:
        page_tokens.page_size(1001)
    assert caught.value.field == "page_size"


def test_event_must_be_of_the_game_that_its_subject_names() -> None:
    body = kick_off().SerializeToString()
    assert logged_event(5, "scoreline.events.1.g1", body).log_sequence == 5
    for subject in ("scoreline.events.1.g2", "scoreline.events.1.*"):
        with pytest.raises(NotAnEvent):
            logged_event(5, subject, body)
    with pytest.raises(NotAnEvent):
        logged_event(5, "scoreline.events.1.g1", b"\xff")


def test_partitions_are_named_or_all() -> None:
    assert load(StatedSettings, {}).owned == list(range(16))
    assert load(StatedSettings, {"STATED_PARTITIONS_OWNED": "3, 1,3"}).owned == [1, 3]


@pytest.mark.parametrize("text", ["16", "a", "1,,2", "-1", "none"])
def test_partitions_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="STATED_PARTITIONS_OWNED"):
        load(StatedSettings, {"STATED_PARTITIONS_OWNED": text})
