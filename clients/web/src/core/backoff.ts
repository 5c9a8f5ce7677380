// When to come back after a connection is lost. Pure: the caller brings the dice.

const FIRST_MS = 500;
const LONGEST_MS = 20_000;
// A broken frame would be broken again; coming back would only repeat it.
const HOPELESS = new Set([1002, 1003, 1007, 1009]);

/** Whether a client that was closed with `code` should try again; ranges carry the policy. */
export function shouldReconnect(code: number): boolean {
  return !(HOPELESS.has(code) || (code >= 4500 && code <= 4999));
}

/**
 * Return how long to wait before attempt number `attempt` (from 0), with full jitter so that a storm spreads out.
 *
 * A hint of the server is a floor: it is kept, and the jitter comes on top.
 */
export function reconnectDelayMs(attempt: number, random: () => number, hintMs = 0): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return hintMs + random() * ceiling;
}

/** Return `periodMs` give or take `share` of it, so that pages opened together do not ask together. */
export function jitteredMs(periodMs: number, random: () => number, share = 0.3): number {
  return periodMs * (1 - share + 2 * share * random());
}
