"""The catalog answers alike, read from a real stream or from memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from scoreline.runtime import jetstream, streams
from scoreline.runtime.catalog_follower import Catalog, CatalogFollower
from scoreline.testing.catalog import MemoryCatalog
from scoreline.v1.game_pb2 import Game, GameProvider, Sport
from scoreline.wire import names

Put = Callable[[Game], Awaitable[None]]


def game(game_id: str, external: str = "", provider: str = "acme") -> Game:
    return Game(
        game_id=game_id,
        sport=Sport.SPORT_FOOTBALL,
        providers=[GameProvider(provider_id=provider, external_game_id=external)],
    )


@pytest.fixture(params=["memory", "nats"])
async def catalog(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Catalog, Put]]:
    if request.param == "memory":
        memory = MemoryCatalog()

        async def remember(entry: Game) -> None:
            memory.put(entry)

        yield memory, remember
        return
    link = await jetstream.connect(request.getfixturevalue("nats_url"), "test-catalog", deadline_s=5)
    await streams.ensure_streams(link.js, streams.configs())

    async def publish(entry: Game) -> None:
        await link.js.publish(names.catalog_subject(entry.game_id), entry.SerializeToString())

    follower = CatalogFollower(link)
    await follower.start()
    async with asyncio.timeout(5):
        await follower.wait_caught_up()
    yield follower, publish
    await follower.stop()
    await link.close()


async def test_a_registered_game_is_found(catalog: tuple[Catalog, Put]) -> None:
    games, put = catalog
    await put(game("contract-found"))
    found = await games.find("contract-found")
    assert found is not None
    assert found.sport == Sport.SPORT_FOOTBALL
    assert games.get("contract-found") is not None
    assert games.caught_up


async def test_a_game_that_nobody_registered_is_not_found(catalog: tuple[Catalog, Put]) -> None:
    games, _ = catalog
    assert await games.find("contract-nobody") is None
    assert await games.find("contract-nobody") is None
    assert games.get("contract-nobody") is None


@pytest.mark.parametrize("trick", ["", ">", "*", "a.b", "../x", "x' OR '1'='1", "a b", "\u202e", "x" * 65])
async def test_an_impossible_id_is_not_found_and_breaks_nothing(
    catalog: tuple[Catalog, Put], trick: str
) -> None:
    games, put = catalog
    await put(game("contract-behind-tricks"))
    assert await games.find(trick) is None
    assert await games.find("contract-behind-tricks") is not None


async def test_a_game_is_found_by_its_providers_own_name(catalog: tuple[Catalog, Put]) -> None:
    games, put = catalog
    await put(game("contract-external", external="2058017"))
    found = await games.find_external("acme", "2058017")
    assert found is not None
    assert found.game_id == "contract-external"
    assert games.resolve("acme", "2058017") is not None
    assert await games.find_external("other", "2058017") is None


async def test_a_providers_name_moves_with_a_new_registration(catalog: tuple[Catalog, Put]) -> None:
    games, put = catalog
    await put(game("contract-moved", external="old-name"))
    assert await games.find_external("acme", "old-name") is not None
    await put(game("contract-moved", external="new-name"))
    assert await games.find_external("acme", "new-name") is not None
    assert games.resolve("acme", "old-name") is None


async def test_a_name_given_to_another_game_stays_there_when_its_former_holder_comes_later(
    catalog: tuple[Catalog, Put],
) -> None:
    games, put = catalog
    await put(game("contract-former", external="handed-on"))
    assert await games.find_external("acme", "handed-on") is not None

    await put(game("contract-heir", external="handed-on"))
    await put(game("contract-former", external="another"))
    assert await games.find_external("acme", "another") is not None

    found = games.resolve("acme", "handed-on")
    assert found is not None
    assert found.game_id == "contract-heir"


async def test_all_games_are_listed(catalog: tuple[Catalog, Put]) -> None:
    games, put = catalog
    for number in range(3):
        await put(game(f"contract-list-{number}"))
        assert await games.find(f"contract-list-{number}") is not None
    listed = {entry.game_id for entry in games.games()}
    assert {"contract-list-0", "contract-list-1", "contract-list-2"} <= listed
