import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { CricketOutcome } from "../generated/scoreline/v1/event_cricket_pb.ts";
import { Concession } from "../generated/scoreline/v1/event_tennis_pb.ts";
import { Side, Sport } from "../generated/scoreline/v1/game_pb.ts";
import { InningHalf } from "../generated/scoreline/v1/situation_baseball_pb.ts";
import { GameStatus, KeyEventKind as Kind, PeriodKind } from "../generated/scoreline/v1/state_pb.ts";
import { changeOfScore } from "../src/core/celebration.ts";
import { readClock } from "../src/core/clock.ts";
import { facts } from "../src/core/facts.ts";
import { isBreakLabel, minuteLabel, periodLabel } from "../src/core/labels.ts";
import { loser } from "../src/core/outcome.ts";
import { sideNotes } from "../src/core/side_notes.ts";
import { strip } from "../src/core/strip.ts";
import { timeline } from "../src/core/timeline.ts";
import { type Changes, football, KICK_OFF_S, playing } from "./states.ts";

const { REGULAR, OVERTIME, SHOOTOUT } = PeriodKind;
const NEW_SPORT = 99 as Sport;
const { AMERICAN_FOOTBALL, BASEBALL, BASKETBALL, CRICKET, ICE_HOCKEY, TENNIS } = Sport;

describe("period labels equal those of the server", () => {
  const cases: [Sport, GameStatus, PeriodKind, number, boolean, number, string][] = [
    [BASKETBALL, GameStatus.LIVE, REGULAR, 2, false, 2, "P2"],
    [BASKETBALL, GameStatus.LIVE, REGULAR, 2, true, 4, "Q2"],
    [BASKETBALL, GameStatus.FINAL, OVERTIME, 1, true, 4, "OT1"],
    [AMERICAN_FOOTBALL, GameStatus.LIVE, REGULAR, 3, true, 4, "Q3"],
    [AMERICAN_FOOTBALL, GameStatus.FINAL, OVERTIME, 1, true, 4, "OT"],
    [AMERICAN_FOOTBALL, GameStatus.LIVE, OVERTIME, 2, false, 4, "OT2"],
    [ICE_HOCKEY, GameStatus.LIVE, REGULAR, 1, false, 3, "P1"],
    [ICE_HOCKEY, GameStatus.FINAL, OVERTIME, 1, true, 3, "OT"],
    [ICE_HOCKEY, GameStatus.LIVE, OVERTIME, 3, false, 3, "OT3"],
    [ICE_HOCKEY, GameStatus.FINAL, SHOOTOUT, 1, true, 3, "SO"],
    [TENNIS, GameStatus.LIVE, REGULAR, 3, false, 3, "Set 3"],
    [TENNIS, GameStatus.FINAL, REGULAR, 5, true, 5, "Set 5"],
    [CRICKET, GameStatus.LIVE, REGULAR, 2, true, 2, "Inn 2"],
    [CRICKET, GameStatus.FINAL, REGULAR, 4, true, 4, "Inn 4"],
    [CRICKET, GameStatus.LIVE, SHOOTOUT, 1, false, 2, "SO"],
    [Sport.FOOTBALL, GameStatus.LIVE, REGULAR, 3, false, 2, "P3"],
    [Sport.FOOTBALL, GameStatus.FINAL, REGULAR, 2, false, 2, "FT"],
    [Sport.FOOTBALL, GameStatus.ABANDONED, REGULAR, 1, false, 2, "1H"],
    [Sport.FOOTBALL, GameStatus.POSTPONED, REGULAR, 1, false, 2, ""],
    [NEW_SPORT, GameStatus.LIVE, REGULAR, 1, false, 2, ""],
  ];
  for (const [sport, status, kind, ordinal, onBreak, regularPeriods, label] of cases) {
    test(`${Sport[sport] ?? "a newer sport"}, ${GameStatus[status]}, ${PeriodKind[kind]} ${ordinal}: "${label}"`, () => {
      assert.equal(periodLabel(playing(sport, { status, period: { kind, ordinal, onBreak } }, { regularPeriods })), label);
    });
  }

  test("an inning is named by half and number, and counts on through extra innings", () => {
    const say = (kind: PeriodKind, ordinal: number, half: InningHalf, regularPeriods: number): string =>
      periodLabel(playing(BASEBALL, { period: { kind, ordinal }, situation: { case: "baseball", value: { half } } }, { regularPeriods }));
    assert.deepEqual(
      [
        say(REGULAR, 9, InningHalf.TOP, 0), say(REGULAR, 5, InningHalf.BOTTOM, 9), say(OVERTIME, 1, InningHalf.TOP, 9),
        say(OVERTIME, 2, InningHalf.BOTTOM, 7), say(OVERTIME, 6, InningHalf.UNSPECIFIED, 0), say(PeriodKind.UNSPECIFIED, 0, InningHalf.TOP, 9),
      ],
      ["T9", "B5", "T10", "B9", "15", ""],
    );
  });

  test("only football's breaks say by themselves that play rests", () => {
    assert.ok(isBreakLabel("HT", football().sheet));
    assert.ok(!isBreakLabel("Q2", playing(BASKETBALL).sheet));
  });

  test("the place of a line is told by clock, inning, set or innings", () => {
    const say = (sport: Sport, period: number, elapsedS: number | undefined, side = Side.HOME): string =>
      minuteLabel({ period, elapsedS } as never, playing(sport).sheet, side);
    assert.deepEqual(
      [
        say(AMERICAN_FOOTBALL, 2, 30), say(AMERICAN_FOOTBALL, 5, 0), say(ICE_HOCKEY, 2, 65), say(ICE_HOCKEY, 15, 0),
        say(BASEBALL, 9, undefined), say(BASEBALL, 15, undefined, Side.AWAY), say(TENNIS, 2, undefined),
        say(CRICKET, 2, undefined), say(CRICKET, 15, undefined), say(NEW_SPORT, 2, 30),
      ],
      ["Q2 14:30", "OT 10:00", "P2 1:05", "SO", "B9", "T15", "Set 2", "Inn 2", "SO", ""],
    );
  });
});

describe("clocks", () => {
  const at = (sport: Sport, seconds: number): string | undefined =>
    readClock(playing(sport, { clock: { elapsedDs: 0, running: true, asOfDs: 0n }, period: { kind: REGULAR, ordinal: 2 } }), (KICK_OFF_S + seconds) * 1000)?.text;

  test("ice hockey counts up from nought in each period and stops at its end", () => {
    assert.equal(at(ICE_HOCKEY, 65), "1:05");
    assert.equal(at(ICE_HOCKEY, 5000), "20:00");
  });

  test("American football counts down, and where no clock runs none is shown", () => {
    assert.equal(at(AMERICAN_FOOTBALL, 60), "14:00");
    for (const sport of [BASEBALL, TENNIS, CRICKET, NEW_SPORT]) assert.equal(at(sport, 60), undefined);
  });
});

describe("the timeline of every sport", () => {
  const lines = (sport: Sport, keyEvents: Changes["keyEvents"], changes: Changes = {}) =>
    timeline(playing(sport, { keyEvents: keyEvents ?? {}, ...changes })).reverse();

  test("every kind that the contracts have is told in words, and one from the future is left out", () => {
    const kinds = Object.values(Kind).filter((kind) => typeof kind === "number" && kind !== Kind.UNSPECIFIED) as Kind[];
    const keyEvents = Object.fromEntries([...kinds, 98 as Kind].map((kind, at) => [at + 1, { kind, side: Side.HOME }]));
    const told = lines(Sport.FOOTBALL, keyEvents);
    assert.equal(told.length, kinds.length);
    for (const line of told) assert.ok(line.text !== "" && (line.mark !== "badge" || line.badge !== ""), String(line.key));
  });

  test("a touchdown and its try count apart", () => {
    const told = lines(AMERICAN_FOOTBALL, {
      1: { kind: Kind.TOUCHDOWN, side: Side.HOME }, 2: { kind: Kind.EXTRA_POINT, side: Side.HOME },
      3: { kind: Kind.SAFETY, side: Side.AWAY }, 4: { kind: Kind.FIELD_GOAL, side: Side.HOME },
    }, { score: { home: 10, away: 2 } });
    assert.deepEqual(told.map((line) => line.score), ["6–0", "7–0", "7–2", "10–2"]);
  });

  test("runs count by their amount", () => {
    const told = lines(BASEBALL, {
      1: { kind: Kind.RUN, side: Side.AWAY }, 2: { kind: Kind.RUN, side: Side.HOME, amount: 2 }, 3: { kind: Kind.HOME_RUN, side: Side.AWAY, amount: 4 },
    }, { score: { home: 2, away: 5 } });
    assert.deepEqual(told.map((line) => [line.badge, line.score, line.detail]), [["+1", "0–1", ""], ["+2", "2–1", ""], ["HR", "2–5", "4 runs"]]);
  });

  test("the goal that a shoot-out gives belongs to no line", () => {
    const told = lines(ICE_HOCKEY, { 1: { kind: Kind.POWER_PLAY_GOAL, player: 1 }, 2: { kind: Kind.PENALTY, player: 1, amount: 2 } }, {
      score: { home: 2, away: 1 },
      situation: { case: "iceHockey", value: { shootoutWinner: Side.HOME } },
    });
    assert.deepEqual(told.map((line) => [line.score, line.detail]), [["1–1", "power play"], ["", "2 min"]]);
  });

  test("sets have the score after them, boundaries have none", () => {
    assert.equal(lines(TENNIS, { 1: { kind: Kind.SET_WON, side: Side.AWAY } }, { score: { home: 0, away: 1 } })[0]?.score, "0–1");
    assert.equal(lines(CRICKET, { 1: { kind: Kind.SIX, side: Side.AWAY } }, { score: { home: 0, away: 80 } })[0]?.score, "");
  });
});

describe("what each sport adds", () => {
  test("American football has down, distance and spot, the ball and the timeouts", () => {
    const drive = (distance: number, yardsToGoal: number, down = 3, possession = Side.HOME) =>
      playing(AMERICAN_FOOTBALL, {
        situation: { case: "americanFootball", value: { possession, down, distance, yardsToGoal, home: { timeoutsLeft: 2 }, away: { timeoutsLeft: 3 } } },
      });
    assert.deepEqual(strip(drive(7, 35)).chips, ["3rd & 7", "at AWY 35"]);
    assert.deepEqual(strip(drive(10, 75)).chips, ["3rd & 10", "at HOM 25"]);
    assert.deepEqual(strip(drive(10, 75, 1, Side.AWAY)).chips, ["1st & 10", "at AWY 25"]);
    assert.deepEqual(strip(drive(1, 50)).chips, ["3rd & 1", "at 50"]);
    assert.deepEqual(strip(drive(4, 4, 4)).chips, ["4th & goal", "at AWY 4"]);
    assert.deepEqual(strip(drive(0, 0, 0)).chips, []);
    assert.deepEqual(sideNotes(drive(7, 35), Side.HOME), [{ kind: "possession", word: "Ball" }]);
    assert.deepEqual(sideNotes(drive(7, 35), Side.AWAY), []);
    assert.deepEqual(facts(drive(7, 35), false), [{ name: "Timeouts left", home: "2", away: "3" }]);
  });

  test("ice hockey has shots, strength and the power play", () => {
    const shift = (home: number, away: number, powerPlay = Side.UNSPECIFIED) =>
      playing(ICE_HOCKEY, {
        situation: { case: "iceHockey", value: { powerPlay, home: { skaters: home, shotsOnGoal: 12 }, away: { skaters: away, shotsOnGoal: 4, netEmpty: true } } },
      });
    assert.deepEqual(strip(shift(4, 5, Side.AWAY)).chips, ["5 on 4"]);
    assert.deepEqual(strip(shift(3, 3)).chips, ["3 on 3"]);
    assert.deepEqual(strip(shift(5, 5)).chips, []);
    assert.deepEqual(sideNotes(shift(4, 5, Side.AWAY), Side.AWAY).map((note) => note.word), ["Power play", "Empty net"]);
    assert.deepEqual(facts(shift(5, 5), false), [{ name: "Shots", home: "12", away: "4", share: 0.75 }]);
  });

  test("baseball has outs, the count and the bases while it is on", () => {
    const inning = (changes: Changes = {}) =>
      playing(BASEBALL, {
        situation: { case: "baseball", value: { half: InningHalf.TOP, balls: 3, strikes: 2, outs: 1, bases: 5, batter: 2, home: { hits: 4 }, away: { errors: 1 } } },
        ...changes,
      });
    assert.deepEqual(strip(inning()), { chips: ["1 out", "Count 3-2", "Bat: B. Away"], bases: 5 });
    assert.deepEqual(sideNotes(inning(), Side.AWAY).map((note) => note.word), ["At bat"]);
    assert.deepEqual(facts(inning(), false).map((fact) => [fact.name, fact.home, fact.away]), [["Hits", "4", "0"], ["Errors", "0", "1"]]);
    assert.deepEqual(strip(inning({ status: GameStatus.FINAL })), { chips: [] });
    assert.deepEqual(sideNotes(inning({ status: GameStatus.FINAL }), Side.AWAY), []);
  });

  test("tennis has sets, games, points and the server", () => {
    const match = playing(TENNIS, {
      period: { kind: REGULAR, ordinal: 2 },
      situation: {
        case: "tennis",
        value: { server: Side.AWAY, homePoints: 40, awayPoints: 50, first: { home: 7, away: 6, homeTieBreak: 7, awayTieBreak: 5 }, second: { home: 1, away: 2 }, third: {} },
      },
    });
    assert.deepEqual(facts(match, false).map((fact) => [fact.name, fact.home, fact.away]), [["Set 1", "7 (7)", "6 (5)"], ["Set 2", "1", "2"], ["Points", "40", "Ad"]]);
    assert.deepEqual(sideNotes(match, Side.AWAY), [{ kind: "possession", word: "Serve" }]);
    const given = playing(TENNIS, { status: GameStatus.FINAL, situation: { case: "tennis", value: { winner: Side.HOME, concession: Concession.RETIREMENT } } });
    assert.deepEqual(strip(given).chips, ["HOM by retirement"]);
  });

  test("cricket has wickets, overs and the target, of this innings alone", () => {
    const chase: Changes = {
      score: { home: 143, away: 160 },
      situation: {
        case: "cricket",
        value: { batting: Side.HOME, innings: 2, wickets: 5, overs: 17, balls: 3, target: 161, first: { batting: Side.AWAY, runs: 160, wickets: 8, overs: 20 } },
      },
    };
    const match = playing(CRICKET, chase);
    assert.deepEqual(strip(match).chips, ["HOM 143/5", "17.3 overs", "Target 161"]);
    assert.deepEqual(facts(match, false), [{ name: "Inn 1", home: "", away: "160/8 (20)" }, { name: "Inn 2", home: "143/5 (17.3)", away: "" }]);
    const third = playing(CRICKET, {
      score: { home: 250, away: 300 },
      situation: { case: "cricket", value: { batting: Side.HOME, innings: 3, wickets: 1, overs: 9, first: { batting: Side.HOME, runs: 200 }, second: { batting: Side.AWAY, runs: 300 } } },
    });
    assert.equal(strip(third).chips[0], "HOM 50/1");
    const superOver = playing(CRICKET, {
      score: { home: 160, away: 160, homeShootout: 9 },
      situation: { case: "cricket", value: { batting: Side.HOME, innings: 1, superOver: 1, wickets: 1, balls: 4 } },
    });
    assert.deepEqual(strip(superOver).chips, ["Super over", "HOM 9/1", "0.4 overs"]);
    const over = playing(CRICKET, { status: GameStatus.FINAL, situation: { case: "cricket", value: { outcome: CricketOutcome.WON, winner: Side.AWAY, revised: true } } });
    assert.deepEqual(strip(over).chips, ["AWY won (revised target)"]);
  });

  test("who lost goes by the declared winner before the score, and nobody loses what was abandoned", () => {
    const over = (sport: Sport, changes: Changes): Side => loser(playing(sport, { status: GameStatus.FINAL, score: { home: 2, away: 1 }, ...changes }));
    const { HOME, AWAY, UNSPECIFIED } = Side;
    assert.equal(over(ICE_HOCKEY, {}), AWAY);
    assert.equal(over(Sport.FOOTBALL, { score: { home: 1, away: 1, homeShootout: 3, awayShootout: 4 } }), HOME);
    assert.equal(over(TENNIS, { situation: { case: "tennis", value: { winner: AWAY } } }), HOME);
    assert.equal(over(CRICKET, { situation: { case: "cricket", value: { winner: AWAY, revised: true } } }), HOME);
    assert.equal(over(CRICKET, { situation: { case: "cricket", value: { outcome: CricketOutcome.DRAW } } }), UNSPECIFIED);
    assert.equal(over(Sport.FOOTBALL, { status: GameStatus.ABANDONED }), UNSPECIFIED);
    assert.equal(over(ICE_HOCKEY, { status: GameStatus.LIVE }), UNSPECIFIED);
  });

  test("a sport that is newer than the page shows a plain score", () => {
    const state = playing(NEW_SPORT, { score: { home: 3, away: 1 }, clock: { elapsedDs: 5, running: true } });
    assert.deepEqual([facts(state, true), strip(state), sideNotes(state, Side.HOME), periodLabel(state)], [[], { chips: [] }, [], ""]);
    assert.equal(changeOfScore(playing(NEW_SPORT, { score: { home: 2, away: 1 } }), state).kind, "scored");
  });
});
