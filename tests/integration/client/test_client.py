"""The client over real sockets, against a small gateway that misbehaves on request."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest

import scoreline_client
from scoreline.v1.frame_pb2 import Error, GoAway, Heartbeat, Notice, ServerFrame, Unsubscribed
from scoreline.v1.state_pb2 import ScoreState
from scoreline.wire.close_codes import CloseCode
from scoreline_client import (
    ConnectionRefused,
    ConnectionState,
    Following,
    ScorelineClient,
    SubscriptionEnded,
    SubscriptionRefused,
    UnknownGame,
    Update,
)
from scoreline_client.backoff import Backoff
from tests.integration.client.gateway import Gateway

FINAL, CUP = "france-argentina", "bulls-heat"
QUICK = Backoff(base_s=0.02, cap_s=0.05)


def client_of(gateway: Gateway, **options: Any) -> ScorelineClient:
    return ScorelineClient(gateway.url, **{"backoff": QUICK, "poll_interval_s": 0.05, **options})


def score(home: int, away: int = 0) -> ScoreState:
    return ScoreState(score={"home": home, "away": away})


async def until(following: Following, home: int) -> Update:
    """Read on until the home side has so many."""
    async with asyncio.timeout(10):
        async for update in following:
            if update.state.score.home == home:
                return update
    raise AssertionError("the iteration ended")


async def test_every_newer_state_is_yielded_with_its_new_events(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        first = await anext(following)
        assert (first.new_events, first.position.version) == ((), 1)
        await gateway.publish(
            FINAL, ScoreState(score={"home": 1}, key_events={3: {"kind": 1, "elapsed_s": 754}})
        )
        second = await until(following, 1)
        assert [(entry.key, entry.what) for entry in second.new_events] == [(3, "goal")]
        assert first.state == ScoreState()
        assert client.connection is ConnectionState.LIVE
        assert abs(client.server_clock.offset_s) < 5


async def test_games_share_a_connection_and_are_told_apart(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        final, cup = client.follow(FINAL), client.follow(CUP)
        await anext(final)
        await anext(cup)
        await gateway.publish(CUP, score(20))
        await gateway.publish(FINAL, score(1))
        assert (await until(final, 1)).game_id == FINAL
        assert (await until(cup, 20)).game_id == CUP
        assert len(gateway.connections) == 1


async def test_two_followers_of_a_game_share_its_subscription(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        one = client.follow(FINAL)
        await anext(one)
        other = client.follow(FINAL)
        await anext(other)
        await gateway.publish(FINAL, score(2))
        assert (await until(one, 2)).state == (await until(other, 2)).state
        assert gateway.subscribes() == [(f"game/{FINAL}", None)]


async def test_slow_reader_sees_the_latest_state_and_no_queue(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        slow, watcher = client.follow(FINAL), client.follow(FINAL)
        await anext(slow)
        for home in range(1, 301):
            await gateway.publish(FINAL, ScoreState(score={"home": home}, key_events={home: {"kind": 11}}))
        await until(watcher, 300)
        update = await anext(slow)
        assert update.position == gateway.topic(FINAL).position
        assert update.state == gateway.topic(FINAL).state
        assert [entry.key for entry in update.new_events] == list(range(251, 301))


async def test_dropped_connection_resumes_by_its_position_with_one_merged_patch(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await anext(following)
        await gateway.publish(FINAL, score(1))
        await until(following, 1)
        gateway.sent.clear()
        gateway.cut()
        for home in (2, 3, 4):
            await gateway.publish(FINAL, score(home), lose=True)
        update = await until(following, 4)
        assert update.state == gateway.topic(FINAL).state
        assert gateway.subscribes()[-1] == (f"game/{FINAL}", 2)
        assert [frame.WhichOneof("frame") for frame in gateway.sent] == ["subscribed", "patch"]
        assert gateway.sent[-1].patch.span == 2


async def test_lost_patch_is_noticed_by_the_next_one_and_repaired(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await anext(following)
        await gateway.publish(FINAL, score(1), lose=True)
        await gateway.publish(FINAL, ScoreState(score={"away": 5}))
        update = await until(following, 1)
        assert update.state == gateway.topic(FINAL).state
        assert gateway.subscribes() == [(f"game/{FINAL}", None), (f"game/{FINAL}", 1)]
        assert len(gateway.connections) == 1


async def test_gateway_that_comes_back_finds_its_followers(gateway: Gateway) -> None:
    states: list[ConnectionState] = []
    async with client_of(gateway, on_connection=states.append) as client:
        following = client.follow(FINAL)
        await anext(following)
        await gateway.stop()
        await gateway.publish(FINAL, score(7), lose=True)
        await client.wait_until(ConnectionState.OFFLINE)
        await gateway.start()
        update = await until(following, 7)
        assert update.state == gateway.topic(FINAL).state
        await client.wait_until(ConnectionState.LIVE)
    assert states[0] is ConnectionState.LIVE
    assert ConnectionState.OFFLINE in states


async def test_unknown_game_fails_its_own_follower_only(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        known, unknown = client.follow(FINAL), client.follow("no-such-game")
        with pytest.raises(UnknownGame) as failure:
            await anext(unknown)
        assert failure.value.game_id == "no-such-game"
        await anext(known)
        await gateway.publish(FINAL, score(1))
        await until(known, 1)
        with pytest.raises(StopAsyncIteration):
            await anext(unknown)


@pytest.mark.parametrize("game_id", ["", "../admin", "x" * 65, "game with spaces"])
async def test_name_that_can_be_no_game_is_unknown_without_asking(gateway: Gateway, game_id: str) -> None:
    async with client_of(gateway) as client:
        with pytest.raises(UnknownGame):
            await anext(client.follow(game_id))
    assert gateway.subscribes() == []


async def test_game_that_was_there_before_is_asked_for_again(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await anext(following)
        gateway.refusals = [Error(reason="ERROR_REASON_UNKNOWN_TOPIC", retry_after_ms=10)]
        gateway.cut()
        await gateway.publish(FINAL, score(3), lose=True)
        await until(following, 3)


async def test_refusal_for_a_while_is_asked_again(gateway: Gateway) -> None:
    gateway.refusals = [Error(reason="ERROR_REASON_UNAVAILABLE", retry_after_ms=10)] * 2
    async with client_of(gateway) as client:
        await anext(client.follow(FINAL))
    assert len(gateway.subscribes()) == 3


async def test_refusal_for_good_is_raised_with_its_reason(gateway: Gateway) -> None:
    gateway.refusals = [
        Error(reason="ERROR_REASON_TOO_MANY_SUBSCRIPTIONS", message="1000", retry_after_ms=1000)
    ]
    async with client_of(gateway) as client:
        with pytest.raises(SubscriptionRefused, match="france-argentina: TOO_MANY_SUBSCRIPTIONS: 1000"):
            await anext(client.follow(FINAL))


async def test_subscription_ended_by_the_server_is_raised(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await anext(following)
        await gateway.send(ServerFrame(unsubscribed=Unsubscribed(name=f"game/{FINAL}")))
        with pytest.raises(SubscriptionEnded):
            await anext(following)


@pytest.mark.parametrize("code", [CloseCode.BAD_FRAME, CloseCode.TOO_MANY_FRAMES, CloseCode.MESSAGE_TOO_BIG])
async def test_terminal_close_code_stops_the_client(gateway: Gateway, code: CloseCode) -> None:
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await anext(following)
        await gateway.connections[0].close(code, "go away")
        with pytest.raises(ConnectionRefused) as failure:
            await anext(following)
        assert failure.value.code == code
        with pytest.raises(ConnectionRefused):
            await anext(client.follow(CUP))
        with pytest.raises(ConnectionRefused):
            await client.wait_until(ConnectionState.LIVE)
    assert gateway.connections == []


@pytest.mark.parametrize("code", [CloseCode.GOING_AWAY, CloseCode.NO_PONG, CloseCode.INTERNAL_ERROR])
async def test_other_close_codes_lead_back(gateway: Gateway, code: CloseCode) -> None:
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await anext(following)
        await gateway.connections[0].close(code)
        await gateway.publish(FINAL, score(1), lose=True)
        await until(following, 1)


async def test_goaway_is_followed_by_a_new_connection_that_resumes(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await anext(following)
        await gateway.send(ServerFrame(goaway=GoAway(reconnect_after_ms=50)))
        await gateway.until(lambda: len(gateway.subscribes()) == 2)
        assert gateway.subscribes()[-1] == (f"game/{FINAL}", 1)
        await gateway.publish(FINAL, score(1))
        await until(following, 1)


async def test_silence_for_twice_the_heartbeat_is_a_dead_connection(gateway: Gateway) -> None:
    gateway.heartbeat_s = 1
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await anext(following)
        began_s = asyncio.get_running_loop().time()
        await gateway.until(lambda: len(gateway.subscribes()) == 2)
        assert asyncio.get_running_loop().time() - began_s > 1.5


async def test_subscribe_that_is_never_answered_leads_to_a_new_connection(gateway: Gateway) -> None:
    gateway.heartbeat_s = 1
    gateway.answer_subscribes = False

    async def beat() -> None:
        while True:
            await gateway.send(ServerFrame(heartbeat=Heartbeat()))
            await asyncio.sleep(0.25)

    beating = asyncio.create_task(beat())
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await gateway.until(lambda: len(gateway.subscribes()) == 2)
        gateway.answer_subscribes = True
        gateway.cut()
        await anext(following)
    beating.cancel()


async def test_example_of_the_readme_prints_the_score(gateway: Gateway) -> None:
    readme = Path(scoreline_client.__file__).parent.parent / "README.md"
    example = readme.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    assert len([line for line in example.splitlines() if line]) <= 10
    printed: asyncio.Queue[tuple[object, ...]] = asyncio.Queue()
    program: dict[str, Any] = {"print": lambda *words: printed.put_nowait(words)}
    example = example.replace("ws://127.0.0.1:8080", gateway.url).replace("asyncio.run(main())", "")
    exec(compile(example, "README.md", "exec"), program)
    await gateway.publish(FINAL, score(4, 3))
    running = asyncio.create_task(program["main"]())
    async with asyncio.timeout(10):
        assert await printed.get() == (4, 3)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_heartbeat_is_answered_when_it_asks(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        await anext(client.follow(FINAL))
        await gateway.send(ServerFrame(heartbeat=Heartbeat(wants_pong=True)))
        await gateway.until(lambda: any(frame.HasField("pong") for frame in gateway.received))


async def test_unreadable_frame_leads_to_a_new_connection(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await anext(following)
        await gateway.connections[0].send(b"\xff\xff\xff")
        await gateway.until(lambda: len(gateway.subscribes()) == 2)
        await gateway.publish(FINAL, score(1))
        await until(following, 1)


async def test_client_polls_while_there_is_no_websocket_and_climbs_back(gateway: Gateway) -> None:
    gateway.refuse_upgrades = True
    await gateway.publish(FINAL, score(1))
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await until(following, 1)
        await client.wait_until(ConnectionState.POLLING)
        await gateway.until(lambda: any(status == 304 for _, status in gateway.polls))
        await gateway.publish(FINAL, score(2))
        await until(following, 2)
        gateway.refuse_upgrades = False
        await client.wait_until(ConnectionState.LIVE)
        await gateway.until(lambda: gateway.subscribes() == [(f"game/{FINAL}", 3)])
        await gateway.publish(FINAL, score(3))
        assert (await until(following, 3)).state == gateway.topic(FINAL).state


async def test_unknown_game_is_found_out_by_polling_too(gateway: Gateway) -> None:
    gateway.refuse_upgrades = True
    async with client_of(gateway) as client:
        known, unknown = client.follow(FINAL), client.follow("no-such-game")
        with pytest.raises(UnknownGame):
            async with asyncio.timeout(10):
                await anext(unknown)
        await anext(known)


async def test_not_found_of_a_proxy_ends_no_subscription(gateway: Gateway) -> None:
    gateway.refuse_upgrades, gateway.speaks_for_itself = True, False
    topic = gateway.topics.pop(f"game/{FINAL}")
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await client.wait_until(ConnectionState.OFFLINE)
        gateway.topics[topic.name] = topic
        async with asyncio.timeout(10):
            await anext(following)
        assert client.connection is ConnectionState.POLLING


async def test_client_waits_as_long_as_a_full_gateway_asks(gateway: Gateway) -> None:
    gateway.refuse_upgrades, gateway.retry_after = True, "1"
    async with client_of(gateway):
        await gateway.until(lambda: len(gateway.refused_at_s) == 2)
    first_s, second_s = gateway.refused_at_s
    assert second_s - first_s >= 1


async def test_client_is_offline_when_nothing_answers_and_recovers(gateway: Gateway) -> None:
    gateway.refuse_everything = True
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await client.wait_until(ConnectionState.OFFLINE)
        gateway.refuse_everything = False
        await anext(following)
        await client.wait_until(ConnectionState.LIVE)


async def test_leaving_the_loop_ends_the_subscription(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        await anext(client.follow(CUP))
        async for _ in client.follow(FINAL):
            break
        gc.collect()
        client._drop_unread()  # what the housekeeping of a second does
        await gateway.until(lambda: sum(frame.HasField("unsubscribe") for frame in gateway.received) >= 1)
        names = {frame.unsubscribe.topic for frame in gateway.received if frame.HasField("unsubscribe")}
        assert f"game/{FINAL}" in names


async def test_closed_following_ends_its_iteration(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await anext(following)
        waiting = asyncio.create_task(following.__anext__())
        await asyncio.sleep(0)
        following.close()
        with pytest.raises(StopAsyncIteration):
            await waiting
        assert following.closed


async def test_leaving_the_client_ends_every_iteration(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await anext(following)
    assert [update async for update in following] == []
    await gateway.until(lambda: gateway.connections == [])


async def test_degraded_source_is_told(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        following = client.follow(FINAL)
        await anext(following)
        for kind, degraded in (("NOTICE_KIND_DEGRADED", True), ("NOTICE_KIND_RESTORED", False)):
            await gateway.send(ServerFrame(notice=Notice(kind=kind)))
            await gateway.publish(FINAL, score(int(degraded) + 1))
            await until(following, int(degraded) + 1)
            assert client.degraded is degraded


async def test_server_without_our_subprotocol_is_refused_for_good() -> None:
    from websockets.asyncio.server import ServerConnection, serve

    async def idle(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(idle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with ScorelineClient(f"ws://127.0.0.1:{port}", backoff=QUICK) as client:
            with pytest.raises(ConnectionRefused, match=r"does not speak scoreline\.v1\.proto"):
                await anext(client.follow(FINAL))
