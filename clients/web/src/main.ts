// Where the parts of the page are put together; everything with a clock or an event of the browser starts here.
import { ServerClock } from "./core/clock.ts";
import { Follower } from "./core/follower.ts";
import { chooseGames, type ListedGame } from "./core/listing.ts";
import { GamesList } from "./net/games.ts";
import { Link } from "./net/link.ts";
import { Scoreboard } from "./view/scoreboard.ts";

const TICK_MS = 250;
const TOPIC = "game/";

const wantedGame = new URLSearchParams(location.search).get("game");
const board = new Scoreboard(wantedGame !== null);
const follower = new Follower();
const clock = new ServerClock();

const link = new Link(follower, clock, {
  changed(topic) {
    const state = follower.topic(topic)?.state;
    if (state !== undefined) board.show(topic.slice(TOPIC.length), state, clock.at(Date.now()));
  },
  connection: (state) => board.showConnection(state),
  gone: (topic) => board.showGone(topic.slice(TOPIC.length)),
});

const list = new GamesList(wantedGame, followGames, () => board.arrange("The list of games can't be reached. Trying again."));

function followGames(games: ListedGame[]): void {
  const chosen = chooseGames(games);
  const ids = new Set(chosen.map((game) => game.gameId));
  for (const gameId of board.games) {
    if (ids.has(gameId)) continue;
    board.remove(gameId);
    link.unfollow(TOPIC + gameId);
  }
  for (const game of chosen) {
    board.add(game);
    link.follow(TOPIC + game.gameId);
  }
  board.arrange(wantedGame === null ? undefined : `There is no game ${wantedGame}.`);
}

setInterval(() => board.tick(clock.at(Date.now())), TICK_MS);
addEventListener("online", () => link.open());
addEventListener("offline", () => link.offline());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  link.wake();
  list.refresh();
});

link.open();
list.refresh();
