// The timeline as a list, the home side on the left, the minute in the middle, the away side on the right.
import { Side } from "../../generated/scoreline/v1/game_pb.ts";
import type { ScoreState } from "../../generated/scoreline/v1/state_pb.ts";
import { type Line, timeline } from "../core/timeline.ts";
import { el, setShown, setText } from "./dom.ts";
import { mark } from "./marks.ts";

const LINES_SHOWN = 6;

export class TimelineList {
  readonly element = el("section", "timeline");
  readonly #list = el("ol", "");
  readonly #more = el("button", "more");
  readonly #items = new Map<number, { readonly item: HTMLLIElement; readonly content: string }>();
  #open: boolean;
  #lines: Line[] = [];

  constructor(open: boolean) {
    this.#open = open;
    this.#more.type = "button";
    this.#more.addEventListener("click", () => {
      this.#open = !this.#open;
      this.#arrange(false);
    });
    if (open) this.element.append(el("h4", "", "Timeline"));
    this.element.append(this.#list);
    if (!open) this.element.append(this.#more);
    this.element.hidden = true;
  }

  /** Show the key events of a state; lines that are new to the viewer slide in when `animated`. */
  show(state: ScoreState, animated: boolean): void {
    this.#lines = timeline(state);
    setShown(this.element, this.#lines.length > 0);
    this.#arrange(animated);
  }

  #arrange(animated: boolean): void {
    const lines = this.#open ? this.#lines : this.#lines.slice(0, LINES_SHOWN);
    const items = lines.map((line) => this.#item(line, animated));
    const keys = new Set(this.#lines.map((line) => line.key));
    for (const key of this.#items.keys()) if (!keys.has(key)) this.#items.delete(key);
    const current = [...this.#list.children];
    if (items.length !== current.length || items.some((item, at) => item !== current[at])) {
      this.#list.replaceChildren(...items);
    }
    setShown(this.#more, this.#lines.length > LINES_SHOWN);
    setText(this.#more, this.#open ? "Show fewer" : `Show all ${this.#lines.length} events`);
    this.#more.setAttribute("aria-expanded", String(this.#open));
  }

  #item(line: Line, animated: boolean): HTMLLIElement {
    const content = JSON.stringify(line);
    const known = this.#items.get(line.key);
    if (known?.content === content) {
      known.item.classList.remove("fresh"); // being moved along would make it arrive again
      return known.item;
    }
    const side = line.side === Side.HOME ? "home" : line.side === Side.AWAY ? "away" : "nobody";
    const words = el("span", "words", el(line.voided ? "s" : "span", "text", line.text));
    const detail = el("span", "detail");
    if (line.score) detail.append(el("span", "score-after", line.score), " ");
    detail.append(line.detail);
    if (detail.textContent) words.append(detail);
    const what = el("span", "what", el("span", "picture", mark(line)), words);
    const item = el("li", `line ${side} is-${line.mark}`, el("span", "minute", line.minute), what);
    item.classList.toggle("voided", line.voided);
    item.classList.toggle("fresh", animated && known === undefined);
    this.#items.set(line.key, { item, content });
    return item;
  }
}
