// The list of games, with a server that the test plays.
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

import type { ListedGame } from "../src/core/listing.ts";
import { GamesList } from "../src/net/games.ts";

const asked: string[] = [];

/** Let the list ask once of a server that answers with `answers` by address, and return what came of it. */
async function listOnce(gameId: string | null, answers: Record<string, { status?: number; body?: unknown }>): Promise<ListedGame[] | "failed"> {
  asked.length = 0;
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(globalThis, "fetch", (address: string) => {
    asked.push(address);
    const { status = 200, body = { games: [] } } = answers[address] ?? {};
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
  return new Promise((resolve) => new GamesList(gameId, resolve, () => resolve("failed")).refresh());
}

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

const game = (game_id: string, status: string): object => ({ game_id, status });

test("a short list is one request", async () => {
  const games = await listOnce(null, { "/v1/games?page_size=100": { body: { games: [game("a", "GAME_STATUS_LIVE")], next_page_token: "" } } });
  assert.deepEqual(asked, ["/v1/games?page_size=100"]);
  assert.ok(games !== "failed");
  assert.deepEqual(games.map((each) => each.gameId), ["a"]);
});

test("of a long list the live games are found wherever they stand in it", async () => {
  const games = await listOnce(null, {
    "/v1/games?page_size=100": { body: { games: [game("old", "GAME_STATUS_FINAL")], next_page_token: "1.old" } },
    "/v1/games?status=live&page_size=40": { body: { games: [game("on", "GAME_STATUS_LIVE")] } },
    "/v1/games?status=final&page_size=100": { body: { games: [game("old", "GAME_STATUS_FINAL")], next_page_token: "2.x" } },
  });
  assert.ok(games !== "failed");
  assert.deepEqual(games.map((each) => each.gameId).sort(), ["old", "on"]);
});

test("a game that does not exist is no game, and a server in trouble is a failure", async () => {
  assert.deepEqual(await listOnce("nope", { "/v1/games/nope": { status: 404 } }), []);
  mock.restoreAll();
  mock.timers.reset();
  assert.equal(await listOnce(null, { "/v1/games?page_size=100": { status: 503 } }), "failed");
});
