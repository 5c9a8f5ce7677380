"""REST as a poller, a cache and a curious person use it."""

import asyncio

import aiohttp
import grpc
import orjson
import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.timestamp_pb2 import Timestamp

from scoreline.domain.position import parse_position
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Game
from scoreline.v1.state_pb2 import GAME_STATUS_FINAL, ScoreState
from scoreline.v1.state_service_pb2 import ArchivedEvent, ListEventsResponse
from scoreline.v1.state_service_pb2_grpc import StateServiceServicer, add_StateServiceServicer_to_server
from scoreline.wire.names import game_key
from tests.integration.pushd.fans import WAIT_S, Fan, open_proto, read_until, subscribe

PROTOBUF = {"Accept": "application/x-protobuf"}


@pytest.fixture
async def http(gateway):
    async with aiohttp.ClientSession(gateway.url, timeout=aiohttp.ClientTimeout(WAIT_S)) as session:
        yield session


async def registered(games, **facts):
    game = games()
    await game.register(**facts)
    await game.begin()
    return game


async def known(http, game) -> None:
    """Wait until the catalog follower has the game in its list."""
    async with asyncio.timeout(WAIT_S):
        while True:
            async with http.get(f"/v1/games/{game.game_id}") as answer:
                if answer.status == 200:
                    return


async def test_a_score_is_json_by_default_and_protobuf_on_request(http, games):
    game = await registered(games)
    async with http.get(f"/v1/games/{game.game_id}/score") as answer:
        assert answer.status == 200
        assert answer.content_type == "application/json"
        assert answer.headers["Scoreline-Position"] == str(game.position)
        assert answer.headers["ETag"] == f'"{game.position}-json"'
        assert "max-age=1" in answer.headers["Cache-Control"]
        assert "stale-while-revalidate" in answer.headers["Cache-Control"]
        document = await answer.json()
    assert document["status"] == "GAME_STATUS_LIVE"
    assert ParseDict(document, ScoreState()) == game.state
    async with http.get(f"/v1/games/{game.game_id}/score", headers=PROTOBUF) as answer:
        assert answer.content_type == "application/x-protobuf"
        assert answer.headers["ETag"] == f'"{game.position}"'
        assert ScoreState.FromString(await answer.read()) == game.state


@pytest.mark.parametrize("headers", [{}, PROTOBUF], ids=["JSON", "protobuf"])
async def test_a_poller_pays_for_news_only(http, games, headers):
    game = await registered(games)
    path = f"/v1/games/{game.game_id}/score"
    async with http.get(path, headers=headers) as answer:
        tag = answer.headers["ETag"]
    async with http.get(path, headers={**headers, "If-None-Match": tag}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
        assert answer.headers["ETag"] == tag
    async with http.get(path, headers={**headers, "If-None-Match": f'W/{tag}, "other"'}) as answer:
        assert answer.status == 304
    await game.goal()
    async with asyncio.timeout(WAIT_S):
        while True:
            async with http.get(path, headers={**headers, "If-None-Match": tag}) as answer:
                if answer.status == 200:
                    assert parse_position(answer.headers["Scoreline-Position"]) == game.position
                    break
                await asyncio.sleep(0.05)


async def test_a_poller_of_a_watched_game_reads_the_room(http, gateway, games):
    game = await registered(games)
    fan = Fan()
    async with open_proto(gateway.ws_url) as connection:
        await connection.send(subscribe(game.name))
        await read_until(connection, fan, lambda: fan.states)
        await game.goal()
        await read_until(connection, fan, lambda: fan.positions[game.topic] == game.position)
        await game.redis.delete(game_key(game.game_id, "state"))
        async with http.get(f"/v1/games/{game.game_id}/score", headers=PROTOBUF) as answer:
            assert ScoreState.FromString(await answer.read()) == game.state


async def test_a_registered_game_without_a_state_has_no_content_yet(http, games):
    game = games()
    await game.register()
    async with http.get(f"/v1/games/{game.game_id}/score") as answer:
        assert answer.status == 204


async def test_head_is_answered_like_get_without_a_body(http, games):
    game = await registered(games)
    async with http.head(f"/v1/games/{game.game_id}/score") as answer:
        assert answer.status == 200
        assert answer.headers["ETag"]
        assert await answer.read() == b""


async def test_a_game_is_shown_with_rosters_and_without_its_providers(http, games):
    game = games()
    roster = Game()
    roster.roster.add(roster_number=1, name="K. Nine", player_id="p9")
    await game.register(venue="By the river", roster=roster.roster)
    await game.begin()
    await game.goal()
    async with http.get(f"/v1/games/{game.game_id}") as answer:
        document = await answer.json()
    assert document["game_id"] == game.game_id
    assert document["home"] == {"name": "Reds"}
    assert document["status"] == "GAME_STATUS_LIVE"
    assert document["score"]["home"] == 1
    assert document["roster"][0]["name"] == "K. Nine"
    assert "providers" not in document
    async with http.get(f"/v1/games/{game.game_id}", headers=PROTOBUF) as answer:
        public = Game.FromString(await answer.read())
    assert (public.venue, len(public.providers)) == ("By the river", 0)


async def test_games_are_listed_by_filter_and_in_pages(http, games):
    made = []
    for day in range(5):
        game = games()
        competition = f"cup{game.topic}" if not made else made[0][1]
        await game.register(competition_id=competition, scheduled_time=Timestamp(seconds=1_600_000_000 + day))
        await game.begin()
        made.append((game, competition))
    competition = made[0][1]
    over = type(made[0][0].state)()
    over.CopyFrom(made[2][0].state)
    over.status = GAME_STATUS_FINAL
    await made[2][0].become(over)
    for game, _ in made:
        await known(http, game)

    async def listed(**query) -> dict:
        async with http.get("/v1/games", params={"competition_id": competition, **query}) as answer:
            assert answer.status == 200
            return await answer.json()

    async with asyncio.timeout(WAIT_S):
        while len((await listed())["games"]) < 5:
            await asyncio.sleep(0.05)
    first = await listed(page_size=3)
    second = await listed(page_size=3, page_token=first["next_page_token"])
    names = [entry["game_id"] for entry in first["games"] + second["games"]]
    assert names == [game.game_id for game, _ in made]
    assert (len(first["games"]), second["next_page_token"]) == (3, "")
    assert first["games"][0]["score"] == {"home": 0, "away": 0}
    async with asyncio.timeout(WAIT_S):
        while [g["game_id"] for g in (await listed(status="final"))["games"]] != [made[2][0].game_id]:
            await asyncio.sleep(0.05)
    assert len((await listed(status="live", sport="football"))["games"]) == 4
    assert (await listed(sport="cricket"))["games"] == []


@pytest.mark.parametrize(
    ("path", "status", "reason", "field"),
    [
        ("/v1/games/nobody/score", 404, "UNKNOWN_GAME", "game_id"),
        ("/v1/games/nobody", 404, "UNKNOWN_GAME", "game_id"),
        ("/v1/games/nobody/events", 404, "UNKNOWN_GAME", "game_id"),
        ("/v1/games/a%20b/score", 400, "INVALID_FIELD", "game_id"),
        ("/v1/games/..%2f..%2fetc%2fpasswd/score", 400, "INVALID_FIELD", "game_id"),
        ("/v1/games/x'%20OR%201=1--/score", 400, "INVALID_FIELD", "game_id"),
        ("/v1/games/" + "x" * 65 + "/score", 400, "INVALID_FIELD", "game_id"),
        ("/v1/games/%F0%9F%92%A9/score", 400, "INVALID_FIELD", "game_id"),
        ("/v1/games/g/events?since_seq=-1", 400, "INVALID_FIELD", "since_seq"),
        ("/v1/games/g/events?since_seq=abc", 400, "INVALID_FIELD", "since_seq"),
        ("/v1/games/g/events?since_seq=99999999999999999999999", 400, "INVALID_FIELD", "since_seq"),
        ("/v1/games/g/events?limit=0", 400, "INVALID_FIELD", "limit"),
        ("/v1/games/g/events?sinse_seq=1", 400, "INVALID_FIELD", "sinse_seq"),
        ("/v1/games?sport=chess", 400, "INVALID_FIELD", "sport"),
        ("/v1/games?status=won", 400, "INVALID_FIELD", "status"),
        ("/v1/games?page_size=100000", 400, "INVALID_FIELD", "page_size"),
        ("/v1/games?page_token='", 400, "INVALID_FIELD", "page_token"),
        ("/v1/games?competition_id=a/b", 400, "INVALID_FIELD", "competition_id"),
        ("/v2/games", 404, "NOT_FOUND", ""),
        ("/../../etc/passwd", 404, "NOT_FOUND", ""),
    ],
)
async def test_a_bad_request_gets_a_typed_error(gateway, path, status, reason, field):
    # By hand, because a client library would tidy the path up.
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(WAIT_S):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert int(head.split()[1]) == status
    assert b"application/json" in head
    document = orjson.loads(body)
    assert (document["reason"], document["field"]) == (reason, field)
    assert document["message"]


async def test_only_reading_is_allowed(http):
    async with http.post("/v1/games") as answer:
        assert answer.status == 405
        assert (await answer.json())["message"]


async def test_pages_of_other_origins_may_read(http, games):
    game = await registered(games)
    async with http.get(
        f"/v1/games/{game.game_id}/score", headers={"Origin": "https://fan.example"}
    ) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    async with http.options(f"/v1/games/{game.game_id}/score") as answer:
        assert answer.status == 204
        assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]


async def test_events_are_refused_with_a_hint_while_the_archive_does_not_answer(http, games):
    game = await registered(games)
    async with http.get(f"/v1/games/{game.game_id}/events", params={"since_seq": 39}) as answer:
        assert answer.status == 503
        assert (await answer.json())["reason"] == "UNAVAILABLE"
        assert int(answer.headers["Retry-After"]) > 0


async def test_health_readiness_and_metrics_are_on_the_same_port(http):
    async with http.get("/healthz") as answer:
        assert (await answer.json())["alive"] is True
    async with http.get("/readyz") as answer:
        report = await answer.json()
        assert answer.status == 200
        assert set(report["checks"]) == {"nats", "redis", "catalog"}
    async with http.get("/metrics") as answer:
        assert "scoreline_pushd_latency_seconds_bucket" in await answer.text()


async def test_the_page_is_served_with_tags(gateways, tmp_path):
    folder = tmp_path / "page"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>t</title>")
    (folder / "assets" / "app-0a1b2c3d.js").write_text("1")
    (tmp_path / "secret.txt").write_text("no")
    gateway = gateways(page_dir=str(folder))
    async with aiohttp.ClientSession(gateway.url) as http:
        async with http.get("/") as answer:
            assert answer.content_type == "text/html"
            assert answer.headers["Cache-Control"] == "no-cache"
            tag = answer.headers["ETag"]
        async with http.get("/", headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304
        async with http.get("/assets/app-0a1b2c3d.js") as answer:
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.content_type in ("text/javascript", "application/javascript")
        for path in ("/../secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/assets/"):
            async with http.get(path) as answer:
                assert answer.status == 404


async def test_older_events_come_from_stated(gateways, games):
    """Given a stated that answers, when events before the recent ones are asked for, then it is asked."""

    class Archive(StateServiceServicer):
        async def ListEvents(self, request, context):
            assert (request.since_log_sequence, request.page_size) == (7, 2)
            event = GameEvent(game_id=request.game_id, event_id="e8")
            return ListEventsResponse(events=[ArchivedEvent(log_sequence=8, event=event)], has_more=True)

    server = grpc.aio.server()
    add_StateServiceServicer_to_server(Archive(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    gateway = gateways(state_address=f"127.0.0.1:{port}")
    game = await registered(games)
    query = {"since_seq": 7, "limit": 2}
    async with aiohttp.ClientSession(gateway.url) as http:
        async with http.get(f"/v1/games/{game.game_id}/events", params=query) as answer:
            document = await answer.json()
        assert document["events"] == [
            {"log_sequence": "8", "event": {"game_id": game.game_id, "event_id": "e8"}}
        ]
        assert (document["has_more"], document["next_since_seq"]) == (True, 8)
        await server.stop(None)
        async with http.get(f"/v1/games/{game.game_id}/events", params=query) as answer:
            assert answer.status == 503
