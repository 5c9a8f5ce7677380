"""Events of the log end as state and patches, whatever dies and wherever it dies."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from scoreline.local import servers
from scoreline.runtime import redis_client
from scoreline.runtime.jetstream import NatsLink
from scoreline.testing.clock import ManualClock
from scoreline.v1.event_pb2 import EventAction
from scoreline.v1.state_pb2 import ScoreState
from scoreline.wire import names
from stated import metrics
from stated.app import now_us
from stated.core.game_fold import GameFold
from stated.effects import LiveGame, effects_of
from stated.event_log import logged_event
from stated.guardian import Guardian
from stated.ports import Commit, Standing
from tests.support import small_match
from tests.support.fold_rig import DEADLINE_S, FoldRig, Games

GAME = "g1"
FEED = small_match.half_match(goals=5)


async def expect_whole_match(rig: FoldRig, *, goals: tuple[int, int] = (3, 2)) -> ScoreState:
    """Every event was applied once, and the stream has every version once, in order."""
    stored = await rig.state()
    body = ScoreState.FromString(stored.body)
    assert (body.score.home, body.score.away) == goals
    published = await rig.published()
    assert published == [(stored.epoch, version) for version in range(1, stored.version + 1)]
    assert await rig.redis.scard(names.game_key(GAME, "seen")) == len(FEED)
    return body


async def test_events_become_state_and_patches_in_version_order(rig: FoldRig) -> None:
    """Given a match in the log, when it is folded, then state, patches and recent events say the same."""
    rig.catalog.put(small_match.game())
    await rig.publish(*FEED)

    rig.start(GAME)
    await rig.until_acked()

    body = await expect_whole_match(rig)
    assert body.period.on_break
    state, kept = await rig.store.patches(GAME) or pytest.fail("no state")
    assert [patch.version for patch in kept] == list(range(1, state.version + 1))
    assert state.topic == 7
    assert await rig.redis.llen(names.game_key(GAME, "recent")) == len(FEED)


async def test_patch_carries_the_receipt_and_the_trace_of_its_event(rig: FoldRig) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    rig.catalog.put(small_match.game())
    rig.start(GAME)
    event = small_match.kick_off()
    await rig.publish(event, traceparent=trace)
    await rig.until_acked()

    message = await rig.link.js.get_last_msg(names.PATCHES_STREAM, names.patch_subject(f"game/{GAME}"))

    stored = await rig.state()
    assert message.headers is not None
    assert message.headers["traceparent"].split("-")[1] == trace.split("-")[1]
    assert message.headers[names.Header.RECEIVED_US] == str(event.received_time.ToMicroseconds())
    assert message.headers[names.Header.CRITICAL] == "1"
    assert message.headers[names.Header.MESSAGE_ID] == f"game/{GAME}:{stored.epoch}:{stored.version}"


@pytest.mark.parametrize("line", ["before commit", "after commit"])
async def test_death_around_the_commit_skips_and_doubles_nothing(rig: FoldRig, line: str) -> None:
    """Given a process that dies there, when another one goes on, then each version was published once."""
    rig.catalog.put(small_match.game())
    await rig.publish(*FEED[:6])
    rig.store.dies = line
    rig.start(GAME, ack_wait_s=1.0)
    await rig.until_dead()
    assert await rig.published() == []

    rig.start(GAME, ack_wait_s=1.0)
    await rig.publish(*FEED[6:])
    await rig.until_acked()

    await expect_whole_match(rig)


@pytest.mark.parametrize("line", ["half-way through the publications", "after publication"])
async def test_death_around_the_publication_skips_and_doubles_nothing(rig: FoldRig, line: str) -> None:
    """Given a process that dies there, when another one goes on, then each version was published once."""
    rig.catalog.put(small_match.game())
    await rig.publish(*FEED[:6])
    rig.publisher.dies = line
    rig.start(GAME, ack_wait_s=1.0)
    await rig.until_dead()
    assert (await rig.state()).version > 0

    rig.start(GAME, ack_wait_s=1.0)
    await rig.publish(*FEED[6:])
    await rig.until_acked()

    await expect_whole_match(rig)


async def test_every_event_delivered_twice_changes_nothing(rig: FoldRig) -> None:
    """Given a log that holds each event twice, when it is folded, then each counts once."""
    rig.catalog.put(small_match.game())
    for event in (*FEED, *FEED):
        await rig.link.js.publish(names.event_subject(GAME), event.SerializeToString())

    rig.start(GAME)
    await rig.until_acked()

    await expect_whole_match(rig)


async def test_event_held_back_is_not_acked_before_it_is_applied(rig: FoldRig) -> None:
    """Given the third event before the second, when the process dies meanwhile, then nothing is lost."""
    rig.catalog.put(small_match.game())
    rig.now_us = lambda: 1_000_000  # patience never ends
    rig.start(GAME, ack_wait_s=1.0)
    await rig.publish(FEED[0], FEED[2], FEED[3])
    info = await rig.until(lambda: _one_acked(rig))
    assert info.num_ack_pending == 2
    await rig.stop()

    rig.start(GAME, ack_wait_s=1.0)
    await rig.publish(FEED[1], *FEED[4:])
    await rig.until_acked()

    await expect_whole_match(rig)


async def test_stop_gives_back_at_once_what_is_not_acked(rig: FoldRig) -> None:
    """Given an event that is held back, when the process stops, then the next one need not wait for it."""
    rig.catalog.put(small_match.game())
    rig.now_us = lambda: 1_000_000  # patience never ends
    rig.start(GAME, ack_wait_s=10 * DEADLINE_S)
    await rig.publish(FEED[0], FEED[2])
    await rig.until(lambda: _one_acked(rig))
    await rig.stop()

    rig.start(GAME, ack_wait_s=10 * DEADLINE_S)
    await rig.publish(FEED[1], *FEED[3:])
    await rig.until_acked()

    await expect_whole_match(rig)


async def _one_acked(rig: FoldRig):
    info = await rig.link.js.consumer_info(names.EVENTS_STREAM, names.fold_durable(names.partition_of(GAME)))
    return info if info.ack_floor and info.ack_floor.stream_seq == 1 and not info.num_pending else None


async def test_event_held_back_is_applied_when_patience_ends(rig: FoldRig) -> None:
    """Given a gap that is never filled, when its deadline passes, then the rest goes on without it."""
    rig.catalog.put(small_match.game())
    rig.start(GAME)
    await rig.publish(FEED[0], FEED[1], *FEED[3:])
    await rig.until_acked()

    body = ScoreState.FromString((await rig.state()).body)
    assert (body.score.home, body.score.away) == (3, 2)


async def test_a_replica_that_is_behind_gives_no_gap_up_that_the_log_fills_in_time(rig: FoldRig) -> None:
    """Given a gap whose event was received in time but stands far behind in the log,

    when a slow replica reads the log, more than the window's time passing between its turns,
    then the gap is filled in its place and nothing is late.
    """
    rig.catalog.put(small_match.game())
    missing, last = 2, 260
    in_time = [small_match.play(number) for number in range(missing + 1, last + 1)]
    await rig.publish(small_match.kick_off(), *in_time)
    filling = small_match.play(missing)
    filling.received_time.CopyFrom(in_time[0].received_time)
    await rig.publish(filling)
    clock = ManualClock(now_us=1_000_000)
    rig.now_us = clock
    consumer = rig.build(names.partition_of(GAME))
    batches = rig.pulls[names.partition_of(GAME)].batches()
    turns = read = 0
    while read < last:
        messages = await anext(batches)
        await consumer.turn(messages)
        turns, read = turns + 1, read + len(messages)
        clock.now_us += 600_000
    await batches.aclose()
    assert turns > 1, "the gap was open from one turn to the next"

    info = await rig.link.js.stream_info(names.OPS_STREAM, subjects_filter=f"scoreline.ops.*.{GAME}")
    assert not info.state.subjects


async def test_what_a_killed_process_had_in_hand_is_folded_at_once_and_in_its_place(rig: FoldRig) -> None:
    """Given a process that dies with events unacked, which come again only after a long ack wait,

    when another starts and newer events arrive,
    then the match is whole long before that, and nothing was late.
    """
    rig.catalog.put(small_match.game())
    rig.start(GAME, ack_wait_s=600.0)
    await rig.publish(*FEED[:2])
    await rig.until_acked()
    rig.store.dies = "before commit"
    await rig.publish(*FEED[2:4])
    await rig.until_dead()

    rig.start(GAME, ack_wait_s=600.0)
    await rig.publish(*FEED[4:])

    async def whole() -> bool:
        return await rig.redis.scard(names.game_key(GAME, "seen")) == len(FEED)

    await rig.until(whole)
    await expect_whole_match(rig)
    info = await rig.link.js.stream_info(names.OPS_STREAM, subjects_filter=f"scoreline.ops.*.{GAME}")
    assert not info.state.subjects


async def test_other_writer_is_noticed_and_nothing_is_lost(rig: FoldRig, link, redis) -> None:
    """Given two processes that fold the same game, when they collide, then each event counts once."""
    other = FoldRig(link, redis)
    for one in (rig, other):
        one.catalog.put(small_match.game())
        one.start(GAME, ack_wait_s=2.0)
    try:
        for event in FEED:
            await rig.publish(event)
        await rig.until_acked()
        await expect_whole_match(rig)
    finally:
        await other.stop()


async def test_commit_of_another_process_makes_ours_a_conflict_and_nothing_counts_twice(rig: FoldRig) -> None:
    """Given an event that another process folded, when ours folds on, then it goes on from there."""
    rig.catalog.put(small_match.game())
    rig.start(GAME)
    await rig.publish(*FEED[:4])
    await rig.until_acked()
    record = (await rig.store.load([GAME]))[GAME]
    fold = GameFold(small_match.game(), record)
    other = LiveGame(
        small_match.game(), fold, record.epoch, record.version, seen=len(record.seen), created=True
    )
    steps = other.fold.offer(
        logged_event(5, names.event_subject(GAME), FEED[4].SerializeToString()), now_us()
    )
    made = effects_of(other, steps, lambda _sequence: None, 86_400)
    assert made.commit is not None
    await rig.store.commit_batch([made.commit])

    refused = _refused_commits()
    await rig.publish(*FEED[4:])
    await rig.until_acked()

    assert _refused_commits() > refused
    await expect_whole_match(rig)


async def test_retraction_that_another_process_holds_back_is_not_overlooked(rig: FoldRig) -> None:
    """Given a goal taken back before it came, which another process noted, when the goal comes to ours,

    then it does not count: the note gave the state no new version, and still our fold is out of date.
    """
    rig.catalog.put(small_match.game())
    rig.start(GAME)
    await rig.publish(FEED[0])
    await rig.until_acked()
    record = (await rig.store.load([GAME]))[GAME]
    fold = GameFold(small_match.game(), record)
    other = LiveGame(
        small_match.game(), fold, record.epoch, record.version, seen=len(record.seen), created=True
    )
    goal, taken_back = small_match.goal(3), small_match.goal(3)
    taken_back.action, taken_back.sequence = EventAction.EVENT_ACTION_RETRACT, 2
    logged = logged_event(99, names.event_subject(GAME), taken_back.SerializeToString())
    made = effects_of(other, other.fold.offer(logged, now_us()), lambda _sequence: None, 86_400)
    assert made.commit is not None
    assert not made.commit.patches
    await rig.store.commit_batch([made.commit])

    await rig.publish(goal)
    await rig.until_acked()

    body = ScoreState.FromString((await rig.state()).body)
    assert (body.score.home, body.score.away) == (0, 0)


def _refused_commits() -> float:
    # Alone in its batch, an event is answered as seen before; with others, as a conflict.
    return sum(metrics.commit_conflicts.labels(kind)._value.get() for kind in ("AlreadySeen", "Conflict"))


async def test_state_created_during_a_rebuild_is_not_taken_for_the_rebuilt_one(
    rig: FoldRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given another process that creates the state under the same epoch, then nothing is lost."""
    rig.catalog.put(small_match.game())
    rig.now_us = lambda: 1_000_000_000_000_000  # the second, and so the epoch, is the same for both
    await rig.publish(*FEED)
    replace = rig.store.replace

    async def beaten(commit: Commit, found: Standing):
        monkeypatch.setattr(rig.store, "replace", replace)
        fold = GameFold(small_match.game(), None)
        other = LiveGame(small_match.game(), fold, commit.epoch, version=0, seen=0, created=False)
        first = logged_event(1, names.event_subject(GAME), FEED[0].SerializeToString())
        made = effects_of(other, fold.offer(first, now_us()), lambda _sequence: None, 0)
        assert made.commit is not None
        await rig.store.commit_batch([made.commit])
        return await replace(commit, found)

    monkeypatch.setattr(rig.store, "replace", beaten)
    rig.start(GAME)
    await rig.consumers[names.partition_of(GAME)].rebuild(small_match.game())
    await rig.until_acked()

    body = ScoreState.FromString((await rig.state()).body)
    assert (body.score.home, body.score.away) == (3, 2)


async def test_flushed_redis_is_rebuilt_under_a_new_epoch_with_the_same_state(rig: FoldRig) -> None:
    """Given a game in memory, when Redis loses it and an event comes, then the log gives it back."""
    rig.catalog.put(small_match.game())
    rig.start(GAME)
    await rig.publish(*FEED[:8])
    await rig.until_acked()
    before = await rig.state()

    await rig.redis.flushdb()
    await rig.publish(*FEED[8:])
    await rig.until_acked()

    after = await rig.state()
    assert after.epoch > before.epoch
    body = ScoreState.FromString(after.body)
    assert (body.score.home, body.score.away) == (3, 2)
    assert await rig.redis.scard(names.game_key(GAME, "seen")) == len(FEED)
    published = await rig.published()
    assert published[-1] == (after.epoch, after.version)


async def test_rebuild_gives_the_same_state_under_a_greater_epoch(rig: FoldRig) -> None:
    rig.catalog.put(small_match.game())
    rig.start(GAME)
    await rig.publish(*FEED)
    await rig.until_acked()
    before = await rig.state()

    rebuilt = await rig.consumers[names.partition_of(GAME)].rebuild(small_match.game())

    after = await rig.state()
    assert rebuilt.events_folded == len(FEED)
    assert after.epoch > before.epoch
    assert ScoreState.FromString(after.body) == ScoreState.FromString(before.body)
    assert (await rig.published())[-1] == (after.epoch, after.version)

    await rig.publish(small_match.goal(len(FEED) + 1, minute=45))
    await rig.until_acked()
    assert ScoreState.FromString((await rig.state()).body).score.home == 4


async def test_redis_older_than_the_patches_that_viewers_saw_is_rebuilt(rig: FoldRig) -> None:
    """Given a Redis that came back from a backup, when the game is loaded, then the log decides."""
    rig.catalog.put(small_match.game())
    rig.start(GAME)
    await rig.publish(*FEED[:4])
    await rig.until_acked()
    backup = {key: await rig.redis.dump(key) for key in await rig.redis.keys("*")}
    await rig.publish(*FEED[4:])
    await rig.until_acked()
    before = await rig.state()
    await rig.stop()

    await rig.redis.flushdb()
    for key, value in backup.items():
        await rig.redis.restore(key, 0, value)
    rig.start(GAME)
    await rig.consumers[names.partition_of(GAME)].rebuild(small_match.game())

    after = await rig.state()
    assert after.epoch > before.epoch
    assert ScoreState.FromString(after.body) == ScoreState.FromString(before.body)


async def test_games_beyond_the_cache_are_loaded_again(rig: FoldRig) -> None:
    """Given a cache of one game, when many take turns, then all come out right."""
    games = [f"g{n}" for n in range(12)]
    for n, game_id in enumerate(games):
        rig.catalog.put(small_match.game(game_id, topic=n + 1))
    rig.start(*games, games_cached=1)
    feeds = [small_match.half_match(game_id) for game_id in games]

    for events in zip(*feeds, strict=True):
        await rig.publish(*events)
    for game_id in games:
        await rig.until_acked(game_id)

    for game_id in games:
        stored = await rig.state(game_id)
        body = ScoreState.FromString(stored.body)
        assert (body.score.home, body.score.away) == (2, 1)
        assert await rig.published(game_id) == [(stored.epoch, v) for v in range(1, stored.version + 1)]


async def test_event_at_which_the_engine_raises_is_given_up_and_blocks_nobody(
    rig: FoldRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a bug at one event, when it was tried enough, then it is recorded and the rest folded."""
    offer = GameFold.offer

    def raising(self: GameFold, logged, now_us):
        if logged.event.event_id == "e3":
            raise ZeroDivisionError("a bug")
        return offer(self, logged, now_us)

    monkeypatch.setattr(GameFold, "offer", raising)
    other = next(f"o{n}" for n in range(100) if names.partition_of(f"o{n}") == names.partition_of(GAME))
    rig.catalog.put(small_match.game())
    rig.catalog.put(small_match.game(other, topic=8))
    await rig.publish(*FEED, *small_match.half_match(other))

    rig.start(GAME, attempts=2)
    await rig.until_acked()

    assert ScoreState.FromString((await rig.state(other)).body).score.home == 2
    assert ScoreState.FromString((await rig.state()).body).score.home == 3
    note = await rig.link.js.get_last_msg(names.OPS_STREAM, names.ops_subject("poison", GAME))
    assert b'"event_id":"e3"' in (note.data or b"")


async def test_event_of_an_unknown_game_is_given_up_and_blocks_nobody(rig: FoldRig) -> None:
    rig.catalog.put(small_match.game())
    other = next(f"o{n}" for n in range(100) if names.partition_of(f"o{n}") == names.partition_of(GAME))
    await rig.publish(small_match.kick_off(1, other), *FEED)

    rig.start(GAME, attempts=2)
    await rig.until_acked()

    await expect_whole_match(rig)
    assert await rig.link.js.get_last_msg(names.OPS_STREAM, names.ops_subject("poison", other))


async def test_message_that_is_no_event_of_its_game_is_dropped_and_blocks_nobody(rig: FoldRig) -> None:
    """Given bytes in the log that ingestd would never store, when they are read, then the match counts."""
    rig.catalog.put(small_match.game())
    for trick in ("' OR 1=1 --", "../g1", "other", "a b"):
        stray = small_match.goal(1)
        stray.game_id = trick
        await rig.link.js.publish(names.event_subject(GAME), stray.SerializeToString())
    await rig.link.js.publish(names.event_subject(GAME), b"\xff\xff\xff")
    await rig.publish(*FEED)

    rig.start(GAME)
    await rig.until_acked()
    await expect_whole_match(rig)

    rebuilt = await rig.consumers[names.partition_of(GAME)].rebuild(small_match.game())
    assert rebuilt.events_folded == len(FEED)


async def test_what_operators_should_know_is_recorded(rig: FoldRig) -> None:
    """Given a play that comes after its place has passed, when it is folded, then it is noted only."""
    rig.catalog.put(small_match.game())
    rig.start(GAME)
    await rig.publish(FEED[0], FEED[1], *FEED[3:])
    await rig.until_acked()

    await rig.publish(FEED[2])
    await rig.until_acked()

    info = await rig.link.js.stream_info(names.OPS_STREAM, subjects_filter=f"scoreline.ops.*.{GAME}")
    assert set(info.state.subjects or {}) == {names.ops_subject("stale_late", GAME)}


async def test_roster_that_grows_during_the_match_reaches_the_viewers(rig: FoldRig) -> None:
    """Given a player registered after the kick-off, when he scores, then patches alone tell his name."""
    rig.catalog.put(small_match.game())
    rig.start(GAME)
    await rig.publish(FEED[0])
    await rig.until_acked()

    grown = small_match.game()
    late = grown.roster.add(roster_number=3, player_id="h9", name="Late Comer", side=1)
    rig.catalog.put(grown)
    rig.consumers[names.partition_of(GAME)].register(grown)
    scored = small_match.goal(2)
    scored.player_id = late.player_id
    await rig.publish(scored)
    await rig.until_acked()

    body = ScoreState.FromString((await rig.state()).body)
    assert body.sheet.roster[3].name == "Late Comer"
    assert [entry.player for entry in body.key_events.values()] == [3]


async def test_roster_that_grows_while_the_game_is_loaded_is_not_missed(
    rig: FoldRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a game that is being loaded, when it is registered anew, then the fold takes the new entry."""
    rig.catalog.put(small_match.game())
    grown = small_match.game()
    late = grown.roster.add(roster_number=3, player_id="h9", name="Late Comer", side=1)
    load = rig.store.load

    async def overtaken(game_ids: Sequence[str]):
        monkeypatch.setattr(rig.store, "load", load)
        rig.catalog.put(grown)
        rig.consumers[names.partition_of(GAME)].register(grown)
        return await load(game_ids)

    monkeypatch.setattr(rig.store, "load", overtaken)
    rig.start(GAME)
    await rig.publish(FEED[0])
    await rig.until_acked()
    scored = small_match.goal(2)
    scored.player_id = late.player_id
    await rig.publish(scored)
    await rig.until_acked()

    body = ScoreState.FromString((await rig.state()).body)
    assert body.sheet.roster[3].name == "Late Comer"


async def test_redis_that_came_back_older_is_noticed_without_any_event(
    link: NatsLink, redis_url: str, tmp_path: Path
) -> None:
    """Given a Redis that lost its last writes at a restart, when no event comes, then the log decides."""
    server = servers.start_redis(tmp_path, tmp_path)
    rig = FoldRig(link, redis_client.connect(server.url))
    rig.catalog.put(small_match.game())
    rig.start(GAME)
    partition = names.partition_of(GAME)
    guardian = Guardian(
        rig.consumers, rig.store, rig.log, Games(rig.catalog), now_us=now_us, restored_age_s=3600
    )
    try:
        await guardian.look()
        await rig.publish(*FEED[:4])
        await rig.until_acked()
        shutil.copytree(tmp_path / "redis", tmp_path / "earlier")
        await rig.publish(*FEED[4:])
        await rig.until_acked()
        before = await rig.state()

        server.child.kill()
        shutil.rmtree(tmp_path / "redis")
        (tmp_path / "earlier").rename(tmp_path / "redis")
        await asyncio.to_thread(server.restart)
        assert (await rig.state()).version < before.version
        async with asyncio.timeout(DEADLINE_S):
            await guardian.look()

        after = await rig.state()
        assert after.epoch > before.epoch
        assert ScoreState.FromString(after.body) == ScoreState.FromString(before.body)
        assert (await rig.store.built([partition])).partitions == {partition}
    finally:
        await rig.stop()
        await rig.redis.aclose()
        server.child.stop()
