// The connection with a socket that the test holds in its hand and timers that it moves.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";

import {
  type ClientFrame,
  ClientFrameSchema,
  Notice_NoticeKind,
  ServerFrameSchema,
} from "../generated/scoreline/v1/frame_pb.ts";
import { ServerClock } from "../src/core/clock.ts";
import type { ConnectionState } from "../src/core/connection_state.ts";
import { Follower } from "../src/core/follower.ts";
import { Link } from "../src/net/link.ts";
import { football } from "./states.ts";

type Frame = Exclude<MessageInitShape<typeof ServerFrameSchema>["frame"], undefined>;

class HeldSocket {
  static readonly OPEN = 1;
  static all: HeldSocket[] = [];
  readyState = 0;
  binaryType = "";
  closed = false;
  readonly sent: ClientFrame["frame"][] = [];
  onopen: (() => void) | undefined;
  onmessage: ((message: { data: ArrayBuffer }) => void) | undefined;
  onclose: ((event: { code: number }) => void) | undefined;

  constructor() {
    HeldSocket.all.push(this);
  }

  send(bytes: Uint8Array): void {
    this.sent.push(fromBinary(ClientFrameSchema, bytes).frame);
  }

  close(): void {
    this.closed = true;
  }

  /** The server opens the connection and says welcome. */
  welcome(heartbeatS = 20): void {
    this.readyState = HeldSocket.OPEN;
    this.onopen?.();
    this.receive({ case: "welcome", value: { heartbeatS } });
  }

  receive(frame: Frame): void {
    const bytes = toBinary(ServerFrameSchema, create(ServerFrameSchema, { frame }));
    this.onmessage?.({ data: new Uint8Array(bytes).buffer });
  }

  drop(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const told: ConnectionState[] = [];
const changed: string[] = [];
const polled: string[] = [];
let link: Link;

function newest(): HeldSocket {
  return HeldSocket.all.at(-1) ?? assert.fail("no socket was opened");
}

function subscribes(socket: HeldSocket): string[] {
  return socket.sent.flatMap((frame) => (frame.case === "subscribe" ? [frame.value.topic] : []));
}

beforeEach(() => {
  told.length = changed.length = polled.length = HeldSocket.all.length = 0;
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  mock.method(Math, "random", () => 1);
  mock.method(globalThis, "fetch", (address: string) => {
    polled.push(address);
    return Promise.reject(new Error("down"));
  });
  Object.assign(globalThis, { WebSocket: HeldSocket, location: new URL("http://scores.example/") });
  link = new Link(new Follower(), new ServerClock(), {
    changed: (topic) => changed.push(topic),
    connection: (state) => told.push(state),
    gone: (topic) => changed.push(`gone ${topic}`),
  });
  link.follow("game/g1");
  link.open();
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

test("topics are subscribed to once the server has said welcome, and news is passed on", () => {
  const socket = newest();
  socket.readyState = HeldSocket.OPEN;
  socket.onopen?.();
  assert.deepEqual(subscribes(socket), []);
  socket.receive({ case: "welcome", value: { heartbeatS: 20 } });
  assert.deepEqual(subscribes(socket), ["game/g1"]);
  assert.equal(told.at(-1)?.kind, "live");
  const body = { case: "game", value: football() } as const;
  socket.receive({ case: "snapshot", value: { topic: 7, name: "game/g1", position: { epoch: 1n, version: 1n }, body } });
  assert.deepEqual(changed, ["game/g1"]);
});

test("a lost connection is opened again after the jitter", () => {
  newest().welcome();
  newest().drop(1006);
  assert.deepEqual(told.at(-1), { kind: "reconnecting", retryAtMs: Date.now() + 500 });
  mock.timers.tick(499);
  assert.equal(HeldSocket.all.length, 1);
  mock.timers.tick(1);
  assert.equal(HeldSocket.all.length, 2);
});

test("the hint of a goaway is a floor", () => {
  newest().welcome();
  newest().receive({ case: "goaway", value: { reconnectAfterMs: 3000 } });
  assert.ok(newest().closed);
  newest().drop(1000);
  mock.timers.tick(3499);
  assert.equal(HeldSocket.all.length, 1);
  mock.timers.tick(1);
  assert.equal(HeldSocket.all.length, 2);
});

test("a code that says that it would fail again ends it", () => {
  newest().welcome();
  newest().drop(4500);
  assert.deepEqual(told.at(-1), { kind: "stopped", code: 4500 });
  mock.timers.tick(3_600_000);
  link.wake();
  assert.equal(HeldSocket.all.length, 1);
});

test("two heartbeats of silence mean that the connection is dead", () => {
  newest().welcome(20);
  mock.timers.tick(39_000);
  newest().receive({ case: "heartbeat", value: {} });
  mock.timers.tick(39_999);
  assert.equal(told.at(-1)?.kind, "live");
  mock.timers.tick(1);
  assert.equal(told.at(-1)?.kind, "reconnecting");
});

test("a device that slept judges the silence by the clock when it wakes", () => {
  newest().welcome(20);
  mock.timers.setTime(Date.now() + 10_000);
  link.wake();
  assert.equal(HeldSocket.all.length, 1);
  mock.timers.setTime(Date.now() + 60_000);
  link.wake();
  assert.equal(HeldSocket.all.length, 2);
});

test("the third failure in a row begins polling, and a welcome ends it", () => {
  for (const delayMs of [500, 1000]) {
    newest().drop(1006);
    assert.equal(told.at(-1)?.kind, "reconnecting");
    mock.timers.tick(delayMs);
  }
  newest().drop(1006);
  assert.equal(told.at(-1)?.kind, "polling");
  assert.deepEqual(polled, ["/v1/games/g1/score"]);
  mock.timers.tick(2000);
  newest().welcome();
  assert.equal(told.at(-1)?.kind, "live");
});

test("a refused topic is asked for again when that helps, and else given up", () => {
  const socket = newest();
  socket.welcome();
  socket.receive({ case: "error", value: { topic: "game/g1", retryAfterMs: 1000 } });
  mock.timers.tick(2000);
  assert.deepEqual(subscribes(socket), ["game/g1", "game/g1"]);
  socket.receive({ case: "error", value: { topic: "game/g1" } });
  mock.timers.tick(60_000);
  assert.deepEqual(changed, ["gone game/g1"]);
});

test("a gateway that has lost its source says so", () => {
  newest().welcome();
  newest().receive({ case: "notice", value: { kind: Notice_NoticeKind.DEGRADED } });
  assert.deepEqual(told.at(-1), { kind: "live", degraded: true, slow: false });
  newest().receive({ case: "notice", value: { kind: Notice_NoticeKind.RESTORED } });
  assert.deepEqual(told.at(-1), { kind: "live", degraded: false, slow: false });
});
