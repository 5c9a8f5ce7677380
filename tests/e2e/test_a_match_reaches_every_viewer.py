"""A whole match through the public interfaces, seen by every kind of viewer at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import NamedTuple

import pytest

from scoreline.v1.state_pb2 import GameStatus
from tests.support.feeds import recordings
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


class Match(NamedTuple):
    """A recording, and how it must end."""

    game_id: str
    format_name: str
    speed: str
    file: str
    score: tuple[int, int]


BUNDLED = Match("wc2018-france-argentina", "scoreline", "1600", BUNDLED_MATCH, (4, 3))
RECORDED = [
    Match("wyscout-2058004", "wyscout", "2500", "soccer/wyscout-wc2018/2058004.json", (1, 1)),
    Match("nba-0022000001", "nba-cdn", "2500", "basketball/nba-live/pbp_live_0022000001.json", (125, 99)),
]


def is_final(seen: Seen) -> bool:
    """Whether the viewer has seen the end."""
    return seen.state.status == GameStatus.GAME_STATUS_FINAL


async def watch_all(running: Running, match: Match) -> list[Seen]:
    """Replay a match in a few seconds before viewers of every kind, and return what they ended with."""
    push, partner = running.stack.endpoints.push, running.stack.endpoints.push_grpc
    # The catalog entry comes first, so that everybody can subscribe before kick-off.
    imported = running.run("import", "--catalog-only", "--format", match.format_name, match.file)
    assert imported.returncode == 0, imported.stderr
    under_way, wake = asyncio.Event(), asyncio.Event()

    def notice(seen: Seen) -> bool:
        if seen.state.score.home >= 1:
            under_way.set()
        return is_final(seen)

    async def late(viewer: Awaitable[Seen]) -> Seen:
        await under_way.wait()
        return await viewer

    def viewer() -> Seen:
        return Seen(match.game_id)

    viewers = [
        asyncio.create_task(follow(push, viewer(), notice)),
        asyncio.create_task(late(follow(push, viewer(), is_final))),
        asyncio.create_task(follow_with_drops(push, viewer(), is_final, every_patches=3)),
        asyncio.create_task(follow_slowly(push, viewer(), is_final, wake)),
        asyncio.create_task(poll(push, viewer(), is_final)),
        asyncio.create_task(follow_as_partner(partner, viewer(), is_final)),
        asyncio.create_task(follow_in_json(push, viewer(), is_final)),
    ]
    replay = running.popen(
        "replay", "--json", "--format", match.format_name, "--speed", match.speed, match.file
    )
    _, errors = await asyncio.to_thread(replay.communicate, None, 60)
    assert replay.returncode == 0, errors
    wake.set()
    return list(await asyncio.gather(*viewers))


def expect_equal_to_stated(running: Running, match: Match) -> None:
    seen = asyncio.run(watch_all(running, match))
    truth = running.state_of(match.game_id)
    expected = truth.state.SerializeToString(deterministic=True)
    assert (truth.state.score.home, truth.state.score.away) == match.score
    for viewer in seen:
        assert viewer.position == (truth.position.epoch, truth.position.version)
        assert viewer.normal_form == expected
    early, _, dropping, *_ = seen
    assert early.snapshots == 1, "the early viewer needs one snapshot and then only patches"
    assert dropping.snapshots == 1, "a viewer that comes back with its position gets patches, not snapshots"
    totals = [home + away for home, away in early.scores]
    assert totals == sorted(totals), "the score never went down"
    assert len(set(totals)) > 1, "the early viewer saw the match, not only its end"


def test_every_kind_of_viewer_ends_with_the_state_that_stated_has(running: Running) -> None:
    """Given early, late, dropping, slow, polling, gRPC and JSON viewers of one match,

    when the match has been played,
    then all hold stated's state byte for byte, at stated's position.
    """
    expect_equal_to_stated(running, BUNDLED)


@pytest.mark.parametrize("match", RECORDED, ids=lambda match: match.game_id)
def test_every_kind_of_viewer_of_a_recording_ends_with_the_state_that_stated_has(
    running: Running, match: Match
) -> None:
    """The same with real recordings: a shoot-out, and hundreds of baskets."""
    file = recordings() / match.file
    if not file.exists():
        pytest.skip(f"no recordings in {recordings()}; set SCORELINE_DATA")
    expect_equal_to_stated(running, match._replace(file=str(file)))
