// The connection: one WebSocket for all games, opened again with full jitter, and polling while that keeps failing.
//
// Owns the socket and the timers; every decision about frames is the follower's.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";

import {
  type ClientFrame,
  ClientFrameSchema,
  Notice_NoticeKind,
  type ServerFrame,
  ServerFrameSchema,
} from "../../generated/scoreline/v1/frame_pb.ts";
import { reconnectDelayMs, shouldReconnect } from "../core/backoff.ts";
import type { ServerClock } from "../core/clock.ts";
import type { ConnectionState } from "../core/connection_state.ts";
import type { Follower } from "../core/follower.ts";
import { Poller } from "./poller.ts";

const SUBPROTOCOL = "scoreline.v1.proto";
const WELCOME_WITHIN_MS = 10_000;
/** After so many failures in a row something between us and the server dislikes WebSockets. */
const FAILURES_BEFORE_POLLING = 3;
/** A slow network is forgotten when nothing more is said about it for so long. */
const SLOW_SHOWN_MS = 10_000;

/** What the page does with news. */
export interface LinkEvents {
  changed(topic: string): void;
  connection(state: ConnectionState): void;
  /** A topic that the server does not have; it is not asked for again. */
  gone(topic: string): void;
}

type Timer = ReturnType<typeof setTimeout>;

export class Link {
  readonly #follower: Follower;
  readonly #clock: ServerClock;
  readonly #events: LinkEvents;
  readonly #poller: Poller;
  #socket: WebSocket | undefined;
  #timer: Timer | undefined;
  #watchdog: Timer | undefined;
  #slowTimer: Timer | undefined;
  #heartbeatMs = 0;
  #heardMs = 0;
  #failures = 0;
  #hintMs = 0;
  #welcomed = false;
  #stoppedBy: number | undefined;
  #degraded = false;
  #slow = false;

  constructor(follower: Follower, clock: ServerClock, events: LinkEvents) {
    this.#follower = follower;
    this.#clock = clock;
    this.#events = events;
    this.#poller = new Poller(follower, (topic) => events.changed(topic));
  }

  /** Connect now, whatever timer is running. */
  open(): void {
    if (this.#socket !== undefined || this.#stoppedBy !== undefined) return;
    clearTimeout(this.#timer);
    if (!this.#poller.running) {
      this.#events.connection(this.#failures > 0 ? { kind: "reconnecting", retryAtMs: 0 } : { kind: "connecting" });
    }
    const address = new URL("/v1/ws", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#welcomed = false;
    this.#heardMs = Date.now();
    this.#watch(WELCOME_WITHIN_MS);
    socket.onopen = () => {
      this.#send([create(ClientFrameSchema, { frame: { case: "hello", value: { client: "scoreboard-page/1" } } })]);
    };
    socket.onmessage = (message) => this.#onMessage(message.data as ArrayBuffer);
    socket.onclose = (event) => this.#lost(socket, event.code);
  }

  /** The device has woken up or is looked at again: its timers slept with it, so judge the silence by the clock. */
  wake(): void {
    const socket = this.#socket;
    if (socket !== undefined && Date.now() - this.#heardMs > (this.#heartbeatMs * 2 || WELCOME_WITHIN_MS)) {
      socket.close();
      this.#lost(socket, 1006);
    }
    this.open();
  }

  follow(topic: string): void {
    if (this.#follower.topic(topic) !== undefined) return;
    this.#send(this.#follower.follow(topic));
    this.#poller.refresh();
  }

  unfollow(topic: string): void {
    this.#send(this.#follower.unfollow(topic));
  }

  /** The device has lost its network: do not try before it is back. */
  offline(): void {
    const socket = this.#socket;
    if (socket !== undefined) {
      socket.close();
      this.#lost(socket, 1006);
    }
    clearTimeout(this.#timer);
    this.#poller.stop();
    if (this.#stoppedBy !== undefined) return;
    this.#events.connection({ kind: "offline" });
  }

  #onMessage(data: ArrayBuffer): void {
    this.#heardMs = Date.now();
    this.#watch(this.#heartbeatMs * 2 || WELCOME_WITHIN_MS);
    const { frame } = fromBinary(ServerFrameSchema, new Uint8Array(data));
    this.#onSession(frame);
    const step = this.#follower.receive(frame);
    this.#send(step.send);
    if (step.outcome === "replaced" || step.outcome === "applied") this.#events.changed(step.topic);
    if (step.outcome === "refused" && frame.case === "error") {
      const { retryAfterMs } = frame.value;
      if (retryAfterMs === 0) this.#events.gone(step.topic);
      else setTimeout(() => this.#send(this.#follower.askAgain(step.topic)), retryAfterMs * (1 + Math.random()));
    }
  }

  #onSession(frame: ServerFrame["frame"]): void {
    switch (frame.case) {
      case "welcome":
        this.#heartbeatMs = frame.value.heartbeatS * 1000;
        this.#watch(this.#heartbeatMs * 2 || WELCOME_WITHIN_MS);
        this.#welcomed = true;
        this.#failures = 0;
        this.#hintMs = 0;
        this.#degraded = this.#slow = false;
        this.#observe(frame.value.serverTime);
        // Only now: a proxy that opens sockets and says nothing must not keep polled scores out.
        this.#poller.stop();
        this.#send(this.#follower.connect());
        this.#tellLive();
        break;
      case "heartbeat":
        this.#observe(frame.value.serverTime);
        break;
      case "goaway":
        this.#hintMs = frame.value.reconnectAfterMs;
        this.#socket?.close(1000);
        break;
      case "notice":
        this.#onNotice(frame.value.kind);
        break;
    }
  }

  #onNotice(kind: Notice_NoticeKind): void {
    if (kind === Notice_NoticeKind.DEGRADED) this.#degraded = true;
    if (kind === Notice_NoticeKind.RESTORED) this.#degraded = false;
    if (kind === Notice_NoticeKind.SLOW) {
      this.#slow = true;
      clearTimeout(this.#slowTimer);
      this.#slowTimer = setTimeout(() => {
        this.#slow = false;
        if (this.#welcomed) this.#tellLive();
      }, SLOW_SHOWN_MS);
    }
    this.#tellLive();
  }

  #tellLive(): void {
    this.#events.connection({ kind: "live", degraded: this.#degraded, slow: this.#slow });
  }

  #observe(serverTime: Timestamp | undefined): void {
    if (serverTime !== undefined) this.#clock.observe(timestampMs(serverTime), Date.now());
  }

  #send(frames: readonly ClientFrame[]): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    for (const frame of frames) this.#socket.send(toBinary(ClientFrameSchema, frame));
  }

  /** Give the connection `ms` to say something; a close that is never answered must not hold us up either. */
  #watch(ms: number): void {
    clearTimeout(this.#watchdog);
    const socket = this.#socket;
    this.#watchdog = setTimeout(() => {
      if (socket === undefined) return;
      socket.close();
      this.#lost(socket, 1006);
    }, ms);
  }

  #lost(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    this.#welcomed = false;
    clearTimeout(this.#watchdog);
    this.#follower.disconnect();
    if (!shouldReconnect(code)) {
      this.#stoppedBy = code;
      this.#events.connection({ kind: "stopped", code });
      return;
    }
    const delayMs = reconnectDelayMs(this.#failures, Math.random, this.#hintMs);
    this.#failures += 1;
    this.#hintMs = 0;
    this.#timer = setTimeout(() => this.open(), delayMs);
    if (this.#failures >= FAILURES_BEFORE_POLLING) {
      this.#poller.start();
      this.#events.connection({ kind: "polling" });
    } else {
      this.#events.connection({ kind: "reconnecting", retryAtMs: Date.now() + delayMs });
    }
  }
}
