"""When which event of which game is sent."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoreline.cli.schedule import Disorder, Due, Script, as_if_now, as_recorded, schedule
from scoreline.feeds.adapter import TimedEvent
from scoreline.v1.event_pb2 import FeedOrdering, GameEvent
from scoreline.v1.game_pb2 import Game, GameProvider
from scoreline.v1.state_pb2 import GameStatus

ORDER = Disorder()


def script(game_id: str, offsets: list[float], *, complete: bool = True) -> Script:
    game = Game(game_id=game_id, providers=[GameProvider(provider_id="demo", external_game_id="x")])
    events = tuple(
        TimedEvent(
            offset_s,
            GameEvent(
                event_id=str(number),
                sequence=number,
                ordering=FeedOrdering.FEED_ORDERING_CONTIGUOUS,
            ),
        )
        for number, offset_s in enumerate(offsets, 1)
    )
    return Script(f"{game_id}.json", game, None, events, complete)


def ids(dues: list[Due]) -> list[str]:
    return [f"{'ab'[due.game_index]}{due.event.event_id}" for due in dues]


def test_games_are_interleaved_by_time() -> None:
    dues = list(schedule([script("a", [0, 10, 20]), script("b", [0, 5, 15])], None, ORDER))
    assert ids(dues) == ["a1", "b1", "b2", "a2", "b3", "a3"]


def test_a_speed_divides_the_waiting() -> None:
    assert [due.due_s for due in schedule([script("a", [0, 30, 90])], 60, ORDER)] == [0, 0.5, 1.5]


def test_events_of_one_instant_keep_their_order() -> None:
    assert ids(list(schedule([script("a", [0, 0, 0, 0])], 1, ORDER))) == ["a1", "a2", "a3", "a4"]


def test_nothing_is_held_but_one_event_of_each_game() -> None:
    def endless():
        offset_s = 0.0
        while True:
            yield TimedEvent(offset_s, GameEvent())
            offset_s += 1

    one = script("a", [0])
    lazy = [Script(one.source, one.game, None, endless(), complete=False) for _ in range(2)]
    dues = schedule(lazy, None, ORDER)
    assert [next(dues).due_s for _ in range(6)] == [0, 0, 1, 1, 2, 2]


@given(
    offsets=st.lists(st.floats(0, 100), min_size=1, max_size=40).map(sorted),
    speed=st.sampled_from([None, 1.0, 60.0]),
    window_ms=st.integers(0, 500),
    share=st.sampled_from([0.0, 0.3, 1.0]),
    seed=st.integers(0, 5),
)
def test_disorder_loses_nothing_and_stays_within_its_window(
    offsets: list[float], speed: float | None, window_ms: int, share: float, seed: int
) -> None:
    scripts = [script("a", offsets), script("b", offsets)]
    dues = list(schedule(scripts, speed, Disorder(window_ms, share, seed)))
    assert {id(due.event) for due in dues} == {id(event) for one in scripts for _, event in one.events}
    assert all(before.due_s <= after.due_s for before, after in pairwise(dues))
    if speed is not None:
        assert all(-1e-9 <= due.due_s - due.offset_s / speed <= window_ms / 1000 + 1e-9 for due in dues)
    assert dues == list(schedule(scripts, speed, Disorder(window_ms, share, seed)))


def test_disorder_really_shuffles_and_doubles() -> None:
    offsets = [float(number) for number in range(200)]
    dues = list(schedule([script("a", offsets)], None, Disorder(300, 0.3, 1)))
    sent = [int(due.event.event_id) for due in dues]
    assert sent != sorted(sent)
    assert 230 < len(sent) < 290


def test_another_game_does_not_change_the_disorder_of_the_first() -> None:
    first = script("a", [float(number) for number in range(50)])
    other = script("b", [float(number) for number in range(50)])
    alone = [due.event.event_id for due in schedule([first], 1, Disorder(5_000, 0.2, 7))]
    along = [due for due in schedule([first, other], 1, Disorder(5_000, 0.2, 7)) if due.game_index == 0]
    assert [due.event.event_id for due in along] == alone


def test_a_recording_without_times_counts_from_the_registered_start() -> None:
    game = Game(game_id="g")
    game.scheduled_time.FromJsonString("2018-06-30T14:00:00Z")
    [due] = schedule([script("a", [90.5])], None, ORDER)
    event = as_recorded(due, game)
    assert (event.game_id, event.occurred_time.ToJsonString()) == ("g", "2018-06-30T14:01:30.500Z")
    event.occurred_time.FromJsonString("2018-06-30T15:00:00Z")
    again = as_recorded(due._replace(event=event), game)
    assert again.occurred_time == event.occurred_time


def test_a_paced_replay_happens_at_the_planned_instant_now() -> None:
    [due] = schedule([script("a", [120.0])], 60, ORDER)
    event = as_if_now(due, Game(game_id="g"), 1_000_000_000_000, 60)
    assert event.occurred_time.ToMicroseconds() == 1_000_002_000_000


def test_renaming_leaves_the_original_alone() -> None:
    original = script("a", [0])
    renamed = original.renamed("b", "b-external")
    assert (renamed.game_id, renamed.game.providers[0].external_game_id) == ("b", "b-external")
    assert original.game_id == "a"


def test_a_game_that_its_file_leaves_open_can_be_closed() -> None:
    closed = script("a", [0, 5], complete=False).abandoned_at_the_end()
    last = closed.events[-1]
    assert last.event.status_changed.status == GameStatus.GAME_STATUS_ABANDONED
    assert (last.offset_s, last.event.sequence) == (5, 3)
    finished = script("a", [0, 5])
    assert finished.abandoned_at_the_end() is finished


@pytest.mark.parametrize(("offsets", "length_s"), [([], 0), ([0, 7.5], 7.5)])
def test_a_game_is_as_long_as_its_last_event_is_late(offsets: list[float], length_s: float) -> None:
    assert script("a", offsets).length_s == length_s
