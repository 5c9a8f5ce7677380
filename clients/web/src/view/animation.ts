// Movement: digits that flip and a card that lights up. Who asked for less movement gets the same news without it.

/** How long the word stays on the card; the style sheet's animation ends by then. */
const CELEBRATION_MS = 4_500;
const running = new WeakMap<HTMLElement, number>();

function isCalm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Set a digit to another text, with a flip when `animated`. */
export function flip(digit: HTMLElement, text: string, animated: boolean): void {
  if (digit.textContent === text) return;
  // A number that falls is a correction; it changes without a show.
  const rises = Number(text) > Number(digit.textContent);
  digit.textContent = text;
  if (!animated || !rises || isCalm()) return;
  digit.animate(
    [
      { transform: "translateY(-0.6em) rotateX(80deg) scale(1.3)", opacity: 0 },
      { transform: "translateY(0.08em) rotateX(-12deg) scale(1.18)", opacity: 1, offset: 0.55 },
      { transform: "none", opacity: 1 },
    ],
    { duration: 650, easing: "cubic-bezier(.2,.9,.3,1.2)" },
  );
}

/** Lift a crest for a moment. */
export function rise(crest: HTMLElement): void {
  if (isCalm()) return;
  crest.animate([{ transform: "none" }, { transform: "scale(1.25) rotate(-4deg)", offset: 0.3 }, { transform: "none" }], {
    duration: 900,
    easing: "ease-out",
  });
}

/** Whether a card shines at the moment. */
export function isCelebrating(card: HTMLElement): boolean {
  return running.has(card);
}

/** Light the card up, and call `settled` when it is over; a second goal while it still shines begins anew. */
export function celebrate(card: HTMLElement, settled: () => void): void {
  clearTimeout(running.get(card));
  card.classList.remove("celebrating");
  void card.offsetWidth; // the browser must see the class gone, or the animation would not start again
  card.classList.add("celebrating");
  const end = (): void => {
    running.delete(card);
    card.classList.remove("celebrating");
    settled();
  };
  running.set(card, setTimeout(end, CELEBRATION_MS));
}
