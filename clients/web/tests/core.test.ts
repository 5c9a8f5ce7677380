import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Side } from "../generated/scoreline/v1/game_pb.ts";
import { GameStatus, KeyEventKind as Kind, PeriodKind } from "../generated/scoreline/v1/state_pb.ts";
import { jitteredMs, reconnectDelayMs, shouldReconnect } from "../src/core/backoff.ts";
import { changeOfScore } from "../src/core/celebration.ts";
import { readClock, ServerClock } from "../src/core/clock.ts";
import { connectionWords } from "../src/core/connection_state.ts";
import { hues, letters } from "../src/core/crest.ts";
import { facts } from "../src/core/facts.ts";
import { minuteLabel, periodLabel, statusLabel } from "../src/core/labels.ts";
import { chooseGames, hasMore, parseGames, SHOWN } from "../src/core/listing.ts";
import { timeline } from "../src/core/timeline.ts";
import { parsePosition } from "../src/core/topic.ts";
import { basketball, football, KICK_OFF_S } from "./states.ts";

const at = (seconds: number): number => (KICK_OFF_S + seconds) * 1000;

describe("backoff", () => {
  test("ranges of close codes say whether to come back", () => {
    for (const code of [1000, 1001, 1006, 1011, 1012, 4000, 4002, 4499]) assert.ok(shouldReconnect(code), String(code));
    for (const code of [1002, 1003, 1007, 1009, 4500, 4999]) assert.ok(!shouldReconnect(code), String(code));
  });

  test("the jitter is full and its ceiling doubles up to a limit", () => {
    assert.equal(reconnectDelayMs(0, () => 0), 0);
    assert.equal(reconnectDelayMs(0, () => 1), 500);
    assert.equal(reconnectDelayMs(3, () => 1), 4000);
    assert.equal(reconnectDelayMs(60, () => 1), 20_000);
  });

  test("a hint of the server is a floor", () => {
    assert.equal(reconnectDelayMs(0, () => 0, 3000), 3000);
    assert.equal(reconnectDelayMs(0, () => 1, 3000), 3500);
  });

  test("a period varies to both sides", () => {
    assert.equal(Math.round(jitteredMs(1000, () => 0)), 700);
    assert.equal(Math.round(jitteredMs(1000, () => 1)), 1300);
  });
});

describe("clock", () => {
  test("a running clock counts on from its anchor", () => {
    const state = football({ clock: { elapsedDs: 600, running: true, asOfDs: 1000n } });
    assert.deepEqual(readClock(state, at(130)), { text: "1:30", stoppage: "", running: true });
  });

  test("a stopped clock stands", () => {
    assert.equal(readClock(football({ clock: { elapsedDs: 611, running: false, asOfDs: 0n } }), at(999))?.text, "1:01");
  });

  test("a replay at 60x runs sixty seconds in one", () => {
    const state = football();
    if (state.sheet) state.sheet.clockRate = 60;
    assert.equal(readClock(state, at(10))?.text, "10:00");
  });

  test("the second half counts on from 45 minutes and stoppage stands beside the full ones", () => {
    const state = football({ period: { kind: PeriodKind.REGULAR, ordinal: 2 } });
    assert.equal(readClock(state, at(61))?.text, "46:01");
    assert.deepEqual(readClock(state, at(2700 + 130)), { text: "90:00", stoppage: "+3", running: true });
  });

  test("extra time counts on from 90 and 105 minutes", () => {
    assert.equal(readClock(football({ period: { kind: PeriodKind.OVERTIME, ordinal: 1 } }), at(30))?.text, "90:30");
    assert.equal(readClock(football({ period: { kind: PeriodKind.OVERTIME, ordinal: 2 } }), at(30))?.text, "105:30");
  });

  test("a shoot-out has no clock", () => {
    assert.equal(readClock(football({ period: { kind: PeriodKind.SHOOTOUT, ordinal: 1 } }), at(5)), undefined);
  });

  test("a clock that counts down shows what is left, in tenths in the last minute, and never less than nothing", () => {
    assert.equal(readClock(basketball(), at(20))?.text, "11:40");
    assert.equal(readClock(basketball(), at(700.5))?.text, "19.5");
    assert.equal(readClock(basketball(), at(5000))?.text, "0:00");
  });

  test("our clock being behind does not turn the game back", () => {
    assert.equal(readClock(football({ clock: { elapsedDs: 600, running: true, asOfDs: 100n } }), at(3))?.text, "1:00");
  });

  test("the server's clock is estimated by the frame that travelled least", () => {
    const clock = new ServerClock();
    assert.equal(clock.at(50), 50);
    clock.observe(2000, 1000);
    clock.observe(2900, 2000);
    assert.equal(clock.at(3000), 4000);
  });
});

describe("labels", () => {
  const football_ = (kind: PeriodKind, ordinal: number, onBreak = false, status = GameStatus.LIVE): string =>
    periodLabel(football({ period: { kind, ordinal, onBreak }, status }));
  const basketball_ = (kind: PeriodKind, ordinal: number, onBreak = false, status = GameStatus.LIVE): string =>
    periodLabel(basketball({ period: { kind, ordinal, onBreak }, status }));

  test("football goes 1H HT 2H FT ET1 ET2 PENS", () => {
    const { REGULAR, OVERTIME, SHOOTOUT } = PeriodKind;
    assert.deepEqual(
      [
        football_(REGULAR, 1), football_(REGULAR, 1, true), football_(REGULAR, 2), football_(REGULAR, 2, true),
        football_(OVERTIME, 1), football_(OVERTIME, 1, true), football_(OVERTIME, 2), football_(OVERTIME, 2, true),
        football_(SHOOTOUT, 1),
      ],
      ["1H", "HT", "2H", "FT", "ET1", "ET1", "ET2", "ET2", "PENS"],
    );
    assert.equal(football_(REGULAR, 2, true, GameStatus.FINAL), "FT");
    assert.equal(football_(OVERTIME, 2, true, GameStatus.FINAL), "ET2");
    assert.equal(football_(SHOOTOUT, 1, true, GameStatus.OFFICIAL), "PENS");
  });

  test("basketball goes Q1 to Q4 and OT1", () => {
    const { REGULAR, OVERTIME } = PeriodKind;
    assert.deepEqual(
      [basketball_(REGULAR, 1), basketball_(REGULAR, 1, true), basketball_(REGULAR, 2, true), basketball_(REGULAR, 4), basketball_(OVERTIME, 1), basketball_(OVERTIME, 1, true)],
      ["Q1", "Q1", "Q2", "Q4", "OT1", "OT1"],
    );
    assert.equal(basketball_(REGULAR, 4, true, GameStatus.FINAL), "Q4");
    assert.equal(basketball_(OVERTIME, 2, true, GameStatus.FINAL), "OT2");
  });

  test("a game that has not begun has no period, and a pause is a break", () => {
    assert.equal(football_(PeriodKind.UNSPECIFIED, 0), "");
    assert.equal(statusLabel(football({ period: { kind: PeriodKind.REGULAR, ordinal: 1, onBreak: true } })), "break");
    assert.equal(statusLabel(football({ status: GameStatus.FINAL })), "final");
  });

  test("minutes are said as people say them", () => {
    const { sheet } = football();
    const say = (period: number, elapsedS: number): string => minuteLabel({ period, elapsedS } as never, sheet);
    assert.deepEqual(
      [say(1, 0), say(1, 765), say(1, 2699), say(1, 2700), say(2, 0), say(2, 2700 + 125), say(3, 10), say(4, 900), say(15, 0)],
      ["1'", "13'", "45'", "45+1'", "46'", "90+3'", "91'", "120+1'", "PENS"],
    );
    assert.equal(minuteLabel({ period: 3, elapsedS: 448 } as never, basketball().sheet), "Q3 4:32");
    assert.equal(minuteLabel({ period: 5, elapsedS: 300 } as never, basketball().sheet), "OT1 0:00");
  });
});

describe("timeline", () => {
  const state = football({
    score: { home: 2, away: 1 },
    keyEvents: {
      10: { kind: Kind.PENALTY_GOAL, player: 1, period: 1, elapsedS: 760 },
      20: { kind: Kind.GOAL, player: 3, period: 1, elapsedS: 2430, voided: true },
      30: { kind: Kind.OWN_GOAL, player: 1, period: 2, elapsedS: 60 },
      40: { kind: Kind.SUBSTITUTION, player: 1, otherPlayer: 2, period: 2, elapsedS: 90 },
      50: { kind: Kind.GOAL, side: Side.HOME, period: 2, elapsedS: 1200 },
      60: { kind: Kind.YELLOW_CARD, player: 4, period: 2, elapsedS: 1300 },
      70: { kind: 99 as Kind, player: 4 },
    },
  });
  const lines = timeline(state);

  test("the newest line comes first and a kind from the future is left out", () => {
    assert.deepEqual(lines.map((line) => line.key), [60, 50, 40, 30, 20, 10]);
  });

  test("scores are counted back from the current one, past what was taken back", () => {
    assert.deepEqual(lines.map((line) => line.score), ["", "2–1", "", "1–1", "", "1–0"]);
  });

  test("an own goal stands at the side that got it", () => {
    assert.equal(lines.find((line) => line.key === 30)?.side, Side.AWAY);
  });

  test("names, numbers and words tell who", () => {
    assert.equal(lines.find((line) => line.key === 60)?.text, "No. 14");
    assert.equal(lines.find((line) => line.key === 50)?.text, "Goal");
    assert.equal(lines.find((line) => line.key === 40)?.detail, "on: K. Mbappé");
    assert.equal(lines.find((line) => line.key === 20)?.detail, "cancelled");
  });
});

describe("celebration", () => {
  test("the first state celebrates nothing", () => {
    assert.equal(changeOfScore(undefined, football({ score: { home: 3, away: 0 } })).kind, "none");
  });

  test("a goal is celebrated and said with its scorer", () => {
    const change = changeOfScore(football(), football({
      score: { home: 1, away: 0 },
      keyEvents: { 1: { kind: Kind.GOAL, player: 2, period: 2, elapsedS: 1100 } },
    }));
    assert.deepEqual(change, {
      kind: "scored", sides: [Side.HOME], loud: true,
      words: "Goal! France 1, Argentina 0. K. Mbappé, 64. minute.",
    });
  });

  test("the same score after a reconnect celebrates nothing", () => {
    const state = football({ score: { home: 1, away: 0 } });
    assert.equal(changeOfScore(state, football({ score: { home: 1, away: 0 } })).kind, "none");
  });

  test("a score that goes down is a correction", () => {
    const change = changeOfScore(football({ score: { home: 2, away: 1 } }), football({ score: { home: 1, away: 1 } }));
    assert.deepEqual(change, { kind: "corrected", words: "Score corrected. France 1, Argentina 1." });
  });

  test("a basket is not announced like a goal", () => {
    const change = changeOfScore(basketball(), basketball({ score: { home: 0, away: 3 } }));
    assert.ok(change.kind === "scored" && !change.loud);
  });
});

describe("listing", () => {
  const entry = (game_id: string, status: string, scheduled_time: string): object => ({ game_id, status, scheduled_time });

  test("live games come first, results the latest first, then what comes the earliest first", () => {
    const games = parseGames({
      games: [
        entry("soon", "GAME_STATUS_SCHEDULED", "2018-07-02T14:00:00Z"),
        entry("old", "GAME_STATUS_FINAL", "2018-06-29T14:00:00Z"),
        entry("new", "GAME_STATUS_OFFICIAL", "2018-06-30T14:00:00Z"),
        entry("on", "live", "2018-07-01T14:00:00Z"),
        entry("sooner", "scheduled", "2018-07-02T10:00:00Z"),
      ],
    });
    assert.deepEqual(chooseGames(games).map((game) => game.gameId), ["on", "new", "old", "sooner", "soon"]);
  });

  test("a list that is not one gives no games", () => {
    for (const json of [null, 3, {}, { games: 1 }, { games: [null, {}, { game_id: 3 }] }]) assert.deepEqual(parseGames(json), []);
  });

  test("a list says whether it goes on", () => {
    assert.ok(hasMore({ games: [], next_page_token: "1530367200.g1" }));
    for (const json of [null, {}, { games: [], next_page_token: "" }]) assert.ok(!hasMore(json));
  });

  test("a page follows only so many", () => {
    const games = Array.from({ length: 100 }, (_, at) => entry(`g${at}`, "final", "2018-07-01T14:00:00Z"));
    assert.equal(chooseGames(parseGames({ games })).length, SHOWN.results);
  });
});

describe("small things", () => {
  test("a position is read from text and from an ETag", () => {
    assert.deepEqual(parsePosition("1542067200-118"), { epoch: 1542067200n, version: 118n });
    assert.deepEqual(parsePosition('W/"7-1"'), { epoch: 7n, version: 1n });
    for (const text of ["", "7", "-1-2", "a-b"]) assert.equal(parsePosition(text), undefined);
  });

  test("two teams never have nearly the same color", () => {
    const [first, second] = hues("same", "same");
    assert.ok(Math.abs(first - second) >= 60);
    assert.equal(letters("", "Côte d'Ivoire"), "CÔT");
  });

  test("facts compare both sides", () => {
    const state = football({ situation: { case: "football", value: { home: { shots: 6 }, away: { shots: 2 } } } });
    assert.deepEqual(facts(state, false)[0], { name: "Shots", home: "6", away: "2", share: 0.75 });
    assert.equal(facts(state, true).length, 1, "what nobody counts is not shown");
    assert.equal(facts(basketball(), false).length, 2);
    state.status = GameStatus.SCHEDULED;
    assert.deepEqual(facts(state, true), []);
  });

  test("the connection is told in words", () => {
    assert.equal(connectionWords({ kind: "live", degraded: false, slow: false }, 0), "Live");
    assert.equal(connectionWords({ kind: "reconnecting", retryAtMs: 2500 }, 0), "Reconnecting in 3 s");
    assert.equal(connectionWords({ kind: "reconnecting", retryAtMs: 0 }, 5), "Reconnecting");
  });
});
