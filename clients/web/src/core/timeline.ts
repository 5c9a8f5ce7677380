// The timeline as lines of words, the newest first. Pure.
import { Side } from "../../generated/scoreline/v1/game_pb.ts";
import { type KeyEvent, KeyEventKind as Kind, type ScoreState } from "../../generated/scoreline/v1/state_pb.ts";
import { minuteLabel } from "./labels.ts";

/** The picture beside a line. */
export type Mark =
  | "goal" | "own-goal"
  | "yellow" | "second-yellow" | "red"
  | "substitution" | "shootout-goal"
  | "badge" | "timeout" | "miss";

/** One line of the timeline. */
export interface Line {
  readonly key: number;
  readonly side: Side;
  readonly minute: string;
  readonly mark: Mark;
  /** What the mark means, for those who do not see it. */
  readonly meaning: string;
  /** What stands in the mark where it is letters: `TD`, `+3`. */
  readonly badge: string;
  readonly text: string;
  readonly detail: string;
  /** The score after a line that scored, such as `2–1`; empty for other lines. */
  readonly score: string;
  readonly voided: boolean;
}

type Points = number | "amount";

/** The mark, its meaning, what it adds to the score that is shown, and the letters of a badge. */
const WORDS: Partial<Record<Kind, readonly [Mark, string, Points, badge?: string]>> = {
  [Kind.GOAL]: ["goal", "Goal", 1],
  [Kind.PENALTY_GOAL]: ["goal", "Penalty goal", 1],
  [Kind.OWN_GOAL]: ["own-goal", "Own goal", 1],
  [Kind.YELLOW_CARD]: ["yellow", "Yellow card", 0],
  [Kind.SECOND_YELLOW_CARD]: ["second-yellow", "Second yellow card", 0],
  [Kind.RED_CARD]: ["red", "Red card", 0],
  [Kind.SUBSTITUTION]: ["substitution", "Substitution", 0],
  [Kind.SHOOTOUT_GOAL]: ["shootout-goal", "Shoot-out: scored", 0],
  [Kind.SHOOTOUT_MISS]: ["miss", "Shoot-out: missed", 0],
  [Kind.ONE_POINT]: ["badge", "Free throw", 1, "+1"],
  [Kind.TWO_POINTS]: ["badge", "Two points", 2, "+2"],
  [Kind.THREE_POINTS]: ["badge", "Three points", 3, "+3"],
  [Kind.TIMEOUT]: ["timeout", "Timeout", 0],
  [Kind.PENALTY_MISSED]: ["miss", "Penalty missed", 0],
  [Kind.TOUCHDOWN]: ["badge", "Touchdown", 6, "TD"],
  [Kind.FIELD_GOAL]: ["badge", "Field goal", 3, "FG"],
  [Kind.EXTRA_POINT]: ["badge", "Extra point", 1, "+1"],
  [Kind.TWO_POINT_CONVERSION]: ["badge", "Two-point conversion", 2, "+2"],
  [Kind.SAFETY]: ["badge", "Safety", 2, "SAF"],
  [Kind.FIELD_GOAL_MISSED]: ["miss", "Field goal missed", 0],
  [Kind.TRY_FAILED]: ["miss", "Try failed", 0],
  [Kind.POWER_PLAY_GOAL]: ["goal", "Power-play goal", 1],
  [Kind.SHORT_HANDED_GOAL]: ["goal", "Short-handed goal", 1],
  [Kind.EMPTY_NET_GOAL]: ["goal", "Empty-net goal", 1],
  [Kind.PENALTY]: ["badge", "Penalty", 0, "PEN"],
  [Kind.RUN]: ["badge", "Run", "amount"],
  [Kind.HOME_RUN]: ["badge", "Home run", "amount", "HR"],
  // Runs between the wickets have no lines, so the score after a boundary can't be counted back.
  [Kind.FOUR]: ["badge", "Four", 0, "4"],
  [Kind.SIX]: ["badge", "Six", 0, "6"],
  [Kind.WICKET]: ["badge", "Wicket", 0, "W"],
  [Kind.GAME_WON]: ["badge", "Game", 0, "G"],
  [Kind.BREAK]: ["badge", "Break of serve", 0, "BR"],
  [Kind.SET_WON]: ["badge", "Set", 1, "SET"],
  [Kind.CONCESSION]: ["miss", "Gave up", 0],
};

/** Kinds that a line tells in words too, because their mark or the player's name alone would not. */
const TOLD: Partial<Record<Kind, string>> = {
  [Kind.PENALTY_GOAL]: "penalty",
  [Kind.OWN_GOAL]: "own goal",
  [Kind.PENALTY_MISSED]: "penalty missed",
  [Kind.FIELD_GOAL_MISSED]: "field goal missed",
  [Kind.TRY_FAILED]: "try failed",
  [Kind.POWER_PLAY_GOAL]: "power play",
  [Kind.SHORT_HANDED_GOAL]: "short-handed",
  [Kind.EMPTY_NET_GOAL]: "empty net",
};

/** Return the timeline, the newest line first; kinds that are newer than this page are left out. */
export function timeline(state: ScoreState): Line[] {
  // Scores are counted back from the current one, because only the last 50 events are kept.
  let home = state.score?.home ?? 0;
  let away = state.score?.away ?? 0;
  // The goal that a shoot-out of ice hockey gives is in the score, but no line of the timeline.
  const given = state.situation.case === "iceHockey" ? state.situation.value.shootoutWinner : undefined;
  if (given === Side.HOME) home -= 1;
  if (given === Side.AWAY) away -= 1;
  const lines: Line[] = [];
  for (const key of Object.keys(state.keyEvents).map(Number).sort((a, b) => b - a)) {
    const event = state.keyEvents[key];
    const words = WORDS[event?.kind ?? Kind.UNSPECIFIED];
    if (event === undefined || words === undefined) continue;
    const [mark, meaning, worth, badge] = words;
    const points = worth === "amount" ? (event.amount ?? 1) : worth;
    const side = creditedSide(event, state);
    const voided = event.voided === true;
    const scores = points > 0 && !voided;
    lines.push({
      key, side, mark, meaning, voided,
      badge: mark === "badge" ? (badge ?? `+${points}`) : "",
      minute: minuteLabel(event, state.sheet, side),
      text: playerName(state, event.player) || meaning,
      detail: detail(event, state),
      score: scores ? `${home}–${away}` : "",
    });
    if (scores && side === Side.HOME) home -= points;
    if (scores && side === Side.AWAY) away -= points;
  }
  return lines;
}

/** Return the side that a key event is shown at: for an own goal the one that gets it. */
export function creditedSide(event: KeyEvent, state: ScoreState): Side {
  if (event.player === undefined) return event.side ?? Side.UNSPECIFIED;
  const own = state.sheet?.roster[event.player]?.side ?? event.side ?? Side.UNSPECIFIED;
  if (event.kind !== Kind.OWN_GOAL || own === Side.UNSPECIFIED) return own;
  return own === Side.HOME ? Side.AWAY : Side.HOME;
}

/** Return a player's name, or the shirt number where the name is missing. */
export function playerName(state: ScoreState, number: number | undefined): string {
  const player = number === undefined ? undefined : state.sheet?.roster[number];
  if (player?.name) return player.name;
  return player?.shirtNumber ? `No. ${player.shirtNumber}` : "";
}

function detail(event: KeyEvent, state: ScoreState): string {
  const other = playerName(state, event.otherPlayer);
  const parts: string[] = [];
  const told = TOLD[event.kind ?? Kind.UNSPECIFIED];
  // Without a player the line's text says it already.
  if (told !== undefined && (playerName(state, event.player) || event.kind === Kind.OWN_GOAL)) parts.push(told);
  if (event.kind === Kind.PENALTY && event.amount !== undefined) parts.push(`${event.amount} min`);
  if (event.kind === Kind.HOME_RUN && (event.amount ?? 1) > 1) parts.push(`${event.amount} runs`);
  if (other) parts.push(event.kind === Kind.SUBSTITUTION ? `on: ${other}` : `assist: ${other}`);
  if (event.voided === true) parts.push("cancelled");
  return parts.join(", ");
}
