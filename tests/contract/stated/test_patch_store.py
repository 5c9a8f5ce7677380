"""What every `PatchStore` promises, asked of the memory twin and of a real Redis through its Lua scripts."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from scoreline.runtime import redis_client
from scoreline.v1.state_pb2 import ScoreState
from scoreline.wire.names import game_key
from stated.memory_store import MemoryPatchStore
from stated.ports import (
    AlreadySeen,
    Commit,
    Committed,
    Conflict,
    KeptPatch,
    PatchStore,
    Standing,
    StoreUnavailable,
)
from stated.store import RedisPatchStore

BODY = ScoreState(status=2).SerializeToString()


def commit(number: int = 1, *, game_id: str = "g1", epoch: int = 100, patches: int = 1, **other) -> Commit:
    """The n-th commit of a game whose commits each hold one event and one patch."""
    base = number - 1
    return Commit(
        **{
            "game_id": game_id,
            "epoch": epoch,
            "base": base,
            "base_seen": number - 1,
            "version": base + patches,
            "creates": number == 1,
            "topic": 7,
            "body": BODY,
            "as_of_us": 1000 + number,
            "log_sequence": number,
            "lag_ms": 5,
            "cursors": b"\x00\xff",
            "digests": [f"d{number}"],
            "ledger": {f"k{number}": b"\x01\x80"},
            "events": [b"event %d" % number],
            "patches": [KeptPatch(base + i, b"frame %d" % (base + i)) for i in range(1, patches + 1)],
            "expire_s": 0,
        }
        | other
    )


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = redis_client.connect(redis_url)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> PatchStore:
    if request.param == "memory":
        return MemoryPatchStore()
    return RedisPatchStore(request.getfixturevalue("redis"))


@pytest.fixture
def redis_store(redis: Redis) -> RedisPatchStore:
    return RedisPatchStore(redis)


async def commit_one(store: PatchStore, one: Commit):
    return (await store.commit_batch([one]))[0]


async def test_unknown_game_has_no_state(store: PatchStore) -> None:
    assert await store.load(["g1"]) == {}
    assert await store.states(["g1"]) == {}
    assert await store.patches("g1") is None


async def test_committed_game_is_loaded_as_it_was_committed(store: PatchStore) -> None:
    assert await commit_one(store, commit(1)) == Committed(1)

    record = (await store.load(["g0", "g1"]))["g1"]

    assert (record.epoch, record.version, record.as_of_us, record.last_log_sequence) == (100, 1, 1001, 1)
    assert record.state == ScoreState(status=2)
    assert (record.ledger, record.seen, record.cursors) == ({"k1": b"\x01\x80"}, {"d1"}, b"\x00\xff")


async def test_readers_see_the_state_and_the_patches_that_lead_to_it(store: PatchStore) -> None:
    await store.commit_batch([commit(1), commit(2)])

    state, patches = await store.patches("g1") or pytest.fail("no state")

    assert (await store.states(["g1"]))["g1"] == state
    assert state == (100, 2, 7, BODY, 1002, 2, 5)
    assert patches == [KeptPatch(1, b"frame 1"), KeptPatch(2, b"frame 2")]


async def test_commits_of_a_batch_build_on_each_other(store: PatchStore) -> None:
    outcomes = await store.commit_batch([commit(1), commit(1, game_id="g2"), commit(2), commit(3)])

    assert outcomes == [Committed(1), Committed(1), Committed(2), Committed(3)]


async def test_same_commit_again_changes_nothing(store: PatchStore) -> None:
    await commit_one(store, commit(1))
    before = await store.patches("g1"), await store.load(["g1"])

    assert await commit_one(store, commit(1)) == AlreadySeen(1)

    assert (await store.patches("g1"), await store.load(["g1"])) == before


async def test_old_commit_after_newer_ones_is_seen_and_changes_nothing(store: PatchStore) -> None:
    await store.commit_batch([commit(1), commit(2)])

    assert await commit_one(store, commit(1)) == AlreadySeen(2)

    assert (await store.load(["g1"]))["g1"].version == 2


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"epoch": 99}, "another epoch"),
        ({"base": 0, "version": 1}, "an older version"),
        ({"base": 5, "version": 6}, "a version of the future"),
        ({"creates": True, "base": 0}, "a creation of what exists"),
        ({"digests": ["d1", "new"]}, "an event that was applied among new ones"),
        ({"base_seen": 0}, "a fold that does not know of an event applied"),
    ],
)
async def test_commit_that_does_not_fit_is_refused_whole(store: PatchStore, other: dict, why: str) -> None:
    await commit_one(store, commit(1))
    before = await store.patches("g1"), await store.load(["g1"])

    assert await commit_one(store, commit(2, **other)) == Conflict(100, 1), why

    assert (await store.patches("g1"), await store.load(["g1"])) == before


async def test_commit_on_a_lost_state_is_refused(store: PatchStore) -> None:
    assert await commit_one(store, commit(4)) == Conflict(0, 0)
    assert await store.load(["g1"]) == {}


async def test_commit_without_a_patch_keeps_the_version_and_remembers_its_event(store: PatchStore) -> None:
    await commit_one(store, commit(1))

    assert await commit_one(store, commit(2, patches=0)) == Committed(1)

    record = (await store.load(["g1"]))["g1"]
    assert (record.version, record.seen) == (1, {"d1", "d2"})


async def test_commit_that_does_not_know_of_an_event_without_a_patch_is_refused(store: PatchStore) -> None:
    """The version tells nothing of a retraction that is held back, and a goal must not count beside it."""
    await store.commit_batch([commit(1), commit(2, patches=0, ledger={"goal": b"taken back"})])

    unaware = commit(3, base=1, version=2, base_seen=1)
    assert await commit_one(store, unaware) == Conflict(100, 1)

    aware = commit(3, base=1, version=2, base_seen=2)
    assert await commit_one(store, aware) == Committed(2)


async def test_replacement_that_does_not_know_of_an_event_without_a_patch_is_refused(
    store: PatchStore,
) -> None:
    await store.commit_batch([commit(1), commit(2, patches=0)])

    assert await store.replace(commit(1, epoch=101), Standing(100, 1, 1)) == Conflict(100, 1)
    assert await store.replace(commit(1, epoch=101), Standing(100, 1, 2)) == Committed(1)


async def test_group_of_events_is_one_commit(store: PatchStore) -> None:
    group = commit(1, patches=3, digests=["a", "b", "c", "d"], events=[b"1", b"2", b"3", b"4"])

    assert await commit_one(store, group) == Committed(3)
    assert await commit_one(store, group) == AlreadySeen(3)

    assert (await store.load(["g1"]))["g1"].seen == {"a", "b", "c", "d"}


async def test_last_256_patches_are_kept(store: PatchStore) -> None:
    await store.commit_batch([commit(n) for n in range(1, 301)])

    _state, patches = await store.patches("g1") or pytest.fail("no state")

    assert [patch.version for patch in patches] == list(range(45, 301))


async def test_empty_ledger_value_removes_the_entry(store: PatchStore) -> None:
    await commit_one(store, commit(1))
    await commit_one(store, commit(2, ledger={"k1": b"", "k2": b"x"}))

    assert (await store.load(["g1"]))["g1"].ledger == {"k2": b"x"}


async def test_replacement_under_a_greater_epoch_leaves_nothing_of_the_old_state(store: PatchStore) -> None:
    await store.commit_batch([commit(1), commit(2), commit(3)])

    outcome = await store.replace(
        commit(1, epoch=101, digests=["x"], ledger={"k9": b"9"}, cursors=b"new"), Standing(100, 3, 3)
    )

    assert outcome == Committed(1)
    record = (await store.load(["g1"]))["g1"]
    assert (record.epoch, record.version, record.seen, record.ledger, record.cursors) == (
        *(101, 1),
        *({"x"}, {"k9": b"9"}, b"new"),
    )
    _state, patches = await store.patches("g1") or pytest.fail("no state")
    assert [patch.version for patch in patches] == [1]


async def test_replacement_of_nothing_creates(store: PatchStore) -> None:
    assert await store.replace(commit(1), Standing()) == Committed(1)
    assert await commit_one(store, commit(2)) == Committed(2)


async def test_replacement_repeated_is_answered_as_seen(store: PatchStore) -> None:
    await store.replace(commit(1), Standing())

    assert await store.replace(commit(1), Standing()) == AlreadySeen(1)


async def test_replacement_is_refused_when_somebody_wrote_meanwhile(store: PatchStore) -> None:
    await store.commit_batch([commit(1), commit(2)])

    assert await store.replace(commit(1, epoch=101), Standing(100, 1, 1)) == Conflict(100, 2)
    assert await store.replace(commit(1, epoch=101), Standing()) == Conflict(100, 2)


async def test_replacement_under_a_smaller_epoch_is_refused(store: PatchStore) -> None:
    await commit_one(store, commit(1))

    assert await store.replace(commit(1, epoch=99), Standing(100, 1, 1)) == Conflict(100, 1)


async def test_marks_of_built_partitions_are_remembered_for_one_life(store: PatchStore) -> None:
    life = (await store.built([])).life
    await store.mark_built(3, life)
    await store.mark_built(5, "an earlier life")

    assert await store.built([1, 3, 5]) == (life, {3})


async def test_last_50_events_are_kept_newest_first(redis_store: RedisPatchStore, redis: Redis) -> None:
    await redis_store.commit_batch([commit(n) for n in range(1, 61)])

    kept = await redis.lrange(game_key("g1", "recent"), 0, -1)

    assert kept == [b"event %d" % n for n in range(60, 10, -1)]


async def test_kept_patches_are_version_and_frame(redis_store: RedisPatchStore, redis: Redis) -> None:
    await redis_store.commit_batch([commit(1), commit(2)])

    assert await redis.lrange(game_key("g1", "patches"), 0, -1) == [
        b"\0\0\0\0\0\0\0\x02frame 2",
        b"\0\0\0\0\0\0\0\x01frame 1",
    ]


async def test_hot_state_expires_after_the_end_and_lives_on_when_corrected(
    redis_store: RedisPatchStore, redis: Redis
) -> None:
    keys = [game_key("g1", part) for part in ("state", "ledger", "seen", "recent", "patches")]
    await redis_store.commit_batch([commit(1)])
    assert [await redis.ttl(key) for key in keys] == [-1] * 5

    await redis_store.commit_batch([commit(2, expire_s=86_400)])
    assert all(86_390 < ttl <= 86_400 for ttl in [await redis.ttl(key) for key in keys])

    await redis_store.commit_batch([commit(3)])
    assert [await redis.ttl(key) for key in keys] == [-1] * 5


async def test_script_with_wrong_counts_writes_nothing(redis_store: RedisPatchStore, redis: Redis) -> None:
    keys = [game_key("g1", part) for part in ("state", "ledger", "seen", "recent", "patches")]
    for script, zeros in ((redis_store._commit, 18), (redis_store._replace, 16)):
        args = ["1"] * zeros  # says that one of each follows, and none does
        with pytest.raises(Exception, match="counts do not match"):
            await script.call(redis, keys, args)
    assert await redis.keys("*") == []


async def test_scripts_survive_a_server_that_forgot_them(redis_store: RedisPatchStore, redis: Redis) -> None:
    await redis_store.commit_batch([commit(1)])
    await redis.script_flush()

    assert await redis_store.commit_batch([commit(2), commit(3)]) == [Committed(2), Committed(3)]


async def test_store_that_is_down_says_so() -> None:
    store = RedisPatchStore(redis_client.connect("redis://127.0.0.1:1/0", timeout_s=0.2))
    for call in (store.load(["g"]), store.commit_batch([commit(1)]), store.states(["g"]), store.patches("g")):
        with pytest.raises(StoreUnavailable):
            await call
    with pytest.raises(StoreUnavailable):
        await store.replace(commit(1), Standing())


async def test_store_that_is_full_says_so_and_has_written_nothing(
    redis_store: RedisPatchStore, redis: Redis
) -> None:
    await redis_store.commit_batch([commit(1)])
    await redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(StoreUnavailable):
            await redis_store.commit_batch([commit(2)])
    finally:
        await redis.config_set("maxmemory", 0)
    assert (await redis_store.load(["g1"]))["g1"].version == 1
    assert await redis_store.commit_batch([commit(2)]) == [Committed(2)]
