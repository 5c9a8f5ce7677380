// A color and letters for a team that has no picture: the same team looks the same everywhere. Pure.

/** Return a hue of the color circle for each of two teams, far enough apart to tell them from each other. */
export function hues(home: string, away: string): readonly [number, number] {
  const first = hue(home);
  const second = hue(away);
  const apart = Math.abs(((second - first + 540) % 360) - 180);
  return [first, apart < 60 ? (first + 150) % 360 : second];
}

/** Return at most three letters for a team: its short name, else the beginning of its name. */
export function letters(shortName: string, name: string): string {
  return (shortName || name.replace(/[^\p{L}\p{N}]/gu, "")).slice(0, 3).toUpperCase();
}

function hue(text: string): number {
  let sum = 7;
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360_007;
  return sum % 360;
}
