from itertools import pairwise

import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from hypothesis import given
from hypothesis import strategies as st

from scoreline.domain.patch import KEY_EVENTS_KEPT, Unpatchable, diff, is_empty, merge, merge_into, trim
from scoreline.v1.state_pb2 import GameSheet, GameStatus, KeyEvent, Period, Score, ScoreState


def state(home: int = 0, keys: range = range(0), status: int = 2) -> ScoreState:
    made = ScoreState(status=GameStatus.Name(status), score=Score(home=home, away=0))
    for key in keys:
        made.key_events[key].CopyFrom(KeyEvent(kind=1, player=key, elapsed_s=key))
    return made


def test_equal_states_differ_by_nothing() -> None:
    assert is_empty(diff(state(1, range(3)), state(1, range(3))))


def test_a_patch_holds_only_what_changed() -> None:
    assert diff(state(0), state(1)) == ScoreState(score=Score(home=1))


def test_nought_is_a_value_that_a_patch_can_set() -> None:
    patch = diff(state(1), state(0))
    assert patch.score.HasField("home")
    assert merge(state(1), patch) == state(0)


def test_the_clock_running_no_more_is_a_value_too() -> None:
    before, after = state(), state()
    before.clock.running = True
    after.clock.running = False
    assert diff(before, after).clock.HasField("running")


def test_a_message_that_appears_comes_whole_even_when_it_is_empty() -> None:
    after = state()
    after.period.SetInParent()
    assert merge(state(), diff(state(), after)) == after


def test_a_timeline_entry_is_replaced_whole() -> None:
    before, after = state(keys=range(1, 3)), state(keys=range(1, 3))
    after.key_events[2].Clear()
    after.key_events[2].voided = True
    patch = diff(before, after)
    assert list(patch.key_events) == [2]
    assert merge(before, patch) == after


def test_a_map_of_anything_but_timeline_lines_can_not_lose_an_entry() -> None:
    before = GameSheet()
    before.roster[1].name = "A"
    with pytest.raises(Unpatchable, match=r"^GameSheet.roster was removed"):
        diff(before, GameSheet())
    after = GameSheet()
    after.roster[2].name = "B"
    with pytest.raises(Unpatchable, match=r"^GameSheet.roster\[1\] was removed"):
        diff(before, after)


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        (ScoreState(uncertain=True), ScoreState(), "ScoreState.uncertain"),
        (ScoreState(period=Period(ordinal=1)), ScoreState(), "ScoreState.period"),
        (ScoreState(score=Score(home=1)), ScoreState(score=Score(away=1)), "Score.home"),
    ],
)
def test_a_removal_is_refused_by_the_name_of_the_field(
    before: ScoreState, after: ScoreState, field: str
) -> None:
    with pytest.raises(Unpatchable) as refused:
        diff(before, after)
    assert refused.value.field == field
    assert str(refused.value) == f"{field} was removed; say it with an explicit value instead"


def test_a_oneof_can_not_change_its_arm() -> None:
    before, after = ScoreState(), ScoreState()
    before.football.stoppage_minutes = 1
    after.basketball.possession = 1
    with pytest.raises(Unpatchable):
        diff(before, after)


def test_entries_that_every_reader_trims_cost_nothing() -> None:
    before = state(keys=range(1, KEY_EVENTS_KEPT + 1))
    after = state(keys=range(2, KEY_EVENTS_KEPT + 2))
    patch = diff(before, after)
    assert list(patch.key_events) == [KEY_EVENTS_KEPT + 1]
    assert merge(before, patch) == after


def test_a_line_lost_from_a_timeline_that_is_not_full_is_refused() -> None:
    with pytest.raises(Unpatchable):
        diff(state(keys=range(1, 6)), state(keys=range(2, 6)))


def test_a_map_of_plain_values_is_patched_entry_by_entry() -> None:
    before, after = (
        ErrorInfo(metadata={"a": "1", "b": "2"}),
        ErrorInfo(metadata={"a": "1", "b": "3", "c": "4"}),
    )
    patch = diff(before, after)
    assert dict(patch.metadata) == {"b": "3", "c": "4"}
    assert merge(before, patch) == after


def test_only_the_lines_with_the_largest_keys_are_kept() -> None:
    full = state(keys=range(1, 60))
    trim(full)
    assert sorted(full.key_events) == list(range(10, 60))


def test_a_short_timeline_is_left_alone() -> None:
    short = state(keys=range(1, 4))
    trim(short)
    assert sorted(short.key_events) == [1, 2, 3]


def test_merging_leaves_what_it_was_given_as_it_was() -> None:
    before = state(0)
    merge(before, ScoreState(score=Score(home=4)))
    assert before == state(0)


def test_any_message_can_be_merged_not_only_a_state() -> None:
    score = Score(home=1)
    merge_into(score, Score(away=2))
    assert score == Score(home=1, away=2)


def test_bytes_put_end_to_end_are_the_merge() -> None:
    before, after = state(1, range(1, 5)), state(2, range(1, 7))
    patch = diff(before, after)
    assert ScoreState.FromString(before.SerializeToString() + patch.SerializeToString()) == after


@st.composite
def histories(draw: st.DrawFn) -> list[ScoreState]:
    """States in which nothing is ever removed, as a game's are."""
    count = draw(st.integers(2, 6))
    made, keys = [], draw(st.integers(0, 70))
    for _ in range(count):
        one = ScoreState(status=draw(st.sampled_from([1, 2, 4])), uncertain=draw(st.booleans()))
        one.score.home, one.score.away = draw(st.integers(0, 300)), draw(st.integers(0, 300))
        one.clock.as_of_ds = draw(st.integers(-(2**40), 2**40))
        one.football.home.fouls = draw(st.integers(0, 40))
        one.sheet.home.name = draw(st.sampled_from(["A", "B"]))
        for key in range(max(1, keys - KEY_EVENTS_KEPT + 1), keys + 1):
            one.key_events[key].kind = draw(st.sampled_from([1, 2])) if key > keys - 3 else 1
        keys += draw(st.integers(0, 3))
        made.append(one)
    return made


@given(histories())
def test_merging_a_difference_gives_the_new_state(history: list[ScoreState]) -> None:
    for old, new in pairwise(history):
        assert merge(old, diff(old, new)) == new


@given(histories(), st.data())
def test_patches_may_be_merged_in_any_grouping(history: list[ScoreState], data: st.DataObject) -> None:
    patches = [diff(old, new) for old, new in pairwise(history)]
    while len(patches) > 1:
        at = data.draw(st.integers(0, len(patches) - 2))
        patches[at : at + 2] = [merge(patches[at], patches[at + 1])]
    assert merge(history[0], patches[0]) == history[-1]
