// The last fallback: ask for each score by plain GET, with the tag of the last answer, so that no news costs no body.
import { fromBinary } from "@bufbuild/protobuf";

import { ScoreStateSchema } from "../../generated/scoreline/v1/state_pb.ts";
import { jitteredMs } from "../core/backoff.ts";
import type { Follower } from "../core/follower.ts";
import { parsePosition } from "../core/topic.ts";

const PERIOD_MS = 5_000;
const TIMEOUT_MS = 8_000;

export class Poller {
  readonly #follower: Follower;
  readonly #changed: (topic: string) => void;
  readonly #tags = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round = 0;
  running = false;

  constructor(follower: Follower, changed: (topic: string) => void) {
    this.#follower = follower;
    this.#changed = changed;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    void this.#pollAll();
  }

  stop(): void {
    this.running = false;
    this.#round += 1;
    clearTimeout(this.#timer);
    this.#tags.clear();
  }

  /** A topic has joined: ask without waiting for the next round. */
  refresh(): void {
    if (!this.running) return;
    clearTimeout(this.#timer);
    void this.#pollAll();
  }

  async #pollAll(): Promise<void> {
    const round = (this.#round += 1);
    // One by one: a browser that is short of connections would queue them anyway.
    for (const { name } of this.#follower.topics) {
      await this.#poll(name).catch(() => undefined); // the next round is the retry
      if (!this.running || round !== this.#round) return;
    }
    this.#timer = setTimeout(() => void this.#pollAll(), jitteredMs(PERIOD_MS, Math.random));
  }

  async #poll(topic: string): Promise<void> {
    const gameId = topic.slice(topic.indexOf("/") + 1);
    const tag = this.#tags.get(topic);
    const answer = await fetch(`/v1/games/${encodeURIComponent(gameId)}/score`, {
      headers: { Accept: "application/x-protobuf", ...(tag === undefined ? {} : { "If-None-Match": tag }) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const fresh = answer.headers.get("ETag");
    const at = parsePosition(fresh ?? "");
    if (answer.status !== 200 || fresh === null || at === undefined) return;
    const state = fromBinary(ScoreStateSchema, new Uint8Array(await answer.arrayBuffer()));
    if (!this.running) return;
    this.#tags.set(topic, fresh);
    if (this.#follower.absorb(topic, at, state).outcome === "replaced") this.#changed(topic);
  }
}
