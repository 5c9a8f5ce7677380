"""The scoreboard page in a real browser, served by a real pushd over real NATS and Redis."""

from __future__ import annotations

import os
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from scoreline.local.children import Child
from scoreline.local.ports import HOST, free_port
from scoreline.v1.game_pb2 import Game, Side, Sport
from scoreline.v1.state_pb2 import GameStatus, KeyEventKind, PeriodKind, ScoreState
from tests.support.stage import Stage, stage

ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
# Counts goals as a viewer sees them: by the animations that really begin.
COUNT_GOALS = """
let goals = 0;
addEventListener("animationstart", (event) => {
  if (event.animationName === "goal-sweep") document.documentElement.dataset.goals = ++goals;
}, true);
"""
STICKING_OUT = """
[...document.querySelectorAll(".card")].flatMap((card) => {
  const frame = card.getBoundingClientRect();
  return [...card.querySelectorAll("*:not(.spoken, .banner, .banner *)")].filter((each) => {
    const { left, right, width } = each.getBoundingClientRect();
    return width > 0 && (left < Math.max(frame.left, 0) || right > Math.min(frame.right, innerWidth));
  }).map((each) => `${each.className}: ${each.textContent}`);
})
"""
RECONNECTED_MS = 45_000
"""Backoff waits up to 20 seconds, and polling may have begun."""
topics = count(7001)


class Gateway:
    """A pushd that can be killed and come back on its port."""

    def __init__(self, nats_url: str, redis_url: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        settings = {
            "PUSHD_NATS_URL": nats_url,
            "PUSHD_REDIS_URL": redis_url,
            "PUSHD_STATE_ADDRESS": "",
            "PUSHD_HTTP_PORT": str(self.port),
            "PUSHD_GRPC_PORT": "0",
        }
        env = {key: value for key, value in os.environ.items() if not key.startswith("PUSHD_")} | settings
        self.child = Child("pushd", [sys.executable, "-m", "pushd"], folder / "pushd.log", env=env)

    def start(self) -> None:
        self.child.start()
        self.child.await_ready(self._is_ready, 30)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture
def gateway(nats_url: str, redis_url: str, tmp_path: Path) -> Iterator[Gateway]:
    running = Gateway(nats_url, redis_url, tmp_path)
    running.start()
    yield running
    running.child.stop()


@pytest.fixture
async def games(nats_url: str, redis_url: str) -> AsyncIterator[Stage]:
    async with stage(nats_url, redis_url) as opened:
        yield opened


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("CI requires Chromium: apt-get install chromium")
        pytest.skip("no Chromium on this machine: apt-get install chromium to run the tests of the page")
    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield chromium
        await chromium.close()


async def open_page(context: Browser | BrowserContext, address: str) -> Page:
    """Open the page with a count of the goals that it celebrates."""
    page = await context.new_page()
    await page.add_init_script(COUNT_GOALS)
    await page.goto(address)
    return page


def football(game_id: str, home: str = "France", away: str = "Argentina") -> tuple[Game, ScoreState]:
    """Return a match in its first half, without a goal."""
    topic = next(topics)
    game = Game(game_id=game_id, sport=Sport.SPORT_FOOTBALL, topic=topic)
    game.scheduled_time.FromSeconds(1_530_367_200)
    game.home.team_id, game.home.name, game.home.short_name = "fra", home, "FRA"
    game.away.team_id, game.away.name, game.away.short_name = "arg", away, "ARG"
    state = ScoreState(status=GameStatus.GAME_STATUS_LIVE)
    state.period.kind, state.period.ordinal, state.period.on_break = PeriodKind.PERIOD_KIND_REGULAR, 1, False
    state.clock.elapsed_ds, state.clock.running, state.clock.as_of_ds = 7540, False, 0
    state.score.home, state.score.away = 0, 0
    sheet = state.sheet
    sheet.sport, sheet.competition, sheet.reference_time_s = Sport.SPORT_FOOTBALL, "World Cup", 1_530_367_200
    sheet.home.CopyFrom(type(sheet.home)(team_id="fra", name=home, short_name="FRA"))
    sheet.away.CopyFrom(type(sheet.away)(team_id="arg", name=away, short_name="ARG"))
    sheet.regular_periods, sheet.regular_period_s, sheet.overtime_period_s = 2, 2700, 900
    sheet.roster[1].name, sheet.roster[1].side = "K. Mbappé", Side.SIDE_HOME
    sheet.roster[2].name, sheet.roster[2].side = "G. Mercado", Side.SIDE_AWAY
    state.football.home.corners = 3
    return game, state


def goal(state: ScoreState) -> None:
    """Give the home side a goal."""
    state.score.home += 1
    entry = state.key_events[max(state.key_events, default=0) + 10]
    entry.kind, entry.player, entry.period, entry.elapsed_s = KeyEventKind.KEY_EVENT_KIND_GOAL, 1, 1, 760


def overturned(state: ScoreState) -> None:
    """Take the last goal back."""
    state.score.home -= 1
    state.key_events[max(state.key_events)].voided = True


def finished(state: ScoreState) -> None:
    """End the game after the second half."""
    state.status = GameStatus.GAME_STATUS_FINAL
    state.period.ordinal, state.period.on_break = 2, True


async def goals_celebrated(page: Page) -> int:
    return int(await page.locator("html").get_attribute("data-goals") or 0)


async def test_a_goal_reaches_the_page_and_is_celebrated_once(
    gateway: Gateway, games: Stage, browser: Browser
) -> None:
    """Given a page that shows a match,

    when a goal is scored and then taken back,
    then the goal is celebrated and said aloud once, and the correction is told without a show.
    """
    await games.register(*football("page-goal"))
    await games.commit("page-goal", goal)
    page = await open_page(browser, gateway.url)
    card = page.locator('[data-game="page-goal"]')
    await expect(card.locator(".digit.home")).to_have_text("1")
    await expect(card.locator(".name").first).to_have_text("France")
    await expect(card.locator(".period")).to_have_text("1H")
    await expect(card.locator(".clock")).to_have_text("12:34")
    await expect(page.locator("#connection")).to_have_text("Live")
    assert await goals_celebrated(page) == 0, "what was there before the viewer came is not celebrated"

    await games.commit("page-goal", goal)
    await expect(card.locator(".digit.home")).to_have_text("2")
    await expect(page.locator("#aloud")).to_have_text("Goal! France 2, Argentina 0. K. Mbappé, 13. minute.")
    await expect(card.locator(".banner-word")).to_be_visible()
    await expect(card.locator(".line")).to_have_count(2)
    await expect(card).not_to_have_class("card celebrating", timeout=10_000)

    await games.commit("page-goal", overturned)
    await expect(card.locator(".digit.home")).to_have_text("1")
    await expect(page.locator("#aloud")).to_have_text("Score corrected. France 1, Argentina 0.")
    await expect(card.locator(".voided s")).to_have_text("K. Mbappé")
    assert await goals_celebrated(page) == 1


async def test_a_lost_connection_is_shown_and_the_score_is_right_when_it_is_back(
    gateway: Gateway, games: Stage, browser: Browser
) -> None:
    """Given a page that shows a match,

    when the gateway is killed, a goal is scored meanwhile, and the gateway comes back,
    then the page says so in words, shows the right score by itself, and celebrates that goal once.
    """
    await games.register(*football("page-drop"))
    page = await open_page(browser, gateway.url)
    digit = page.locator('[data-game="page-drop"] .digit.home')
    connection = page.locator("#connection")
    await expect(digit).to_have_text("0")
    await expect(connection).to_have_text("Live")

    gateway.child.kill()
    await expect(connection).not_to_have_text("Live")
    assert await connection.get_attribute("data-state") in ("reconnecting", "polling")
    await games.commit("page-drop", goal)
    gateway.start()

    await expect(connection).to_have_text("Live", timeout=RECONNECTED_MS)
    await expect(digit).to_have_text("1")
    await expect(page.locator("html")).to_have_attribute("data-goals", "1")
    await games.commit("page-drop", goal)
    await expect(digit).to_have_text("2")
    await expect(page.locator("html")).to_have_attribute("data-goals", "2")


async def test_a_goal_in_the_last_second_is_celebrated_once(
    gateway: Gateway, games: Stage, browser: Browser
) -> None:
    """Given a page that shows a match,

    when a goal is scored and the game ends at once,
    then the goal is celebrated once, and the card then moves to the results.
    """
    await games.register(*football("page-last"))
    page = await open_page(browser, gateway.url)
    await expect(page.locator('.part.live [data-game="page-last"] .digit.home')).to_have_text("0")
    await games.commit("page-last", goal)
    await games.commit("page-last", finished)
    await expect(page.locator('.part.results [data-game="page-last"] .period')).to_have_text(
        "FT", timeout=15_000
    )
    assert await goals_celebrated(page) == 1


async def test_a_browser_without_websockets_polls(gateway: Gateway, games: Stage, browser: Browser) -> None:
    """Given a network that lets no WebSocket through,

    when a page is opened and a goal is scored,
    then the page says that it polls and shows the score nevertheless.
    """
    await games.register(*football("page-poll"))
    context = await browser.new_context()
    await context.add_init_script(
        """
        window.WebSocket = class extends EventTarget {
          static OPEN = 1;
          constructor() { super(); setTimeout(() => this.onclose({ code: 1006 })); }
          close() {}
        };
        """
    )
    page = await open_page(context, gateway.url)
    await expect(page.locator("#connection")).to_have_attribute(
        "data-state", "polling", timeout=RECONNECTED_MS
    )
    digit = page.locator('[data-game="page-poll"] .digit.home')
    await expect(digit).to_have_text("0", timeout=20_000)
    await games.commit("page-poll", goal)
    await expect(digit).to_have_text("1", timeout=20_000)
    await context.close()


async def test_a_game_that_is_registered_later_joins_by_itself(
    gateway: Gateway, games: Stage, browser: Browser
) -> None:
    """Given an open page,

    when a game is registered,
    then the page shows it without being reloaded, and shows names as text whatever they hold.
    """
    page = await open_page(browser, gateway.url)
    await expect(page.locator("#connection")).to_have_text("Live")
    await games.register(*football("page-later", home="<img src=x onerror=alert(1)>"))
    card = page.locator('[data-game="page-later"]')
    await expect(card.locator(".name").first).to_have_text("<img src=x onerror=alert(1)>", timeout=30_000)
    assert await page.locator("img").count() == 0


async def test_less_movement_is_respected(gateway: Gateway, games: Stage, browser: Browser) -> None:
    """Given a viewer who asked for less movement,

    when a goal is scored,
    then the score and the words come, and nothing moves.
    """
    await games.register(*football("page-calm"))
    context = await browser.new_context(reduced_motion="reduce")
    page = await open_page(context, f"{gateway.url}/?game=page-calm")
    await expect(page.locator(".digit.home")).to_have_text("0")
    await games.commit("page-calm", goal)
    await expect(page.locator(".digit.home")).to_have_text("1")
    await expect(page.locator("#aloud")).to_contain_text("Goal!")
    assert await goals_celebrated(page) == 0
    await context.close()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_the_page_fits_a_phone_and_a_desk(
    width: int, scheme: str, gateway: Gateway, games: Stage, browser: Browser, tmp_path: Path
) -> None:
    """Given a game with long names, on its own and among others,

    when the page is shown at this width,
    then nothing has to be scrolled sideways, nothing sticks out, and the browser complains of nothing.
    """
    long_home, long_away = "Borussia VfL 1900 Mönchengladbach", "Wolverhampton Wanderers"
    await games.register(*football(f"page-fit-{scheme}-{width}", home=long_home, away=long_away))
    await games.commit(f"page-fit-{scheme}-{width}", goal)
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in ("/", f"/?game=page-fit-{scheme}-{width}"):
        await page.goto(gateway.url + path)
        card = page.locator(f'[data-game="page-fit-{scheme}-{width}"]')
        await expect(card.locator(".digit.home")).to_have_text("1")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert await page.evaluate(STICKING_OUT) == []
        name = "one" if "game=" in path else "all"
        await page.screenshot(path=tmp_path / f"{name}-{width}-{scheme}.png", full_page=True)
    assert complaints == []
    await context.close()
