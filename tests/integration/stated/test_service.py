"""stated as a process: its APIs, its archive, and what it does when its databases go away."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import psycopg
import pytest
from typer import Typer
from typer.testing import CliRunner

from scoreline.cli import rebuild
from scoreline.cli.connection import failure_reason
from scoreline.domain.patch import merge_into
from scoreline.local import servers
from scoreline.runtime import jetstream, streams
from scoreline.runtime.jetstream import NatsLink
from scoreline.v1 import catalog_service_pb2 as catalog_pb
from scoreline.v1 import state_service_pb2 as pb
from scoreline.v1.event_pb2 import GameEvent
from scoreline.v1.game_pb2 import Game, Player, Sport, Team
from scoreline.v1.state_pb2 import GameStatus, ScoreState
from scoreline.wire import names
from tests.support import small_match
from tests.support.stated_process import StatedProcess, Stubs

FEED = small_match.half_match(goals=5)
DEADLINE_S = 20.0

rebuild_app = Typer()
rebuild_app.command()(rebuild.command)


@pytest.fixture
def stated(
    tmp_path: Path, nats_url: str, redis_url: str, database: str, link: NatsLink, redis: Any
) -> Iterator[StatedProcess]:
    process = StatedProcess(tmp_path, nats_url=nats_url, redis_url=redis_url, postgres_url=database)
    process.start()
    process.until_ready()
    yield process
    assert process.stop() in (0, -9)


@pytest.fixture
async def stubs(stated: StatedProcess) -> AsyncIterator[Stubs]:
    stubs = Stubs(stated.ports["grpc"])
    yield stubs
    await stubs.channel.close()


async def register(stubs: Stubs, *games: Game) -> list[Game]:
    deadline = time.monotonic() + DEADLINE_S
    while True:  # the schema may still be on its way up
        try:
            request = catalog_pb.ImportCatalogRequest(games=games)
            return list((await stubs.catalog.ImportCatalog(request)).games)
        except grpc.aio.AioRpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE or time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)


async def publish(link: NatsLink, *events: GameEvent) -> None:
    for event in events:
        await link.js.publish(
            names.event_subject(event.game_id),
            event.SerializeToString(),
            headers={"Nats-Msg-Id": names.event_identity(event)},
        )


async def until(answer: Callable[[], Any]) -> Any:
    async with asyncio.timeout(DEADLINE_S):
        while not (found := await answer()):
            await asyncio.sleep(0.02)
    return found


async def folded(stubs: Stubs, log_sequence: int, game_id: str = "g1") -> pb.GameState:
    """Wait for the state that holds an event of the log."""

    async def ask() -> pb.GameState | None:
        game = (await stubs.state.GetState(pb.GetStateRequest(game_id=game_id))).game
        return game if game.last_log_sequence >= log_sequence else None

    return await until(ask)


async def refusal(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value.code(), failure_reason(caught.value)


async def test_registered_game_shows_its_opening_state_before_the_first_event(stubs: Stubs) -> None:
    [registered] = await register(stubs, small_match.game(topic=0))

    game = (await stubs.state.GetState(pb.GetStateRequest(game_id="g1"))).game

    assert registered.topic == 1
    assert (game.position.epoch, game.position.version) == (0, 0)
    assert game.state.status == GameStatus.GAME_STATUS_SCHEDULED
    assert game.state.sheet.home.name == "France"
    assert not game.HasField("as_of_time")


async def test_events_of_the_log_are_read_back_as_state_and_from_the_archive(
    stubs: Stubs, link: NatsLink
) -> None:
    """Given a registered game, when its events are in the log, then all reads have them."""
    await register(stubs, small_match.game(topic=0), small_match.game("g2", topic=0))
    await publish(link, *FEED)

    game = await folded(stubs, len(FEED))

    assert (game.state.score.home, game.state.score.away, game.period_label) == (3, 2, "HT")
    assert game.as_of_time.ToMicroseconds() == FEED[-1].received_time.ToMicroseconds()
    batch = await stubs.state.BatchGetStates(pb.BatchGetStatesRequest(game_ids=["g1", "nope", "g2"]))
    assert [found.game_id for found in batch.games] == ["g1", "g2"]
    assert list(batch.unknown_game_ids) == ["nope"]
    live = await stubs.state.ListStates(
        pb.ListStatesRequest(
            filter=catalog_pb.GameFilter(team_id="fra"), statuses=[GameStatus.GAME_STATUS_LIVE]
        )
    )
    assert [found.game_id for found in live.games] == ["g1"]

    async def archived() -> list[pb.ArchivedEvent] | None:
        answer = await stubs.state.ListEvents(pb.ListEventsRequest(game_id="g1", page_size=5))
        return list(answer.events) if answer.has_more else None

    first = await until(archived)
    assert [event.log_sequence for event in first] == [1, 2, 3, 4, 5]
    assert first[1].event == FEED[1]


async def test_event_that_the_archive_can_not_hold_keeps_no_other_out(stubs: Stubs, link: NatsLink) -> None:
    """Given an event in the log whose text PostgreSQL refuses, when it is archived, then all others are."""
    await register(stubs, small_match.game(topic=0))
    odd = small_match.play(2)
    odd.event_id = "e\0"
    for event in (FEED[0], odd, *FEED[2:]):
        await link.js.publish(names.event_subject("g1"), event.SerializeToString())

    async def archived() -> list[str]:
        answer = await stubs.state.ListEvents(pb.ListEventsRequest(game_id="g1"))
        ids = [it.event.event_id for it in answer.events]
        return ids if FEED[-1].event_id in ids else []

    assert await until(archived) == [event.event_id for event in (FEED[0], *FEED[2:])]


async def test_watcher_is_led_from_its_position_to_the_newest_state(stubs: Stubs, link: NatsLink) -> None:
    """Given a watcher that goes and comes back, when events go on, then it ends with the state."""
    await register(stubs, small_match.game(topic=0))
    watch = stubs.state.WatchStates(pb.WatchStatesRequest(games=[pb.WatchedGame(game_id="g1")]))
    state = ScoreState()
    position = None
    seen = 0

    async def take(stream: Any, version: int) -> None:
        nonlocal position, seen
        async with asyncio.timeout(DEADLINE_S):
            while position is None or position.version < version:
                step = await stream.read()
                seen += 1
                if step.HasField("snapshot"):
                    state.CopyFrom(step.snapshot)
                else:
                    assert step.patch.version - 1 - step.patch.span == position.version
                    merge_into(state, step.patch.game)
                position = step.position

    await publish(link, *FEED[:4])
    half_way = await folded(stubs, 4)
    await take(watch, half_way.position.version)
    assert state == half_way.state
    watch.cancel()

    await publish(link, *FEED[4:])
    whole = await folded(stubs, len(FEED))
    seen = 0
    again = stubs.state.WatchStates(
        pb.WatchStatesRequest(games=[pb.WatchedGame(game_id="g1", position=position)])
    )
    await take(again, whole.position.version)
    again.cancel()
    assert state == whole.state
    assert seen == 1, "everything missed comes as one step"


async def test_catalog_is_listed_by_pages_and_by_the_names_of_providers(stubs: Stubs) -> None:
    await register(stubs, *(small_match.game(f"g{n}", topic=0) for n in range(5)))
    await stubs.catalog.ImportCatalog(
        catalog_pb.ImportCatalogRequest(
            teams=[Team(team_id="ger", name="Germany")],
            players=[Player(player_id="p1", name="One", team_id="ger")],
        )
    )

    found, token = [], ""
    while True:
        page = await stubs.catalog.ListGames(catalog_pb.ListGamesRequest(page_size=2, page_token=token))
        found += [game.game_id for game in page.games]
        token = page.next_page_token
        if not token:
            break

    assert found == [f"g{n}" for n in range(5)]
    resolved = await stubs.catalog.ResolveGame(
        catalog_pb.ResolveGameRequest(provider_id="acme", external_game_id="ext-g3")
    )
    assert resolved.game.game_id == "g3"
    teams = await stubs.catalog.ListTeams(catalog_pb.ListTeamsRequest(page_size=2))
    assert [team.team_id for team in teams.teams] == ["arg", "fra"]
    more = await stubs.catalog.ListTeams(catalog_pb.ListTeamsRequest(page_token=teams.next_page_token))
    assert [team.team_id for team in more.teams] == ["ger"]
    players = await stubs.catalog.ListPlayers(catalog_pb.ListPlayersRequest(team_id="ger"))
    assert [player.name for player in players.players] == ["One"]


async def test_same_import_again_changes_and_publishes_nothing(stubs: Stubs, link: NatsLink) -> None:
    first = await register(stubs, small_match.game(topic=0))
    before = (await link.js.stream_info(names.CATALOG_STREAM)).state.last_seq

    again = await register(stubs, small_match.game(topic=0))

    assert again == first
    assert (await link.js.stream_info(names.CATALOG_STREAM)).state.last_seq == before == 1


async def test_roster_grows_and_keeps_its_numbers(stubs: Stubs) -> None:
    game = small_match.game(topic=0)
    for entry in game.roster:
        entry.roster_number = 0
    [first] = await register(stubs, game)
    grown = small_match.game(topic=0)
    del grown.roster[:]
    grown.roster.add(player_id="h7", name="New", side=1)

    [second] = await register(stubs, grown)

    assert [(e.player_id, e.roster_number) for e in first.roster] == [("h1", 1), ("a1", 2)]
    assert [(e.player_id, e.roster_number) for e in second.roster] == [("h1", 1), ("a1", 2), ("h7", 3)]


async def test_contradictions_of_the_catalog_are_refused_whole(stubs: Stubs) -> None:
    await register(stubs, small_match.game(topic=0))
    other_sport = small_match.game(topic=0, sport=Sport.SPORT_BASKETBALL)
    taken = small_match.game("g9", topic=0)
    taken.providers[0].external_game_id = "ext-g1"

    for wrong in (other_sport, taken):
        request = catalog_pb.ImportCatalogRequest(games=[small_match.game("fresh", topic=0), wrong])
        answer = await refusal(stubs.catalog.ImportCatalog(request))
        assert answer == (grpc.StatusCode.FAILED_PRECONDITION, "CONFLICT")

    listed = await stubs.catalog.ListGames(catalog_pb.ListGamesRequest())
    assert [game.game_id for game in listed.games] == ["g1"]


TRICKS = (
    *("' OR 1=1 --", "g1'; DROP TABLE game; --", "../../etc/passwd", "g1\0", "*", ">", "g1.>", "g1 g2"),
    *("", "x" * 65, "g\u00e9", "{g1}:state", "\u0661"),
)


async def test_tricks_in_ids_are_refused_with_the_field_named(stubs: Stubs) -> None:
    refused = (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    await register(stubs, small_match.game(topic=0))
    for trick in TRICKS:
        game = small_match.game(topic=0)
        game.game_id = trick
        for call in (
            stubs.state.GetState(pb.GetStateRequest(game_id=trick)),
            stubs.state.BatchGetStates(pb.BatchGetStatesRequest(game_ids=["g1", trick])),
            stubs.state.ListEvents(pb.ListEventsRequest(game_id=trick)),
            stubs.state.RebuildGame(pb.RebuildGameRequest(game_id=trick)),
            stubs.catalog.GetGame(catalog_pb.GetGameRequest(game_id=trick)),
            stubs.catalog.ImportCatalog(catalog_pb.ImportCatalogRequest(games=[game])),
            stubs.state.WatchStates(pb.WatchStatesRequest(games=[pb.WatchedGame(game_id=trick)])).read(),
        ):
            assert await refusal(call) == refused, trick
    for token in ("!", "e30", "WzFd", "é"):
        call = stubs.catalog.ListGames(catalog_pb.ListGamesRequest(page_token=token))
        assert await refusal(call) == refused, token
    listed = await stubs.catalog.ListGames(catalog_pb.ListGamesRequest())
    assert [game.game_id for game in listed.games] == ["g1"]


async def test_text_of_a_filter_is_a_value_and_never_a_statement(stubs: Stubs) -> None:
    await register(stubs, small_match.game(topic=0))
    trick = catalog_pb.GameFilter(season="' OR ''='")
    assert not (await stubs.catalog.ListGames(catalog_pb.ListGamesRequest(filter=trick))).games
    asked = catalog_pb.ResolveGameRequest(provider_id="acme", external_game_id="' OR ''='")
    assert await refusal(stubs.catalog.ResolveGame(asked)) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_GAME")


async def test_unknown_games_are_named_as_such(stubs: Stubs) -> None:
    await register(stubs, small_match.game(topic=0))
    for call in (
        stubs.state.GetState(pb.GetStateRequest(game_id="nope")),
        stubs.state.RebuildGame(pb.RebuildGameRequest(game_id="nope")),
        stubs.catalog.GetGame(catalog_pb.GetGameRequest(game_id="nope")),
    ):
        assert await refusal(call) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_GAME")


async def test_killed_process_goes_on_where_it_was(
    stated: StatedProcess, stubs: Stubs, link: NatsLink
) -> None:
    """Given a process that is killed in the middle, when it starts again, then no version is lost."""
    await register(stubs, small_match.game(topic=0))
    await publish(link, *FEED[:5])
    await folded(stubs, 3)

    stated.kill()
    await publish(link, *FEED[5:])
    stated.start()
    again = Stubs(stated.ports["grpc"])

    game = await folded(again, len(FEED))
    await again.channel.close()
    assert (game.state.score.home, game.state.score.away) == (3, 2)
    patches = await link.js.stream_info(names.PATCHES_STREAM)
    assert patches.state.messages == game.position.version


async def test_loss_of_all_redis_data_is_noticed_without_any_event(
    stated: StatedProcess, stubs: Stubs, link: NatsLink, redis: Any
) -> None:
    """Given a finished game, when Redis is emptied, then its state is back by itself, under a new epoch."""
    await register(stubs, small_match.game(topic=0))
    await publish(link, *FEED, small_match.final_whistle(len(FEED) + 1))
    before = await folded(stubs, len(FEED) + 1)
    assert before.state.status == GameStatus.GAME_STATUS_FINAL
    key = names.game_key("g1", "state")
    assert 86_000 < await redis.ttl(key) <= 86_400

    await redis.flushdb()
    await until(lambda: redis.exists(key))

    after = (await stubs.state.GetState(pb.GetStateRequest(game_id="g1"))).game
    assert after.position.epoch > before.position.epoch
    assert after.state == before.state


async def test_expired_game_is_read_from_the_log(stubs: Stubs, link: NatsLink, redis: Any) -> None:
    """Given a game whose hot state has expired, when somebody asks for it, then the log has it still."""
    await register(stubs, small_match.game(topic=0))
    feed = small_match.half_match(goals=5)
    for event in feed:  # a game of yesterday
        event.received_time.FromSeconds(event.received_time.seconds - 86_400)
    await publish(link, *feed)
    before = await folded(stubs, len(FEED))
    await redis.delete(
        *(names.game_key("g1", part) for part in ("state", "ledger", "seen", "recent", "patches"))
    )

    after = (await stubs.state.GetState(pb.GetStateRequest(game_id="g1"))).game

    assert after.state == before.state


async def test_database_away_stops_neither_folding_nor_states_and_the_archive_catches_up(
    tmp_path: Path, nats_url: str, redis_url: str, link: NatsLink, redis: Any
) -> None:
    """Given a database that goes away, when events come, then they are folded now and archived later."""
    database = servers.start_postgres(tmp_path / "pg", tmp_path / "pg" / "logs")
    stated = StatedProcess(tmp_path, nats_url=nats_url, redis_url=redis_url, postgres_url=database.url)
    try:
        stated.start()
        stubs = Stubs(stated.ports["grpc"])
        await register(stubs, small_match.game(topic=0))
        await publish(link, *FEED[:4])
        await folded(stubs, 4)

        database.child.stop()
        await publish(link, *FEED[4:])
        game = await folded(stubs, len(FEED))
        assert (game.state.score.home, game.state.score.away) == (3, 2)
        await asyncio.to_thread(stated.until_ready)
        answer = await refusal(stubs.state.ListEvents(pb.ListEventsRequest(game_id="g1")))
        assert answer == (grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE")
        listed = await stubs.state.ListStates(pb.ListStatesRequest())
        assert [found.game_id for found in listed.games] == ["g1"]

        database.restart()
        with psycopg.connect(database.url, autocommit=True) as connection:

            async def archived() -> bool:
                row = connection.execute("SELECT count(*), min(season) FROM archived_event").fetchone()
                return row == (len(FEED), "2018")

            await until(archived)
        await stubs.channel.close()
    finally:
        stated.stop()
        database.child.stop()


async def test_process_starts_and_folds_while_the_database_is_away(
    tmp_path: Path, nats_url: str, redis_url: str, link: NatsLink, redis: Any
) -> None:
    """Given no database at all, when a game is known from the stream, then it is folded all the same."""
    game = small_match.game()
    await link.js.publish(names.catalog_subject("g1"), game.SerializeToString())
    await publish(link, *FEED)
    nowhere = "postgresql://postgres@127.0.0.1:1/scoreline"
    stated = StatedProcess(tmp_path, nats_url=nats_url, redis_url=redis_url, postgres_url=nowhere)
    try:
        stated.start()
        stubs = Stubs(stated.ports["grpc"])
        state = await folded(stubs, len(FEED))
        assert (state.state.score.home, state.state.score.away) == (3, 2)
        stated.until_ready()
        request = catalog_pb.ImportCatalogRequest(games=[game])
        answer = await refusal(stubs.catalog.ImportCatalog(request))
        assert answer == (grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE")
        await stubs.channel.close()
    finally:
        stated.stop()


async def test_redis_away_holds_everything_back_and_loses_nothing(
    tmp_path: Path, nats_url: str, database: str, link: NatsLink
) -> None:
    """Given a Redis that goes away and comes back, when events came meanwhile, then all of them count."""
    server = servers.start_redis(tmp_path / "redis", tmp_path / "redis" / "logs")
    stated = StatedProcess(tmp_path, nats_url=nats_url, redis_url=server.url, postgres_url=database)
    try:
        stated.start()
        stubs = Stubs(stated.ports["grpc"])
        await register(stubs, small_match.game(topic=0))
        await publish(link, *FEED[:4])
        before = await folded(stubs, 4)

        server.child.stop()
        await publish(link, *FEED[4:])
        assert not stated.readiness()["ready"]
        answer = await refusal(stubs.state.GetState(pb.GetStateRequest(game_id="g1")))
        assert answer == (grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE")

        server.restart()
        after = await until(lambda: _folded_or_nothing(stubs, len(FEED)))
        assert (after.state.score.home, after.state.score.away) == (3, 2)
        assert after.position.epoch == before.position.epoch
        await stubs.channel.close()
    finally:
        stated.stop()
        server.child.stop()


async def _folded_or_nothing(stubs: Stubs, log_sequence: int) -> pb.GameState | None:
    try:
        game = (await stubs.state.GetState(pb.GetStateRequest(game_id="g1"))).game
    except grpc.aio.AioRpcError:
        return None
    return game if game.last_log_sequence >= log_sequence else None


async def test_nats_away_is_outlived(tmp_path: Path, redis_url: str, database: str, redis: Any) -> None:
    """Given a NATS that is killed and comes back without its memory streams, then folding goes on."""
    server = servers.start_nats(tmp_path / "nats", tmp_path / "nats" / "logs")
    stated = StatedProcess(tmp_path, nats_url=server.url, redis_url=redis_url, postgres_url=database)
    link = await jetstream.connect(server.url, "test")
    await streams.ensure_streams(link.js, streams.configs())
    try:
        stated.start()
        stubs = Stubs(stated.ports["grpc"])
        await register(stubs, small_match.game(topic=0))
        await publish(link, *FEED[:4])
        await folded(stubs, 4)

        server.child.kill()
        server.restart()
        await until(lambda: _published(link, FEED[4:]))

        game = await folded(stubs, len(FEED))
        assert (game.state.score.home, game.state.score.away) == (3, 2)
        await asyncio.to_thread(stated.until_ready)
        await stubs.channel.close()
    finally:
        stated.stop()
        await link.close()
        server.child.stop()


async def _published(link: NatsLink, events: list[GameEvent]) -> bool:
    try:
        await publish(link, *events)
    except Exception:  # not connected again yet
        return False
    return True


async def test_two_processes_that_start_together_migrate_once(
    tmp_path: Path, nats_url: str, redis_url: str, database: str, link: NatsLink, redis: Any
) -> None:
    """Given an empty database, when two replicas start at once, then both end with the schema."""
    folders = [tmp_path / "a", tmp_path / "b"]
    both = []
    for folder in folders:
        folder.mkdir()
        both.append(StatedProcess(folder, nats_url=nats_url, redis_url=redis_url, postgres_url=database))
    try:
        await asyncio.gather(*(asyncio.to_thread(process.start) for process in both))
        for process in both:
            stubs = Stubs(process.ports["grpc"])
            await register(stubs, small_match.game(topic=0))
            await stubs.channel.close()
            assert "schema.ready" in process.log
    finally:
        for process in both:
            process.stop()


async def test_metrics_are_served_under_their_names(
    stated: StatedProcess, stubs: Stubs, link: NatsLink
) -> None:
    await register(stubs, small_match.game(topic=0))
    await publish(link, *FEED)
    await folded(stubs, len(FEED))

    counted = f'scoreline_stated_events_folded_total{{step="applied"}} {float(len(FEED))}'

    async def told() -> str | None:  # counted with the ack, a moment after the state is there
        text = await asyncio.to_thread(stated.metrics)
        return text if counted in text else None

    text = await until(told)
    for name in (
        "patch_bytes_bucket",
        "commit_seconds_bucket",
        "ingest_to_commit_seconds_bucket",
        "consumer_lag_events",
        "events_held",
    ):
        assert f"scoreline_stated_{name}" in text


async def test_command_rebuilds_and_says_what_changed(
    stated: StatedProcess, stubs: Stubs, link: NatsLink
) -> None:
    await register(stubs, small_match.game(topic=0))
    await publish(link, *FEED)
    before = await folded(stubs, len(FEED))

    address = f"127.0.0.1:{stated.ports['grpc']}"
    done = await asyncio.to_thread(
        CliRunner().invoke, rebuild_app, ["g1", "nope", "--state", address, "--json"]
    )

    assert done.exit_code == 1, "one of them is unknown"
    ours, unknown = (json.loads(line) for line in done.stdout.splitlines())
    assert (ours["events_folded"], ours["changed"]) == (len(FEED), False)
    assert ours["before"].startswith("3-2, live HT, at ")
    assert unknown["error"].startswith("UNKNOWN_GAME")
    after = (await stubs.state.GetState(pb.GetStateRequest(game_id="g1"))).game
    assert after.position.epoch > before.position.epoch
