// The list of games that the page follows, and in which order it shows them. Pure.
import { GameStatus } from "../../generated/scoreline/v1/state_pb.ts";
import { isOver, isUnderway } from "./labels.ts";

/** A game as the list names it; everything else comes with its snapshot. */
export interface ListedGame {
  readonly gameId: string;
  readonly scheduledMs: number;
  readonly status: GameStatus;
  readonly home: string;
  readonly away: string;
}

/** The part of the page that a game stands in. */
export type Section = "live" | "results" | "upcoming";

/** How many games of each part one page follows; a fan looks at some games, not at a whole weekend. */
export const SHOWN: Readonly<Record<Section, number>> = { live: 40, results: 12, upcoming: 12 };

/** Return the part of the page where a game with this status stands. */
export function sectionOf(status: GameStatus | undefined): Section {
  if (isUnderway(status)) return "live";
  return isOver(status) ? "results" : "upcoming";
}

/** Order two games of a part: results the latest first, everything else the earliest first. */
export function inOrder(section: Section, a: ListedGame, b: ListedGame): number {
  const byTime = a.scheduledMs - b.scheduledMs;
  return (section === "results" ? -byTime : byTime) || (a.gameId < b.gameId ? -1 : 1);
}

/** Return the games to follow, in order: live ones, then results, then what comes. */
export function chooseGames(games: readonly ListedGame[]): ListedGame[] {
  return (["live", "results", "upcoming"] as const).flatMap((section) =>
    games
      .filter((game) => sectionOf(game.status) === section)
      .sort((a, b) => inOrder(section, a, b))
      .slice(0, SHOWN[section]),
  );
}

/** Read the JSON of `/v1/games`; entries that cannot be understood are left out. */
export function parseGames(json: unknown): ListedGame[] {
  const entries = field(json, "games");
  return Array.isArray(entries) ? entries.map(parseGame).filter((game) => game !== undefined) : [];
}

/** Whether the list goes on behind this page of it. */
export function hasMore(json: unknown): boolean {
  return Boolean(field(json, "next_page_token"));
}

/** Read one entry of the list. */
export function parseGame(entry: unknown): ListedGame | undefined {
  const gameId = field(entry, "game_id");
  if (typeof gameId !== "string" || gameId === "") return undefined;
  const scheduledMs = Date.parse(String(field(entry, "scheduled_time") ?? ""));
  return {
    gameId,
    scheduledMs: Number.isNaN(scheduledMs) ? 0 : scheduledMs,
    status: parseStatus(field(entry, "status")),
    home: teamName(field(entry, "home")),
    away: teamName(field(entry, "away")),
  };
}

function parseStatus(value: unknown): GameStatus {
  const name = String(value ?? "").toUpperCase().replace("GAME_STATUS_", "");
  if (name === "BREAK") return GameStatus.LIVE;
  return GameStatus[name as keyof typeof GameStatus] ?? GameStatus.SCHEDULED;
}

function teamName(team: unknown): string {
  return String(field(team, "name") ?? "");
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
