"""What holds for every course a game may take; the examples stand in the tests of each module."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from scoreline.domain.patch import merge, merge_into
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.state_pb2 import GameStatus, ScoreState
from stated.core.game_fold import GameFold
from stated.core.game_sum import GameSum
from stated.core.steps import Applied, Duplicate, LoggedEvent, Step
from stated.core.transitions import FINAL, LIVE, OFFICIAL, STATUS_FOLLOWS
from tests.unit.stated.feeds import SPORTS, feeds, fixture
from tests.unit.stated.match import CONTIGUOUS, MONOTONIC, RETRACT, Feed, Folder, folded

#: Few examples each run, since all run on every change; no deadline, since machines are shared.
BRIEFLY = settings(max_examples=40, deadline=None)

FEEDS = SPORTS.flatmap(lambda sport: st.tuples(st.just(sport), feeds(sport)))
CONTIGUOUS_FEEDS = SPORTS.flatmap(lambda sport: st.tuples(st.just(sport), feeds(sport, ordering=CONTIGUOUS)))


def snapshot(fold: GameFold) -> ScoreState:
    copy = ScoreState()
    copy.CopyFrom(fold.state)
    return copy


def without_relics(state: ScoreState) -> ScoreState:
    """Return the state without what no merge can remove: a shoot-out taken back stands at 0-0."""
    copy = ScoreState()
    copy.CopyFrom(state)
    copy.ClearField("reporting")
    if not (copy.score.home_shootout or copy.score.away_shootout):
        copy.score.ClearField("home_shootout")
        copy.score.ClearField("away_shootout")
    return copy


def play_of(state: ScoreState) -> ScoreState:
    """Return what facts move, without the timeline."""
    copy = without_relics(state)
    copy.ClearField("key_events")
    return copy


def patches(steps: Sequence[Step]) -> list[ScoreState]:
    return [step.patch for step in steps if isinstance(step, Applied) and step.patch is not None]


@BRIEFLY
@given(FEEDS)
def test_patches_merged_into_the_opening_give_the_state(made: tuple[str, list[GameEvent]]) -> None:
    sport, events = made
    folder = Folder(fixture(sport))
    reader = snapshot(folder.fold)
    folder.offer(*events)
    folder.finish()
    for patch in patches(folder.steps):
        merge_into(reader, patch)
    assert reader == folder.fold.state
    assert folder.fold.version == len(patches(folder.steps))


@BRIEFLY
@given(FEEDS, st.data())
def test_patches_of_a_game_may_be_merged_in_any_grouping(
    made: tuple[str, list[GameEvent]], data: st.DataObject
) -> None:
    sport, events = made
    opening = snapshot(GameFold(fixture(sport)))
    folder = folded(events, fixture(sport))
    grouped = patches(folder.steps)
    while len(grouped) > 1:
        at = data.draw(st.integers(0, len(grouped) - 2))
        grouped[at : at + 2] = [merge(grouped[at], grouped[at + 1])]
    for patch in grouped:
        merge_into(opening, patch)
    assert opening == folder.fold.state


@BRIEFLY
@given(FEEDS)
def test_carrying_the_state_on_gives_what_summing_it_up_anew_gives(made: tuple[str, list[GameEvent]]) -> None:
    sport, events = made
    folder = folded(events, fixture(sport))
    total: GameSum = folder.fold._sum
    remembered = total._refold(len(total._ledger.ordered))
    for entry in total._ledger.ordered:
        entry.after = None
    anew = total._refold()
    assert anew.state == remembered.state == total.board.play
    assert anew.changed == []


@BRIEFLY
@given(CONTIGUOUS_FEEDS, st.randoms(use_true_random=False))
def test_any_order_within_the_window_gives_the_same_state_and_timeline(made, random) -> None:  # type: ignore[no-untyped-def]
    sport, events = made
    shuffled = list(events)
    random.shuffle(shuffled)
    straight, mixed = folded(events, fixture(sport)), folded(shuffled, fixture(sport))
    assert mixed.fold.state == straight.fold.state
    assert mixed.fold.held == 0


@BRIEFLY
@given(
    SPORTS.flatmap(
        lambda sport: st.tuples(st.just(sport), feeds(sport, ordering=MONOTONIC, corrections=False))
    ),
    st.randoms(use_true_random=False),
)
def test_a_monotonic_feed_in_any_order_gives_the_same_score_and_counters(made, random) -> None:  # type: ignore[no-untyped-def]
    sport, events = made
    shuffled = list(events)
    random.shuffle(shuffled)
    straight, mixed = folded(events, fixture(sport)), folded(shuffled, fixture(sport))
    for state in (a := snapshot(straight.fold), b := snapshot(mixed.fold)):
        # The clock may have been set right by a fact that came late and so proved nothing; who had the ball
        # before anybody knew that the game had begun is lost; a line may be struck that was only shown while
        # what forbids its fact was missing.
        state.ClearField("clock")
        if state.HasField("basketball"):
            state.basketball.ClearField("possession")
        if state.HasField("american_football"):
            for name in ("possession", "down", "distance", "yards_to_goal"):
                state.american_football.ClearField(name)
        lines = sorted(
            line.SerializeToString(deterministic=True)
            for line in state.key_events.values()
            if not line.voided
        )
        state.ClearField("key_events")
        state.sheet.competition = repr(lines)
    assert without_relics(a) == without_relics(b)


@BRIEFLY
@given(FEEDS, st.randoms(use_true_random=False))
def test_events_delivered_again_change_nothing(made, random) -> None:  # type: ignore[no-untyped-def]
    sport, events = made
    folder = Folder(fixture(sport))
    straight = folded(events, fixture(sport))
    delivered: list[GameEvent] = []
    for event in events:
        delivered.append(event)
        again = random.choice(delivered)
        folder.offer(event, again)
    folder.finish()
    assert folder.fold.state == straight.fold.state
    assert folder.fold.version == straight.fold.version
    assert len(folder.steps) == 2 * len(events)
    assert sum(isinstance(step, Duplicate) for step in folder.steps) >= len(events)


@BRIEFLY
@given(FEEDS)
def test_every_event_becomes_one_step_in_the_end(made: tuple[str, list[GameEvent]]) -> None:
    sport, events = made
    folder = folded(events, fixture(sport))
    assert sorted(step.logged.log_sequence for step in folder.steps) == list(range(1, len(events) + 1))


@BRIEFLY
@given(FEEDS, st.data())
def test_a_fold_restored_from_its_record_goes_on_as_the_original(
    made: tuple[str, list[GameEvent]], data: st.DataObject
) -> None:
    sport, events = made
    cut = data.draw(st.integers(0, len(events)))
    folder = Folder(fixture(sport))
    folder.offer(*events[:cut])
    record = folder.fold.record()
    record.state = ScoreState.FromString(record.state.SerializeToString())
    restored = GameFold(fixture(sport), record)
    assert restored.record() == folder.fold.record()
    steps: list[tuple[Step, ...]] = []
    for event in events[cut:]:
        logged, now = folder.logged(event), folder.now_us
        steps.append((*folder.fold.offer(logged, now), *restored.offer(logged, now)))
    assert all(len(pair) % 2 == 0 and pair[: len(pair) // 2] == pair[len(pair) // 2 :] for pair in steps)
    assert restored.record() == folder.fold.record()


@BRIEFLY
@given(FEEDS)
def test_the_ledger_of_the_steps_is_the_ledger_of_the_record(made: tuple[str, list[GameEvent]]) -> None:
    sport, events = made
    folder = folded(events, fixture(sport))
    stored: dict[str, bytes] = {}
    for step in folder.steps:
        if not isinstance(step, Duplicate):
            stored.update(step.ledger)
    assert stored == folder.fold.record().ledger


@BRIEFLY
@given(FEEDS)
def test_no_illegal_transition_is_reachable_but_by_a_correction(made: tuple[str, list[GameEvent]]) -> None:
    sport, events = made
    folder = Folder(fixture(sport))
    for event in events:
        before = snapshot(folder.fold)
        steps = folder.offer(event)
        after = folder.fold.state.status
        corrected = any(isinstance(step, Applied) and (step.corrected or step.notes) for step in steps)
        if after == before.status or corrected or len(steps) != 1:
            continue
        if event.HasField("game_conceded"):
            assert after == FINAL  # even of a game that never began
            continue
        assert after in STATUS_FOLLOWS[before.status], event
        if before.status in (FINAL, OFFICIAL):
            assert after != LIVE


@BRIEFLY
@given(FEEDS)
def test_the_score_goes_down_only_by_a_correction(made: tuple[str, list[GameEvent]]) -> None:
    sport, events = made
    folder = Folder(fixture(sport))
    before = snapshot(folder.fold).score
    for step in (step for event in events for step in folder.offer(event)):
        if isinstance(step, Applied) and step.patch is not None:
            score = step.patch.score
            down = (score.HasField("home") and score.home < before.home) or (
                score.HasField("away") and score.away < before.away
            )
            assert step.corrected or not down
            before.MergeFrom(score)


@BRIEFLY
@given(
    SPORTS.flatmap(
        lambda sport: st.tuples(
            st.just(sport),
            feeds(sport, ordering=MONOTONIC, corrections=False, max_size=25),
            feeds(sport, max_size=1),
        )
    ),
    st.data(),
)
def test_taking_back_what_came_last_restores_the_state_before_it(made, data) -> None:  # type: ignore[no-untyped-def]
    sport, events, _ = made
    folder = Folder(fixture(sport))
    folder.offer(*events[:-1])
    before = snapshot(folder.fold)
    (step,) = folder.offer(events[-1])
    stub = GameEvent()
    stub.CopyFrom(events[-1])
    stub.action = RETRACT
    stub.ClearField("detail")
    folder.offer(stub)
    after = folder.fold.state
    if isinstance(step, Applied) and "~clock" not in step.ledger and "~possession" not in step.ledger:
        assert play_of(after) == play_of(before)
    new = set(after.key_events) - set(before.key_events)
    assert all(after.key_events[key].voided for key in new)


@settings(max_examples=2, deadline=None)
@given(st.data())
def test_two_hundred_interleaved_games_equal_two_hundred_separate_ones(data: st.DataObject) -> None:
    random = data.draw(st.randoms(use_true_random=False))
    sports = [random.choice(["football", "basketball"]) for _ in range(200)]
    games = [fixture(sport, f"g{n}") for n, sport in enumerate(sports)]
    template = {
        sport: data.draw(feeds(sport, ordering=CONTIGUOUS, max_size=20))
        for sport in ("football", "basketball")
    }
    streams = []
    for made, sport in zip(games, sports, strict=True):
        own = [GameEvent() for _ in template[sport]]
        for event, model in zip(own, template[sport], strict=True):
            event.CopyFrom(model)
            event.game_id = made.game_id
        random.shuffle(own)
        streams.append(own)
    separate = [folded(stream, made).fold.state for stream, made in zip(streams, games, strict=True)]
    folders = [Folder(made) for made in games]
    turns = [n for n, stream in enumerate(streams) for _ in stream]
    random.shuffle(turns)
    waiting = [iter(stream) for stream in streams]
    for n in turns:
        folders[n].offer(next(waiting[n]))
    for folder in folders:
        folder.finish()
    assert [folder.fold.state for folder in folders] == separate


def test_a_rebuild_from_the_log_gives_the_same_state_and_ledger() -> None:
    feed = Feed(CONTIGUOUS)
    events = [feed.start(), feed.goal(1, player="h1"), feed.goal(2, 700), feed.end(), feed.start(ordinal=2)]
    events.append(feed.retract(events[1]))
    events.append(feed.status(GameStatus.GAME_STATUS_FINAL))
    live = Folder()
    log: list[LoggedEvent] = []
    for event in (events[i] for i in (1, 0, 2, 4, 3, 6, 5)):
        live.now_us += 10_000
        log.append(live.logged(event))
        live.fold.offer(log[-1], live.now_us)
    live.finish()
    rebuilt = GameFold(live.game)
    for logged in log:
        rebuilt.offer(logged, logged.received_us)
    rebuilt.release(log[-1].received_us + 10**9)
    assert rebuilt.record() == live.fold.record()
