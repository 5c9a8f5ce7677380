// The moment of play as a row of short words, with the bases as a small diamond.
import type { ScoreState } from "../../generated/scoreline/v1/state_pb.ts";
import { strip } from "../core/strip.ts";
import { el, setShown, spoken } from "./dom.ts";

const SVG = "http://www.w3.org/2000/svg";
const BASES = [
  { name: "first", bit: 1, d: "M18 6l4 4-4 4-4-4z" },
  { name: "second", bit: 2, d: "M12 0.8l4 4-4 4-4-4z" },
  { name: "third", bit: 4, d: "M6 6l4 4-4 4-4-4z" },
] as const;

export class StripRow {
  readonly element = el("div", "strip");
  #content = "";

  constructor() {
    this.element.hidden = true;
  }

  show(state: ScoreState): void {
    const wanted = strip(state);
    const content = JSON.stringify(wanted);
    if (content === this.#content) return;
    this.#content = content;
    const parts: (HTMLElement | SVGElement)[] = wanted.chips.map((chip) => el("span", "chip", chip));
    if (wanted.bases !== undefined) parts.unshift(diamond(wanted.bases), spoken(basesWords(wanted.bases)));
    this.element.replaceChildren(...parts);
    setShown(this.element, parts.length > 0);
  }
}

function basesWords(bases: number): string {
  const taken = BASES.filter(({ bit }) => bases & bit).map(({ name }) => name);
  return taken.length > 0 ? `Runners on ${taken.join(", ")}.` : "Bases empty.";
}

function diamond(bases: number): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "1 0 22 15");
  svg.setAttribute("class", "bases");
  svg.setAttribute("aria-hidden", "true");
  for (const { bit, d } of BASES) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    if (bases & bit) path.setAttribute("class", "taken");
    svg.append(path);
  }
  return svg;
}
