"""What a topic answers to those who come back."""

import itertools

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoreline.domain.patch import diff, merge
from scoreline.domain.position import Position
from scoreline.domain.topic_log import (
    Appended,
    CatchUp,
    Gap,
    OtherEpoch,
    SnapshotNeeded,
    Stale,
    TopicLog,
    Unreadable,
    UpToDate,
)
from scoreline.v1.frame_pb2 import Heartbeat, ServerFrame
from scoreline.v1.game_pb2 import Team
from scoreline.v1.state_pb2 import KEY_EVENT_KIND_GOAL, ScoreState
from scoreline.wire.frames import encode_patch, encode_snapshot

TOPIC = 7
NAME = "game/g1"
EPOCH = 100


def sheet() -> ScoreState:
    state = ScoreState()
    state.sheet.home.name = "A team with a long name, so that a snapshot is larger than a patch"
    state.sheet.away.name = "Another team with a name of the same kind, for the same reason again"
    return state


def log_at(version: int, body: ScoreState | None = None, *, kept: int = 256) -> TopicLog:
    log = TopicLog(TOPIC, NAME, frames_kept=kept)
    log.reset(Position(EPOCH, version), body if body is not None else sheet())
    return log


def goals(home: int) -> ScoreState:
    patch = ScoreState()
    patch.score.home = home
    return patch


def apply(state: ScoreState, version: int, frame: bytes) -> tuple[ScoreState, int]:
    """Do what a client does with a frame."""
    parsed = ServerFrame.FromString(frame)
    if parsed.HasField("snapshot"):
        return parsed.snapshot.game, parsed.snapshot.position.version
    assert version + 1 + parsed.patch.span == parsed.patch.version
    return merge(state, parsed.patch.game), parsed.patch.version


def test_a_frame_that_follows_is_appended():
    log = log_at(3)
    assert log.append(encode_patch(TOPIC, 4, goals(1)), EPOCH, as_of_us=5) == Appended(3, 4)
    assert log.position == Position(EPOCH, 4)
    assert log.body.score.home == 1
    assert log.as_of_us == 5


@pytest.mark.parametrize("version", [1, 3])
def test_a_frame_that_was_seen_is_stale(version):
    assert log_at(3).append(encode_patch(TOPIC, version, goals(1)), EPOCH) == Stale()


def test_a_missing_frame_is_a_gap():
    log = log_at(3)
    assert log.append(encode_patch(TOPIC, 5, goals(1)), EPOCH) == Gap(3)
    assert log.position.version == 3


def test_a_merged_frame_that_begins_here_is_no_gap():
    assert log_at(3).append(encode_patch(TOPIC, 6, goals(1), span=2), EPOCH) == Appended(3, 6)


def test_a_later_epoch_is_told_and_an_earlier_one_is_stale():
    log = log_at(3)
    assert log.append(encode_patch(TOPIC, 1, goals(1)), EPOCH + 1) == OtherEpoch(EPOCH + 1)
    assert log.append(encode_patch(TOPIC, 4, goals(1)), EPOCH - 1) == Stale()


@pytest.mark.parametrize(
    "frame",
    [b"\xff\xff", b"", ServerFrame(heartbeat=Heartbeat()).SerializeToString(), encode_patch(8, 4, goals(1))],
)
def test_what_is_no_patch_of_this_topic_is_unreadable_and_changes_nothing(frame):
    log = log_at(3)
    assert isinstance(log.append(frame, EPOCH), Unreadable)
    assert log.position == Position(EPOCH, 3)


def test_a_patch_without_a_body_only_counts():
    log = log_at(3)
    frame = ServerFrame()
    frame.patch.topic, frame.patch.version = TOPIC, 4
    assert log.append(frame.SerializeToString(), EPOCH) == Appended(3, 4)
    assert log.body == sheet()


def test_a_body_that_no_topic_has_is_refused_loudly():
    with pytest.raises(AssertionError, match="no body of a topic"):
        TopicLog(TOPIC, NAME).reset(Position(1, 1), Team())


def test_patches_without_bodies_are_merged_too():
    log = log_at(3)
    for version in (4, 5):
        frame = ServerFrame()
        frame.patch.topic, frame.patch.version = TOPIC, version
        log.append(frame.SerializeToString(), EPOCH)
    answer = log.catch_up(Position(EPOCH, 3))
    assert isinstance(answer, CatchUp)
    assert (answer.span, answer.patch.WhichOneof("body")) == (1, None)


def test_a_body_of_another_kind_is_unreadable():
    log = log_at(3)
    log._arm = "plays"  # as a topic of a later kind would have it
    assert isinstance(log.append(encode_patch(TOPIC, 4, goals(1)), EPOCH), Unreadable)


def test_invented_positions_are_not_remembered():
    log = log_at(3)
    for version in range(1000, 2000):
        log.catch_up(Position(EPOCH, version))
    assert not log._catch_ups


def test_a_reader_at_the_same_position_is_up_to_date():
    assert log_at(3).catch_up(Position(EPOCH, 3)) == UpToDate()


@pytest.mark.parametrize(
    "position",
    [
        None,
        Position(EPOCH, 0),
        Position(EPOCH - 1, 3),
        Position(EPOCH, 2),
        Position(EPOCH, 4),
        Position(0, 0),
    ],
    ids=["newcomer", "nothing yet", "other epoch", "too old", "ahead of us", "zero"],
)
def test_a_reader_that_cannot_be_patched_gets_a_snapshot(position):
    answer = log_at(3).catch_up(position)
    assert isinstance(answer, SnapshotNeeded)
    snapshot = ServerFrame.FromString(answer.frame).snapshot
    assert (snapshot.topic, snapshot.name, snapshot.position.version) == (TOPIC, NAME, 3)
    assert snapshot.game == sheet()


def test_one_missed_frame_is_sent_as_it_was_published():
    log = log_at(3)
    frame = encode_patch(TOPIC, 4, goals(1))
    log.append(frame, EPOCH)
    answer = log.catch_up(Position(EPOCH, 3))
    assert isinstance(answer, CatchUp)
    assert answer.frame is frame
    assert log.frame_to(4) is frame


def test_several_missed_frames_are_merged_once_for_everybody():
    log = log_at(3)
    for version in range(4, 8):
        log.append(encode_patch(TOPIC, version, goals(version)), EPOCH)
    first = log.catch_up(Position(EPOCH, 4))
    assert isinstance(first, CatchUp)
    assert (first.span, first.patch.version, first.patch.game) == (2, 7, goals(7))
    assert log.catch_up(Position(EPOCH, 4)) is first
    log.append(encode_patch(TOPIC, 8, goals(8)), EPOCH)
    assert log.catch_up(Position(EPOCH, 4)) is not first


def test_a_snapshot_is_sent_where_it_is_smaller():
    log = log_at(1, ScoreState())
    for version in range(2, 30):
        patch = ScoreState()
        patch.key_events[1].player = version
        patch.key_events[1].kind = KEY_EVENT_KIND_GOAL
        patch.score.home = version
        log.append(encode_patch(TOPIC, version, patch), EPOCH)
    log.name = "g"  # the shortest snapshot carries a name and an epoch that a patch does not
    assert isinstance(log.catch_up(Position(EPOCH, 1)), CatchUp)
    # A topic that was reset keeps frames that say more than its state: a forged case, but sizes decide.
    log.reset(Position(EPOCH, 29), ScoreState(), frames=[log.frame_to(v) or b"" for v in range(2, 30)])
    assert isinstance(log.catch_up(Position(EPOCH, 1)), SnapshotNeeded)


def test_a_topic_that_is_merged_into_without_end_keeps_its_size():
    log, process, version = log_at(1, kept=8), psutil.Process(), 1

    def play(patches: int) -> int:
        nonlocal version
        for _ in range(patches):
            version += 1
            patch = goals(version)
            for key in range(50):
                patch.key_events[key].player = version * 1000 + key
                patch.key_events[key].elapsed_s = version % 5400
            log.append(encode_patch(TOPIC, version, patch), EPOCH)
        return process.memory_info().rss

    before = play(1000)
    assert play(15_000) - before < 12 << 20
    assert log.body.score.home == version
    assert len(log.body.key_events) == 50


def test_a_position_inside_a_merged_frame_gets_a_snapshot():
    log = log_at(3)
    log.append(encode_patch(TOPIC, 6, goals(1), span=2), EPOCH)
    assert isinstance(log.catch_up(Position(EPOCH, 4)), SnapshotNeeded)


def test_only_the_last_frames_are_kept():
    log = log_at(1, kept=3)
    for version in range(2, 8):
        log.append(encode_patch(TOPIC, version, goals(version)), EPOCH)
    assert isinstance(log.catch_up(Position(EPOCH, 4)), CatchUp)
    assert isinstance(log.catch_up(Position(EPOCH, 3)), SnapshotNeeded)
    assert log.frame_to(2) is None
    assert log.frame_to(99) is None


def test_a_loaded_tail_serves_those_who_come_back():
    frames = [encode_patch(TOPIC, version, goals(version)) for version in range(2, 6)]
    # A newer one than the state (committed between two reads), one of another topic and garbage do no harm.
    tail = [b"\xff", encode_patch(9, 5, goals(9)), *frames, encode_patch(TOPIC, 6, goals(6))]
    log = TopicLog(TOPIC, NAME)
    log.reset(Position(EPOCH, 5), merge(sheet(), goals(5)), frames=tail)
    answer = log.catch_up(Position(EPOCH, 1))
    assert isinstance(answer, CatchUp)
    assert (answer.span, answer.patch.version) == (3, 5)


def test_a_broken_tail_is_kept_only_behind_the_break():
    tail = [encode_patch(TOPIC, version, goals(version)) for version in (2, 3, 5, 6)]
    log = TopicLog(TOPIC, NAME)
    log.reset(Position(EPOCH, 6), sheet(), frames=tail)
    assert isinstance(log.catch_up(Position(EPOCH, 4)), CatchUp)
    assert isinstance(log.catch_up(Position(EPOCH, 3)), SnapshotNeeded)


def test_a_tail_longer_than_the_ring_is_cut():
    tail = [encode_patch(TOPIC, version, goals(version)) for version in range(1, 8)]
    log = TopicLog(TOPIC, NAME, frames_kept=2)
    log.reset(Position(EPOCH, 7), sheet(), frames=tail)
    assert isinstance(log.catch_up(Position(EPOCH, 5)), CatchUp)
    assert isinstance(log.catch_up(Position(EPOCH, 4)), SnapshotNeeded)


def test_the_snapshot_is_what_the_wire_module_encodes():
    log = TopicLog(TOPIC, NAME)
    log.reset(Position(EPOCH, 5), sheet(), as_of_us=1_500_000)
    expected = encode_snapshot(TOPIC, NAME, Position(EPOCH, 5), sheet(), 1_500_000)
    assert ServerFrame.FromString(log.snapshot()) == ServerFrame.FromString(expected)
    assert log.snapshot() is log.snapshot()


changes = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.dictionaries(st.integers(1, 80), st.integers(0, 3), max_size=8),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


def states_from(steps: list[tuple[int, dict[int, int], bool]]) -> list[ScoreState]:
    states = [sheet()]
    for home, entries, uncertain in steps:
        patch = goals(home)
        patch.uncertain = uncertain
        for key, player in entries.items():
            patch.key_events[key].player = player
        states.append(merge(states[-1], patch))
    return states


@given(changes, st.data())
@settings(max_examples=150, deadline=None)
def test_a_client_that_comes_back_at_any_version_ends_with_the_state_of_the_server(steps, data):
    states = states_from(steps)
    log = TopicLog(TOPIC, NAME, frames_kept=data.draw(st.integers(1, 50), label="kept"))
    log.reset(Position(EPOCH, 1), states[0])
    clients = [(states[0], 1)]
    for version, (old, new) in enumerate(itertools.pairwise(states), start=2):
        assert log.append(encode_patch(TOPIC, version, diff(old, new)), EPOCH) == Appended(
            version - 1, version
        )
        clients.append((new, version))
    for state, version in clients:
        answer = log.catch_up(Position(EPOCH, version))
        if isinstance(answer, UpToDate):
            assert version == log.position.version
        else:
            state, version = apply(state, version, answer.frame)
        assert (state, version) == (log.body, log.position.version)
        assert state == states[-1]


@given(changes)
@settings(max_examples=100, deadline=None)
def test_the_merged_patch_is_the_merge_in_turn(steps):
    states = states_from(steps)
    log = log_at(1, states[0])
    in_turn = ScoreState()
    for version, (old, new) in enumerate(itertools.pairwise(states), start=2):
        patch = diff(old, new)
        in_turn = merge(in_turn, patch)
        log.append(encode_patch(TOPIC, version, patch), EPOCH)
    answer = log.catch_up(Position(EPOCH, 1))
    if isinstance(answer, CatchUp):
        assert answer.patch.game == in_turn
