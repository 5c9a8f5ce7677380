"""`kill -9` of each service in the middle of a match: nothing acked is lost, nothing applied twice [E4]."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from scoreline.v1.state_pb2 import GameStatus
from tests.support.events import archived_events
from tests.support.running import BUNDLED_MATCH, Running
from tests.support.viewers import Seen, follow

COPIES = 12


async def play_and_kill(
    running: Running, service: str, prefix: str
) -> tuple[list[dict[str, Any]], list[Seen]]:
    """Replay copies of a match in some seconds, kill `service` after the first goals, start it again."""
    push = running.stack.endpoints.push
    game_ids = [f"{prefix}-{number}" for number in range(1, COPIES + 1)]
    under_way = asyncio.Event()

    def is_final(seen: Seen) -> bool:
        if seen.state.score.home + seen.state.score.away >= 2:
            under_way.set()
        return seen.state.status == GameStatus.GAME_STATUS_FINAL

    viewers = [asyncio.create_task(follow(push, Seen(game_id), is_final)) for game_id in game_ids]
    replay = running.popen(
        *("replay", "--json", "--format", "scoreline", "--speed", "1000", "--game-id", prefix),
        *("--copies", str(COPIES), BUNDLED_MATCH),
    )
    replaying = asyncio.create_task(asyncio.to_thread(replay.communicate, None, 100))
    async with asyncio.timeout(30):
        await under_way.wait()
    assert not replaying.done(), "the kill must come in the middle"
    # Children are tied to the thread that starts them, so the restart stays in this one.
    running.stack.restart(service)
    out, err = await replaying
    assert replay.returncode == 0, err
    return [json.loads(line) for line in out.splitlines()], list(await asyncio.gather(*viewers))


@pytest.mark.parametrize("service", ["ingestd", "stated", "pushd", "nats", "redis", "postgres"])
def test_a_killed_service_loses_nothing_and_doubles_nothing(running: Running, service: str) -> None:
    """Given matches under way with a viewer each,

    when a service is killed with -9 and started again,
    then every acked event is archived once, every state is right, and every viewer ends with it.
    """
    lines, viewers = asyncio.run(play_and_kill(running, service, f"killed-{service}"))
    assert len(lines) == COPIES
    for line, viewer in zip(
        sorted(lines, key=lambda line: line["game_id"]), sorted(viewers, key=lambda v: v.game_id), strict=True
    ):
        assert (line["home_score"], line["away_score"], line["status"]) == (4, 3, "final"), line
        assert line["rejected"] == 0
        truth = running.state_of(line["game_id"])
        assert viewer.game_id == line["game_id"]
        assert viewer.position == (truth.position.epoch, truth.position.version)
        assert viewer.normal_form == truth.state.SerializeToString(deterministic=True)
        totals = [home + away for home, away in viewer.scores]
        assert totals == sorted(totals), "no viewer saw a goal taken back"
        events = archived_events(running, line["game_id"], at_least=line["stored"])
        ids = [event.event.event_id for event in events]
        assert len(ids) == len(set(ids)), "no event is in the archive twice"
        assert len(ids) >= line["stored"], "every acked event is in the archive"
