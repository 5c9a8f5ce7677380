"""The client against the real gateway with real NATS and Redis: whatever happens, it ends equal."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from scoreline.v1.frame_pb2 import Notice, ServerFrame
from scoreline.v1.state_pb2 import KeyEventKind, ScoreState
from scoreline_client import ConnectionState, Following, ScorelineClient, UnknownGame, Update
from scoreline_client.backoff import Backoff
from scoreline_client.follower import Follower, Step
from tests.integration.client.cable import Cable
from tests.integration.client.publisher import Publisher, publisher_to

QUICK = Backoff(base_s=0.05, cap_s=0.2)
SEED = 20181113
_numbers = itertools.count(1)


class Pushd:
    """The gateway as a process of its own, always on the same port."""

    def __init__(self, nats_url: str, redis_url: str, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._ready_file = folder / "ready.json"
        self._log = folder / "pushd.log"
        self._environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PUSHD_")},
            "PUSHD_NATS_URL": nats_url,
            "PUSHD_REDIS_URL": redis_url,
            "PUSHD_STATE_ADDRESS": "",
            "PUSHD_HTTP_PORT": str(self.port),
            "PUSHD_GRPC_PORT": "0",
            "PUSHD_READY_FILE": str(self._ready_file),
            "PUSHD_HEARTBEAT_S": "1",
            "PUSHD_DRAIN_S": "1",
            "PUSHD_RETRY_AFTER_S": "0.5",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._ready_file.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pushd"], env=self._environ, stdout=log, stderr=log
            )
        deadline_s = time.monotonic() + 20
        while not self._ready_file.exists():
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise AssertionError(f"pushd did not start:\n{self._log.read_text()[-3000:]}")
            time.sleep(0.02)
        assert self.port in json.loads(self._ready_file.read_text())["ports"].values()

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(15)


@pytest.fixture(scope="module")
def pushd(nats_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pushd]:
    service = Pushd(nats_url, redis_url, tmp_path_factory.mktemp("pushd"))
    try:
        service.start()
        yield service
    finally:
        service.stop()


@pytest.fixture
async def publisher(nats_url: str, redis_url: str) -> AsyncIterator[Publisher]:
    async with publisher_to(nats_url, redis_url) as connected:
        yield connected


@pytest.fixture
async def cable(pushd: Pushd) -> AsyncIterator[Cable]:
    made = Cable(pushd.port)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def game(publisher: Publisher) -> str:
    """A registered game of this test's own."""
    game_id = f"match-{os.getpid()}-{next(_numbers)}"
    await publisher.register(game_id)
    return game_id


class Recorder(list[str]):
    """The kinds of the frames that clients received, in order."""

    def __init__(self) -> None:
        super().__init__()
        self._more = asyncio.Event()

    def add(self, kind: str) -> None:
        self.append(kind)
        self._more.set()

    async def until(self, kind: str, times: int = 1) -> None:
        async with asyncio.timeout(15):
            while self.count(kind) < times:
                self._more.clear()
                await self._more.wait()


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    kinds = Recorder()
    receive = Follower.receive

    def recording(follower: Follower, frame: ServerFrame) -> Step:
        kinds.add(str(frame.WhichOneof("frame")))
        if frame.HasField("notice"):
            kinds.add(Notice.NoticeKind.Name(frame.notice.kind))
        return receive(follower, frame)

    monkeypatch.setattr(Follower, "receive", recording)
    return kinds


def a_match(length: int) -> Iterator[ScoreState]:
    """Yield patches of a match that never was: scores, clocks, entries, voided entries."""
    dice = random.Random(SEED)
    yield ScoreState(status=2, score={"home": 0, "away": 0}, sheet={"roster": {1: {"name": "A"}}})
    for number in range(1, length):
        patch = ScoreState()
        match dice.randrange(4):
            case 0:
                patch.clock.elapsed_ds, patch.clock.running = number * 10, bool(number % 3)
            case 1:
                patch.score.home = number
            case 2:
                patch.key_events[number].kind = KeyEventKind.KEY_EVENT_KIND_GOAL
                patch.key_events[number].player = dice.randrange(1, 23)
            case _:
                voided = patch.key_events[max(1, number - dice.randrange(1, 30))]
                voided.kind, voided.voided = KeyEventKind.KEY_EVENT_KIND_GOAL, True
        yield patch


async def caught_up(following: Following, publisher: Publisher) -> Update:
    """Read on until the follower stands where the publisher does."""
    target = publisher.positions[following.game_id]
    if following.latest is not None and following.latest.position == target:
        return following.latest
    async with asyncio.timeout(20):
        async for update in following:
            if update.position == target:
                return update
    raise AssertionError("the iteration ended")


def assert_equal(update: Update, publisher: Publisher) -> None:
    expected = publisher.states[update.game_id]
    assert update.state.SerializeToString(deterministic=True) == expected.SerializeToString(
        deterministic=True
    )


def client_of(url: str, **options: Any) -> ScorelineClient:
    return ScorelineClient(url, **{"backoff": QUICK, "poll_interval_s": 0.2, **options})


async def test_late_dropped_slow_and_polling_clients_all_end_equal(
    pushd: Pushd, publisher: Publisher, cable: Cable, game: str
) -> None:
    """Given a running match and four kinds of clients, when it ends, then all hold the publisher's bytes."""
    walled = Cable(pushd.port)
    walled.carries_websockets = False
    await walled.start()
    direct = f"ws://127.0.0.1:{pushd.port}"
    patches = a_match(300)
    await publisher.commit(game, next(patches))
    async with client_of(direct) as steady, client_of(cable.url) as dropped, client_of(walled.url) as polling:
        followings = [steady.follow(game), dropped.follow(game), polling.follow(game)]
        slow = steady.follow(game)
        for following in [*followings, slow]:
            async with asyncio.timeout(20):
                await anext(following)
        late: ScorelineClient | None = None
        for number, patch in enumerate(patches):
            await publisher.commit(game, patch)
            if number % 60 == 30:
                cable.cut()
            if number == 150:
                late = await client_of(direct).__aenter__()
                followings.append(late.follow(game))
        assert late is not None
        for following in [*followings, slow]:
            assert_equal(await caught_up(following, publisher), publisher)
        assert polling.connection is ConnectionState.POLLING
        assert cable.upgrades > 1
        await late.close()
    await walled.stop()


async def test_dropped_client_resumes_by_its_position_with_one_merged_patch_and_no_snapshot(
    publisher: Publisher, cable: Cable, game: str, frames: Recorder
) -> None:
    """Given a client at a position, when it comes back later, then the gateway sends one patch that fits."""
    patches = list(a_match(60))
    await publisher.commit(game, patches[0])
    async with client_of(cable.url) as client:
        following = client.follow(game)
        await caught_up(following, publisher)
        assert "snapshot" in frames
        cable.carries_websockets = False
        cable.cut()
        for patch in patches[1:]:
            await publisher.commit(game, patch)
        frames.clear()
        cable.carries_websockets = True
        assert_equal(await caught_up(following, publisher), publisher)
    told = [kind for kind in frames if kind in ("subscribed", "snapshot", "patch")]
    assert told == ["subscribed", "patch"]


async def test_client_that_missed_nothing_gets_nothing_again(
    publisher: Publisher, cable: Cable, game: str, frames: Recorder
) -> None:
    """Given a client that is up to date, when it comes back, then it goes on with the next patch."""
    await publisher.commit(game, ScoreState(score={"home": 1}))
    async with client_of(cable.url) as client:
        following = client.follow(game)
        await caught_up(following, publisher)
        frames.clear()
        cable.cut()
        await frames.until("subscribed")
        await publisher.commit(game, ScoreState(score={"home": 2}))
        assert_equal(await caught_up(following, publisher), publisher)
    assert [kind for kind in frames if kind in ("subscribed", "snapshot", "patch")] == ["subscribed", "patch"]


async def test_quiet_connection_lives_on_heartbeats(
    publisher: Publisher, cable: Cable, game: str, frames: Recorder
) -> None:
    """Given a game in which nothing happens, when only heartbeats come, then the connection stays."""
    await publisher.commit(game, ScoreState(score={"home": 1}))
    async with client_of(cable.url) as client:
        following = client.follow(game)
        await caught_up(following, publisher)
        await frames.until("heartbeat", times=4)
        await publisher.commit(game, ScoreState(score={"home": 2}))
        assert_equal(await caught_up(following, publisher), publisher)
        assert abs(client.server_clock.offset_s) < 1
    assert cable.upgrades == 1


async def test_squeezed_client_is_told_and_gets_merged_patches(
    publisher: Publisher, cable: Cable, game: str, frames: Recorder
) -> None:
    """Given a client whose line is stuck, when it flows again, then it gets what is new, merged."""
    published = 800
    await publisher.commit(game, ScoreState(score={"home": 0}))
    async with client_of(cable.url) as client:
        following = client.follow(game)
        await caught_up(following, publisher)
        cable.squeeze()
        for number in range(1, published):
            # Large patches fill the kernel's buffers between the two, which are not small.
            body = ScoreState(score={"home": number}, sheet={"competition": f"{number:08d}" * 1024})
            await publisher.commit(game, body)
        frames.clear()
        cable.release()
        assert_equal(await caught_up(following, publisher), publisher)
    assert "NOTICE_KIND_SLOW" in frames
    assert frames.count("patch") < published - 100


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_gateway_restarted_in_the_middle_leaves_every_client_right(
    pushd: Pushd, publisher: Publisher, game: str, how: str
) -> None:
    """Given followers and pollers, when the gateway goes and comes back, then all end equal."""
    patches = a_match(200)
    await publisher.commit(game, next(patches))
    url = f"ws://127.0.0.1:{pushd.port}"
    async with client_of(url) as client:
        following = client.follow(game)
        await anext(following)
        for patch in itertools.islice(patches, 100):
            await publisher.commit(game, patch)
        await asyncio.to_thread(pushd.stop if how == "stop" else pushd.kill)
        for patch in itertools.islice(patches, 50):
            await publisher.commit(game, patch)
        await asyncio.to_thread(pushd.start)
        for patch in patches:
            await publisher.commit(game, patch)
        assert_equal(await caught_up(following, publisher), publisher)
        async with asyncio.timeout(10):
            await client.wait_until(ConnectionState.LIVE)


async def test_rebuilt_state_reaches_the_client_under_its_new_epoch(
    pushd: Pushd, publisher: Publisher, game: str
) -> None:
    """Given a follower, when the state begins a new epoch, then it follows there."""
    await publisher.commit(game, ScoreState(score={"home": 1, "away": 1}))
    async with client_of(f"ws://127.0.0.1:{pushd.port}") as client:
        following = client.follow(game)
        await caught_up(following, publisher)
        for home in (2, 3):
            await publisher.commit(game, ScoreState(score={"home": home}), epoch=1_600_000_000)
        update = await caught_up(following, publisher)
        assert update.position == (1_600_000_000, 2)
        assert_equal(update, publisher)


async def test_registered_game_without_a_state_is_waited_for(
    pushd: Pushd, publisher: Publisher, cable: Cable, game: str
) -> None:
    """Given a game before its first event, when that comes, then live and polling followers both see it."""
    cable.carries_websockets = False
    async with client_of(f"ws://127.0.0.1:{pushd.port}") as live, client_of(cable.url) as polling:
        followings = [live.follow(game), polling.follow(game)]
        async with asyncio.timeout(10):
            await live.wait_until(ConnectionState.LIVE)
            await polling.wait_until(ConnectionState.POLLING)
        await publisher.commit(game, ScoreState(score={"home": 0, "away": 0}))
        for following in followings:
            assert_equal(await caught_up(following, publisher), publisher)


async def test_unknown_game_is_refused_on_both_ways_and_harms_no_other(
    pushd: Pushd, publisher: Publisher, cable: Cable, game: str
) -> None:
    """Given one real game and one that is not, when both are followed, then only the second fails."""
    await publisher.commit(game, ScoreState(score={"home": 1}))
    cable.carries_websockets = False
    for url in (f"ws://127.0.0.1:{pushd.port}", cable.url):
        async with client_of(url) as client:
            unknown, known = client.follow("no-such-game"), client.follow(game)
            async with asyncio.timeout(10):
                with pytest.raises(UnknownGame):
                    await anext(unknown)
            assert_equal(await caught_up(known, publisher), publisher)
