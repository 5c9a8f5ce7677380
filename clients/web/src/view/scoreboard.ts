// The page: cards in three parts, the line about the connection, and what is said aloud.
import type { ScoreState } from "../../generated/scoreline/v1/state_pb.ts";
import { type ConnectionState, connectionWords } from "../core/connection_state.ts";
import { isUnderway } from "../core/labels.ts";
import { inOrder, type ListedGame, type Section, sectionOf } from "../core/listing.ts";
import { isCelebrating } from "./animation.ts";
import { Card } from "./card.ts";
import { el, setShown, setText } from "./dom.ts";

const TITLES: Readonly<Record<Section, string>> = { live: "Live", results: "Results", upcoming: "Upcoming" };
const SECTIONS: readonly Section[] = ["live", "results", "upcoming"];

interface Part {
  readonly element: HTMLElement;
  readonly grid: HTMLElement;
  readonly count: HTMLElement;
}

export class Scoreboard {
  readonly #main: HTMLElement;
  readonly #connection: HTMLElement;
  readonly #aloud: HTMLElement;
  readonly #news: HTMLElement;
  readonly #empty = el("p", "empty", "Loading games");
  readonly #parts: Readonly<Record<Section, Part>>;
  readonly #cards = new Map<string, Card>();
  readonly #big: boolean;
  #state: ConnectionState = { kind: "connecting" };

  constructor(big: boolean) {
    this.#main = required("scoreboard");
    this.#connection = required("connection");
    this.#aloud = required("aloud");
    this.#news = required("news");
    this.#big = big;
    this.#parts = { live: part("live"), results: part("results"), upcoming: part("upcoming") };
    this.#main.classList.toggle("single", big);
    this.#main.replaceChildren(this.#empty, ...SECTIONS.map((section) => this.#parts[section].element));
  }

  get games(): readonly string[] {
    return [...this.#cards.keys()];
  }

  has(gameId: string): boolean {
    return this.#cards.has(gameId);
  }

  /** Add a card, or learn what the list says newly of one. */
  add(game: ListedGame): void {
    const known = this.#cards.get(game.gameId);
    if (known !== undefined) known.game = game;
    else this.#cards.set(game.gameId, new Card(game, this.#big, () => this.arrange()));
  }

  remove(gameId: string): void {
    this.#cards.get(gameId)?.element.remove();
    this.#cards.delete(gameId);
  }

  /** Show a newer state of a game, and say a goal aloud. */
  show(gameId: string, state: ScoreState, nowMs: number): void {
    const card = this.#cards.get(gameId);
    if (card === undefined) return;
    const before = card.status;
    const fresh = card.state === undefined;
    const change = card.show(state, nowMs);
    if (change.kind === "corrected" || (change.kind === "scored" && change.loud)) setText(this.#aloud, change.words);
    if (fresh || sectionOf(before) !== sectionOf(card.status)) this.arrange();
    if (this.#big) document.title = title(state);
  }

  showGone(gameId: string): void {
    this.#cards.get(gameId)?.showGone();
  }

  tick(nowMs: number): void {
    for (const card of this.#cards.values()) if (isUnderway(card.status)) card.tick(nowMs);
    this.#renderConnection();
  }

  /** Put every card into its part and its place. */
  arrange(emptyWords = "No games yet. They appear here by themselves."): void {
    setText(this.#empty, emptyWords);
    setShown(this.#empty, this.#cards.size === 0);
    for (const section of SECTIONS) {
      const cards = [...this.#cards.values()]
        .filter((card) => this.#placeOf(card) === section)
        .sort((a, b) => inOrder(section, a.game, b.game));
      const { element, grid, count } = this.#parts[section];
      // A card that is put where it is already would begin its animation anew: those that leave go first.
      const staying = new Set<Element>(cards.map((card) => card.element));
      for (const child of [...grid.children]) if (!staying.has(child)) child.remove();
      cards.forEach((card, at) => {
        if (grid.children[at] !== card.element) grid.insertBefore(card.element, grid.children[at] ?? null);
      });
      setText(count, String(cards.length));
      setShown(element, cards.length > 0);
    }
  }

  /** Where a card belongs; while it celebrates that is where it is. */
  #placeOf(card: Card): Section {
    const here = SECTIONS.find((section) => this.#parts[section].grid === card.element.parentElement);
    return here !== undefined && isCelebrating(card.element) ? here : sectionOf(card.status);
  }

  showConnection(state: ConnectionState): void {
    // Read aloud when it changes, not with each second of a countdown.
    if (state.kind !== this.#state.kind) setText(this.#news, connectionWords(state, Number.POSITIVE_INFINITY));
    this.#state = state;
    this.#connection.dataset["state"] = state.kind === "live" && (state.degraded || state.slow) ? "impaired" : state.kind;
    this.#main.classList.toggle("stale", state.kind === "offline" || state.kind === "stopped");
    this.#renderConnection();
  }

  #renderConnection(): void {
    setText(this.#connection, connectionWords(this.#state, Date.now()));
  }
}

function part(section: Section): Part {
  const grid = el("div", "grid");
  const count = el("span", "count");
  const heading = el("h2", "", TITLES[section], " ", count);
  const element = el("section", `part ${section}`, heading, grid);
  element.hidden = true;
  return { element, grid, count };
}

function title(state: ScoreState): string {
  const { sheet, score } = state;
  const home = sheet?.home?.shortName || sheet?.home?.name || "";
  const away = sheet?.away?.shortName || sheet?.away?.name || "";
  return `${home} ${score?.home ?? 0}–${score?.away ?? 0} ${away} · Scoreline`;
}

function required(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`index.html has no element #${id}`);
  return element;
}
