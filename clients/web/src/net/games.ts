// The list of games, asked for again from time to time so that games which start later join by themselves.
import { jitteredMs } from "../core/backoff.ts";
import { hasMore, type ListedGame, parseGame, parseGames, SHOWN } from "../core/listing.ts";

const PERIOD_MS = 15_000;
/** Soon again after a failure, because the page may have nothing to show. */
const RETRY_MS = 3_000;
/** As many games as one answer may hold; a longer list is asked for by status. */
const PAGE_SIZE = 100;
const TIMEOUT_MS = 10_000;

export class GamesList {
  readonly #gameId: string | null;
  readonly #arrived: (games: ListedGame[]) => void;
  readonly #failed: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;

  /** Watch all games, or only `gameId`. */
  constructor(gameId: string | null, arrived: (games: ListedGame[]) => void, failed: () => void) {
    this.#gameId = gameId;
    this.#arrived = arrived;
    this.#failed = failed;
  }

  /** Ask now, then again and again. */
  refresh(): void {
    clearTimeout(this.#timer);
    if (!this.#asking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    let nextMs = PERIOD_MS;
    try {
      this.#arrived(this.#gameId === null ? await allGames() : await oneGame(this.#gameId));
    } catch {
      nextMs = RETRY_MS; // network or server: the connection line tells the viewer, the next attempt repairs it
      this.#failed();
    }
    this.#asking = false;
    this.#timer = setTimeout(() => this.refresh(), jitteredMs(nextMs, Math.random));
  }
}

async function oneGame(gameId: string): Promise<ListedGame[]> {
  const answer = await ask(`/v1/games/${encodeURIComponent(gameId)}`);
  // What can't be an id at all (400) is as absent as what is not registered (404).
  if (answer.status === 404 || answer.status === 400) return [];
  const game = parseGame(await json(answer));
  return game === undefined ? [] : [game];
}

async function allGames(): Promise<ListedGame[]> {
  const first = await json(await ask(`/v1/games?page_size=${PAGE_SIZE}`));
  if (!hasMore(first)) return parseGames(first);
  // Lists are ordered by time, so that a long one begins with what was long ago: ask for each part by its status.
  const parts = await Promise.all(
    [
      ["live", SHOWN.live],
      ["interrupted", SHOWN.live],
      ["scheduled", SHOWN.upcoming],
      ["final", PAGE_SIZE],
    ].map(async ([status, size]) => json(await ask(`/v1/games?status=${status}&page_size=${size}`))),
  );
  return parts.flatMap(parseGames);
}

function ask(address: string): Promise<Response> {
  return fetch(address, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(TIMEOUT_MS) });
}

async function json(answer: Response): Promise<unknown> {
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}`);
  return answer.json();
}
