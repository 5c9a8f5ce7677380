"""Readers of WatchStates: no queue for the slow, nothing missed by anybody."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from scoreline.domain.patch import merge_into
from scoreline.domain.position import Position
from scoreline.v1.state_pb2 import ScoreState
from scoreline.v1.state_service_pb2 import WatchStatesResponse
from scoreline.wire import names
from stated.ports import StoreUnavailable
from stated.watch import Wanted, WatchHub
from tests.support import small_match
from tests.support.fold_rig import FoldRig

GAME = "g1"
FEED = small_match.half_match(goals=20)


class Viewer:
    """Applies steps by the rules of the protocol."""

    def __init__(self) -> None:
        self.state = ScoreState()
        self.position = Position(0, 0)
        self.steps = 0

    def take(self, step: WatchStatesResponse) -> None:
        self.steps += 1
        if step.HasField("snapshot"):
            self.state.CopyFrom(step.snapshot)
        else:
            assert step.patch.version - 1 - step.patch.span == self.position.version
            merge_into(self.state, step.patch.game)
        self.position = Position(step.position.epoch, step.position.version)

    async def follow(self, steps: AsyncIterator[WatchStatesResponse], until: Position) -> None:
        async with asyncio.timeout(10):
            while self.position < until:
                self.take(await anext(steps))


async def standing(rig: FoldRig) -> tuple[Position, ScoreState]:
    stored = await rig.state()
    return Position(stored.epoch, stored.version), ScoreState.FromString(stored.body)


@pytest.fixture
async def hub(rig: FoldRig) -> WatchHub:
    rig.catalog.put(small_match.game())
    rig.start(GAME)
    return WatchHub(rig.link, rig.store)


async def test_slow_reader_gets_one_merged_step_for_all_that_it_missed(rig: FoldRig, hub: WatchHub) -> None:
    """Given a reader that does not read while a half is played, when it reads on, then one step is enough."""
    await rig.publish(FEED[0])
    await rig.until_acked()
    slow, quick = Viewer(), Viewer()
    wanted = [Wanted(small_match.game(), None)]
    async with hub.reading(wanted) as slow_steps, hub.reading(wanted) as quick_steps:
        slow.take(await anext(slow_steps))
        await rig.publish(*FEED[1:])
        await rig.until_acked()
        position, state = await standing(rig)
        await quick.follow(quick_steps, position)
        await slow.follow(slow_steps, position)

    assert slow.state == quick.state == state
    assert slow.steps == 2


async def test_reader_before_the_first_event_is_led_into_the_match(rig: FoldRig, hub: WatchHub) -> None:
    viewer = Viewer()
    async with hub.reading([Wanted(small_match.game(), None)]) as steps:
        viewer.take(await anext(steps))
        assert viewer.position == (0, 0)
        assert viewer.state.sheet.home.name == "France"
        await rig.publish(*FEED)
        await rig.until_acked()
        position, state = await standing(rig)
        await viewer.follow(steps, position)
    assert viewer.state == state


async def test_rebuild_leads_every_reader_to_the_new_epoch(rig: FoldRig, hub: WatchHub) -> None:
    viewer = Viewer()
    await rig.publish(*FEED)
    await rig.until_acked()
    async with hub.reading([Wanted(small_match.game(), None)]) as steps:
        viewer.take(await anext(steps))
        before = viewer.position
        await rig.consumers[names.partition_of(GAME)].rebuild(small_match.game())
        position, state = await standing(rig)
        await viewer.follow(steps, position)
    assert viewer.position.epoch > before.epoch
    assert viewer.state == state


async def test_patch_that_was_lost_on_the_way_is_noticed_by_the_next_one(rig: FoldRig, hub: WatchHub) -> None:
    """Given a patch that core NATS lost, when the next one comes, then the reader still ends right."""
    viewer = Viewer()
    await rig.publish(FEED[0])
    await rig.until_acked()
    async with hub.reading([Wanted(small_match.game(), None)]) as steps:
        viewer.take(await anext(steps))
        topic = hub._topics[GAME]
        publish, rig.publisher.publish = rig.publisher.publish, _nothing  # type: ignore[method-assign]
        await rig.publish(FEED[1])
        await rig.until_acked()
        rig.publisher.publish = publish  # type: ignore[method-assign]
        assert topic.log.position.version == viewer.position.version
        await rig.publish(FEED[2], FEED[3])
        await rig.until_acked()
        position, state = await standing(rig)
        await viewer.follow(steps, position)
    assert viewer.state == state


async def _nothing(_publications: object) -> None:
    return


async def test_nothing_is_kept_of_a_game_that_nobody_reads(rig: FoldRig, hub: WatchHub) -> None:
    async with hub.reading([Wanted(small_match.game(), None)]) as steps:
        await anext(steps)
    assert not hub._topics
    assert not [
        task for task in asyncio.all_tasks() if task.get_name() == f"watch-{GAME}" and not task.cancelling()
    ]


async def test_reader_is_refused_while_the_store_is_away(
    rig: FoldRig, hub: WatchHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_game_id: str) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(rig.store, "patches", away)
    with pytest.raises(StoreUnavailable):
        async with hub.reading([Wanted(small_match.game(), None)]):
            pytest.fail("there is nothing to read")
    monkeypatch.undo()
    async with hub.reading([Wanted(small_match.game(), None)]) as steps:
        assert (await anext(steps)).HasField("snapshot")
