// The counts of both sides as a table, with a bar where one side's part of the whole can be drawn.
import type { ScoreState } from "../../generated/scoreline/v1/state_pb.ts";
import { type Fact, facts } from "../core/facts.ts";
import { el, setShown, setText, spoken } from "./dom.ts";

interface Row {
  readonly element: HTMLElement;
  readonly home: HTMLElement;
  readonly away: HTMLElement;
  readonly bar: HTMLElement;
}

export class FactsTable {
  readonly element = el("table", "facts");
  readonly #body = el("tbody", "");
  readonly #rows = new Map<string, Row>();
  readonly #all: boolean;

  constructor(all: boolean) {
    this.#all = all;
    this.element.append(el("caption", "", spoken("Counts of both sides")), this.#body);
    this.element.hidden = true;
  }

  show(state: ScoreState): void {
    const wanted = facts(state, this.#all);
    setShown(this.element, wanted.length > 0);
    const rows = wanted.map((fact) => this.#show(fact));
    const current = [...this.#body.children];
    if (rows.length !== current.length || rows.some((row, at) => row !== current[at])) this.#body.replaceChildren(...rows);
  }

  #show(fact: Fact): HTMLElement {
    const row = this.#rows.get(fact.name) ?? this.#add(fact.name);
    setText(row.home, fact.home);
    setText(row.away, fact.away);
    row.bar.classList.toggle("nothing", fact.share === undefined);
    row.bar.style.setProperty("--share", String(fact.share ?? 0.5));
    return row.element;
  }

  #add(name: string): Row {
    const home = el("td", "home");
    const away = el("td", "away");
    const bar = el("span", "bar");
    const header = el("th", "", el("span", "", name), bar);
    header.scope = "row";
    const row = { element: el("tr", "", home, header, away), home, away, bar };
    this.#rows.set(name, row);
    return row;
  }
}
