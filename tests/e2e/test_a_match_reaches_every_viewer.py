"""A whole match through the public interfaces, seen by every kind of viewer at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from scoreline.v1.state_pb2 import GameStatus
from tests.support.running import BUNDLED_MATCH, Running
from tests.support.viewers import (
    Seen,
    follow,
    follow_as_partner,
    follow_in_json,
    follow_slowly,
    follow_with_drops,
    poll,
)

GAME = "wc2018-france-argentina"


def is_final(seen: Seen) -> bool:
    """Whether the viewer has seen the end."""
    return seen.state.status == GameStatus.GAME_STATUS_FINAL


async def watch_all(running: Running) -> tuple[list[Seen], str]:
    """Replay a match in about four seconds before viewers of every kind, and return what they ended with."""
    push, partner = running.stack.endpoints.push, running.stack.endpoints.push_grpc
    # The catalog entry comes first, so that everybody can subscribe before kick-off.
    imported = running.run("import", "--catalog-only", "--format", "scoreline", BUNDLED_MATCH)
    assert imported.returncode == 0, imported.stderr
    under_way, wake = asyncio.Event(), asyncio.Event()
    early = Seen(GAME)

    def notice(seen: Seen) -> bool:
        if seen.state.score.home >= 1:
            under_way.set()
        return is_final(seen)

    async def late(viewer: Awaitable[Seen]) -> Seen:
        await under_way.wait()
        return await viewer

    viewers = [
        asyncio.create_task(follow(push, early, notice)),
        asyncio.create_task(late(follow(push, Seen(GAME), is_final))),
        asyncio.create_task(follow_with_drops(push, Seen(GAME), is_final, every_patches=3)),
        asyncio.create_task(follow_slowly(push, Seen(GAME), is_final, wake)),
        asyncio.create_task(poll(push, Seen(GAME), is_final)),
        asyncio.create_task(follow_as_partner(partner, Seen(GAME), is_final)),
        asyncio.create_task(follow_in_json(push, Seen(GAME), is_final)),
    ]
    replay = running.popen("replay", "--json", "--format", "scoreline", "--speed", "1600", BUNDLED_MATCH)
    out, err = await asyncio.to_thread(replay.communicate, None, 60)
    assert replay.returncode == 0, err
    wake.set()
    return list(await asyncio.gather(*viewers)), out


def test_every_kind_of_viewer_ends_with_the_state_that_stated_has(running: Running) -> None:
    """Given early, late, dropping, slow, polling, gRPC and JSON viewers of one match,

    when the match has been played,
    then all hold stated's state byte for byte, at stated's position.
    """
    seen, _ = asyncio.run(watch_all(running))
    truth = running.state_of(GAME)
    expected = truth.state.SerializeToString(deterministic=True)
    assert (truth.state.score.home, truth.state.score.away) == (4, 3)
    for viewer in seen:
        assert viewer.position == (truth.position.epoch, truth.position.version)
        assert viewer.normal_form == expected
    early, _, dropping, *_ = seen
    assert early.snapshots == 1, "the early viewer needs one snapshot and then only patches"
    assert dropping.snapshots == 1, "a viewer that comes back with its position gets patches, not snapshots"
    assert [
        score for score in early.scores if score in {(1, 0), (1, 1), (1, 2), (2, 2), (3, 2), (4, 2), (4, 3)}
    ]
    totals = [home + away for home, away in early.scores]
    assert totals == sorted(totals), "the score never went down"
