// One game as a card: built once, then brought up to date in place, so that nothing flickers.
import { Side, Sport } from "../../generated/scoreline/v1/game_pb.ts";
import { GameStatus, Reporting, type ScoreState } from "../../generated/scoreline/v1/state_pb.ts";
import { type Change, changeOfScore } from "../core/celebration.ts";
import { readClock } from "../core/clock.ts";
import { hues, letters } from "../core/crest.ts";
import { hasScore, isBreakLabel, isUnderway, periodLabel, statusLabel } from "../core/labels.ts";
import type { ListedGame } from "../core/listing.ts";
import { loser } from "../core/outcome.ts";
import { sideNotes } from "../core/side_notes.ts";
import { celebrate, flip, rise } from "./animation.ts";
import { el, setShown, setText, spoken } from "./dom.ts";
import { FactsTable } from "./facts_table.ts";
import { StripRow } from "./strip_row.ts";
import { TimelineList } from "./timeline_list.ts";

interface TeamParts {
  readonly crest: HTMLElement;
  readonly name: HTMLElement;
  readonly notes: HTMLElement;
  readonly digit: HTMLElement;
  readonly block: HTMLElement;
}

export class Card {
  readonly element: HTMLElement;
  readonly #title = el("h3", "spoken");
  readonly #competition = el("span", "competition");
  readonly #phase = el("span", "phase");
  readonly #period = el("span", "period");
  readonly #clock = el("span", "clock");
  readonly #stoppage = el("span", "stoppage");
  readonly #announced = el("span", "announced");
  readonly #status = el("span", "status");
  readonly #spokenScore = spoken("");
  readonly #dash = el("span", "dash");
  readonly #shootout = el("p", "shootout");
  readonly #note = el("p", "note");
  readonly #banner = el("p", "banner");
  readonly #home = teamParts("home");
  readonly #away = teamParts("away");
  readonly #strip = new StripRow();
  readonly #facts: FactsTable;
  readonly #timeline: TimelineList;
  readonly #settled: () => void;
  #shown: ScoreState | undefined;

  /** What the list said of the game; replaced when the list says something newer. */
  game: ListedGame;

  /** `settled` is called when a celebration is over. */
  constructor(game: ListedGame, big: boolean, settled: () => void) {
    this.game = game;
    this.#settled = settled;
    this.#facts = new FactsTable(big);
    this.#timeline = new TimelineList(big);
    const open = el("a", "open", big ? "All games" : "Open");
    open.href = big ? "/" : `/?game=${encodeURIComponent(game.gameId)}`;
    this.#phase.append(el("span", "dot"), this.#period, this.#clock, this.#stoppage, this.#announced, this.#status);
    this.#dash.setAttribute("aria-hidden", "true");
    const score = el("p", "score", this.#spokenScore, this.#home.digit, this.#dash, this.#away.digit);
    this.#banner.setAttribute("aria-hidden", "true");
    this.element = el(
      "article",
      big ? "card big" : "card",
      this.#title,
      el("div", "top", this.#phase, this.#competition, open),
      el("div", "teams", this.#home.block, el("div", "middle", score, this.#shootout), this.#away.block),
      this.#note,
      this.#strip.element,
      this.#facts.element,
      this.#timeline.element,
      this.#banner,
    );
    this.element.dataset["game"] = game.gameId;
    this.#renderListed();
  }

  /** The state that the viewer sees, or nothing before the first snapshot. */
  get state(): ScoreState | undefined {
    return this.#shown;
  }

  /** The newest known status of the game. */
  get status(): GameStatus {
    return this.#shown?.status ?? this.game.status;
  }

  /** Show a newer state; return what happened to the score, so that the page can say it aloud. */
  show(state: ScoreState, nowMs: number): Change {
    const change = changeOfScore(this.#shown, state);
    const before = this.#shown;
    this.#shown = state;
    this.element.dataset["status"] = statusLabel(state);
    this.element.dataset["sport"] = (Sport[state.sheet?.sport ?? 0] ?? "").toLowerCase();
    this.#renderTeams(state);
    this.#renderScore(state, before);
    this.#renderPhase(state);
    this.#renderNote(state);
    this.tick(nowMs);
    this.#strip.show(state);
    this.#facts.show(state);
    this.#timeline.show(state, before !== undefined);
    if (change.kind === "scored") this.#celebrate(change.sides, change.loud, state);
    return change;
  }

  /** Bring the clock up to date at the server's time `nowMs`. */
  tick(nowMs: number): void {
    const reading = this.#shown && isUnderway(this.#shown.status) && !this.#shown.period?.onBreak
      ? readClock(this.#shown, nowMs)
      : undefined;
    setText(this.#clock, reading?.text ?? "");
    setText(this.#stoppage, reading?.stoppage ?? "");
    setShown(this.#clock, reading !== undefined);
    setShown(this.#stoppage, Boolean(reading?.stoppage));
    this.#clock.classList.toggle("stopped", reading?.running === false);
    const situation = this.#shown?.situation;
    const minutes = situation?.case === "football" ? (situation.value.stoppageMinutes ?? 0) : 0;
    setShown(this.#announced, reading !== undefined && minutes > 0);
    setText(this.#announced, reading?.stoppage ? `of ${minutes}` : `+${minutes}`);
  }

  /** The game is not known to the server. */
  showGone(): void {
    setText(this.#note, "This game is not on the server.");
    setShown(this.#note, true);
  }

  #renderListed(): void {
    const { home, away, gameId } = this.game;
    setText(this.#title, home && away ? `${home} against ${away}` : gameId);
    this.#renderTeam(this.#home, home || "–", "");
    this.#renderTeam(this.#away, away || "–", "");
    this.#paint(home, away);
    setText(this.#dash, "v");
    this.element.classList.add("unplayed");
    setText(this.#status, this.#kickOff());
    for (const part of [this.#clock, this.#stoppage, this.#announced, this.#shootout, this.#note]) part.hidden = true;
    this.element.dataset["status"] = "scheduled";
  }

  #renderTeams(state: ScoreState): void {
    const { home, away } = state.sheet ?? {};
    setText(this.#title, `${home?.name ?? this.game.home} against ${away?.name ?? this.game.away}`);
    setText(this.#competition, state.sheet?.competition ?? "");
    this.#renderTeam(this.#home, home?.name ?? this.game.home, home?.shortName ?? "");
    this.#renderTeam(this.#away, away?.name ?? this.game.away, away?.shortName ?? "");
    this.#paint(home?.teamId || home?.name || "", away?.teamId || away?.name || "");
    this.#renderNotes(state);
  }

  #renderTeam(parts: TeamParts, name: string, shortName: string): void {
    setText(parts.name, name);
    setText(parts.crest, letters(shortName, name));
  }

  #paint(home: string, away: string): void {
    const [first, second] = hues(home, away);
    this.element.style.setProperty("--home-hue", String(first));
    this.element.style.setProperty("--away-hue", String(second));
  }

  #renderNotes(state: ScoreState): void {
    const { situation } = state;
    for (const [parts, side] of [[this.#home, Side.HOME], [this.#away, Side.AWAY]] as const) {
      const notes: HTMLElement[] = sideNotes(state, side).map((note) => el("span", note.kind, note.word));
      const own = situation.case === "football" ? (side === Side.HOME ? situation.value.home : situation.value.away) : undefined;
      const reds = own?.redCards ?? 0;
      if (reds > 0) {
        const card = el("span", "mark mark-red");
        notes.push(el("span", "reds", card, reds > 1 ? `×${reds}` : "", spoken(`${reds} sent off`)));
      }
      const key = notes.map((note) => note.textContent).join("|");
      if (parts.notes.dataset["key"] !== key) parts.notes.replaceChildren(...notes);
      parts.notes.dataset["key"] = key;
    }
  }

  #renderScore(state: ScoreState, before: ScoreState | undefined): void {
    const { home = 0, away = 0, homeShootout, awayShootout } = state.score ?? {};
    const started = hasScore(state.status);
    this.element.classList.toggle("unplayed", !started);
    setText(this.#dash, started ? "–" : "v");
    flip(this.#home.digit, started ? String(home) : "", before !== undefined);
    flip(this.#away.digit, started ? String(away) : "", before !== undefined);
    const sheet = state.sheet;
    setText(this.#spokenScore, started ? `${sheet?.home?.name ?? "Home"} ${home}, ${sheet?.away?.name ?? "Away"} ${away}` : "Not started");
    const penalties = homeShootout !== undefined || awayShootout !== undefined;
    setShown(this.#shootout, penalties);
    setText(this.#shootout, penalties ? `${sheet?.sport === Sport.CRICKET ? "Super over" : "Shoot-out"} ${homeShootout ?? 0}–${awayShootout ?? 0}` : "");
    const lost = loser(state);
    this.#home.block.classList.toggle("lost", lost === Side.HOME);
    this.#away.block.classList.toggle("lost", lost === Side.AWAY);
  }

  #renderPhase(state: ScoreState): void {
    const label = periodLabel(state);
    const status = statusLabel(state);
    setText(this.#period, label);
    setShown(this.#period, label !== "");
    // The period says it already while the game is on, at half-time and after an ordinary end of football.
    const over = status === "final" || status === "official";
    const said = label !== "" && (status === "live" || ((status === "break" || over) && isBreakLabel(label, state.sheet)));
    setText(this.#status, said ? "" : status === "scheduled" ? this.#kickOff() : over ? "Final" : capitalized(status));
    setShown(this.#status, !said);
  }

  #renderNote(state: ScoreState): void {
    const note = state.uncertain === true
      ? "Under review: the score may change"
      : isUnderway(state.status) && state.reporting === Reporting.SILENT
        ? "The reporter has fallen silent; the score may be old"
        : isUnderway(state.status) && state.reporting === Reporting.DELAYED ? "Reports are delayed" : "";
    setText(this.#note, note);
    setShown(this.#note, note !== "");
  }

  #kickOff(): string {
    const seconds = this.#shown?.sheet?.referenceTimeS;
    const at = seconds === undefined ? this.game.scheduledMs : Number(seconds) * 1000;
    if (at === 0) return "Scheduled";
    const date = new Date(at);
    const today = date.toDateString() === new Date().toDateString();
    return date.toLocaleString([], today
      ? { hour: "2-digit", minute: "2-digit" }
      : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  }

  #celebrate(sides: readonly Side[], loud: boolean, state: ScoreState): void {
    for (const side of sides) rise((side === Side.HOME ? this.#home : this.#away).crest);
    if (!loud) return;
    const home = sides.includes(Side.HOME);
    const team = home ? state.sheet?.home : state.sheet?.away;
    const { home: homeScore = 0, away: awayScore = 0 } = state.score ?? {};
    this.#banner.replaceChildren(
      el("span", "banner-word", "GOAL"),
      el("span", "banner-team", sides.length > 1 ? "" : (team?.name ?? "")),
      el("span", "banner-score", `${homeScore}–${awayScore}`),
    );
    this.element.dataset["goal"] = home ? "home" : "away";
    celebrate(this.element, this.#settled);
  }
}

function teamParts(side: "home" | "away"): TeamParts {
  const crest = el("span", "crest");
  const name = el("span", "name");
  const notes = el("span", "notes");
  const digit = el("span", `digit ${side}`);
  crest.setAttribute("aria-hidden", "true");
  name.setAttribute("aria-hidden", "true"); // the title and the spoken score name the teams
  digit.setAttribute("aria-hidden", "true");
  return { crest, name, notes, digit, block: el("div", `team ${side}`, crest, name, notes) };
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
