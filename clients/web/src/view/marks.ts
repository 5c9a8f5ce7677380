// The little pictures of the timeline, drawn rather than taken from an emoji font that a phone may not have.
import type { Line, Mark } from "../core/timeline.ts";
import { el, spoken } from "./dom.ts";

const SVG = "http://www.w3.org/2000/svg";

const PATHS: Partial<Record<Mark, readonly string[]>> = {
  substitution: ["M5 13V3M2 6l3-3 3 3", "M11 3v10M8 10l3 3 3-3"],
  miss: ["M4 4l8 8M12 4l-8 8"],
  "shootout-goal": ["M3 8.5l3.5 3.5L13 4.5"],
  timeout: ["M8 4.5V8l2.5 2", "M8 2a6 6 0 1 0 .01 0z"],
};

/** Return the picture of a line, with its meaning in words beside it. */
export function mark(line: Line): HTMLElement {
  const box = el("span", `mark mark-${line.mark}`);
  if (line.mark === "goal" || line.mark === "own-goal") box.append(ball());
  else if (line.badge !== "") box.append(visual(line.badge));
  else if (PATHS[line.mark]) box.append(drawing(PATHS[line.mark] ?? []));
  box.append(spoken(`${line.meaning}: `));
  return box;
}

function visual(text: string): HTMLElement {
  const span = el("span", "", text);
  span.setAttribute("aria-hidden", "true");
  return span;
}

function drawing(paths: readonly string[]): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  for (const d of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

function ball(): SVGElement {
  const svg = drawing(["M8 5.2l2.7 2-1 3.1H6.3l-1-3.1z", "M8 5.2V1.6M10.7 7.2l3.4-1.1M9.7 10.3l2 2.9M6.3 10.3l-2 2.9M5.3 7.2L1.9 6.1"]);
  const circle = document.createElementNS(SVG, "circle");
  for (const [name, value] of [["cx", "8"], ["cy", "8"], ["r", "6.6"]] as const) circle.setAttribute(name, value);
  svg.prepend(circle);
  return svg;
}
