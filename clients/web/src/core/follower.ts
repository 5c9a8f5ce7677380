// What frames do to the states that a page holds, and what it must say in return.
//
// Knows topics, versions and epochs; knows nothing of sockets, timers or the page: frames are arguments and what has
// to be sent is returned. tests/conformance holds the same rules as data.
import { create } from "@bufbuild/protobuf";

import {
  type ClientFrame,
  ClientFrameSchema,
  type Error as Refusal,
  type Patch,
  Recovery,
  type ServerFrame,
  type Snapshot,
  type Subscribed,
} from "../../generated/scoreline/v1/frame_pb.ts";
import { type ScoreState, ScoreStateSchema } from "../../generated/scoreline/v1/state_pb.ts";
import { type At, merge, trimmed } from "./topic.ts";

/** What became of a frame; see tests/conformance/README.md. */
export type Outcome =
  | "replaced" | "applied" | "stale" | "gap" | "subscribed" | "ended" | "refused" | "ignored";

/** What one frame did, to which topic, and what is to be sent because of it. */
export interface Step {
  readonly outcome: Outcome;
  readonly topic: string;
  readonly send: readonly ClientFrame[];
}

/** What is held of one followed topic. */
export interface Topic {
  readonly name: string;
  /** Nothing until the first snapshot, or when the server's epoch has moved on. */
  readonly at: At | undefined;
  /** The newest state seen; replaced, never changed. */
  readonly state: ScoreState | undefined;
}

interface Held extends Topic {
  at: At | undefined;
  state: ScoreState | undefined;
  /** A subscribe is on its way and neither answered nor lost. */
  asking: boolean;
}

/** The topics that a page follows, brought forward frame by frame. */
export class Follower {
  readonly #topics = new Map<string, Held>();
  readonly #byNumber = new Map<number, Held>();
  /** Unsubscribes on their way: the answer to one must not end a subscription that followed it. */
  readonly #leaving = new Map<string, number>();
  #connected = false;

  /** The followed topics, in the order in which they were followed. */
  get topics(): readonly Topic[] {
    return [...this.#topics.values()];
  }

  topic(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  /** Begin to follow a topic; return what to send now. */
  follow(name: string): ClientFrame[] {
    if (this.#topics.has(name)) return [];
    const topic: Held = { name, at: undefined, state: undefined, asking: false };
    this.#topics.set(name, topic);
    return this.#connected ? [ask(topic)] : [];
  }

  /** Forget a topic; return what to send now. */
  unfollow(name: string): ClientFrame[] {
    if (!this.#forget(name) || !this.#connected) return [];
    this.#leaving.set(name, (this.#leaving.get(name) ?? 0) + 1);
    return [create(ClientFrameSchema, { frame: { case: "unsubscribe", value: { topic: name } } })];
  }

  /** Return the subscribes with which a new connection begins. */
  connect(): ClientFrame[] {
    this.disconnect();
    this.#connected = true;
    return [...this.#topics.values()].map(ask);
  }

  /** Forget what belonged to the connection; keep states and positions. */
  disconnect(): void {
    this.#connected = false;
    this.#byNumber.clear();
    this.#leaving.clear();
    for (const topic of this.#topics.values()) topic.asking = false;
  }

  /** Return the subscribe for a topic that was refused for a while. */
  askAgain(name: string): ClientFrame[] {
    const topic = this.#topics.get(name);
    return topic !== undefined && this.#connected && !topic.asking ? [ask(topic)] : [];
  }

  /** Take one frame in. */
  receive(frame: ServerFrame["frame"]): Step {
    switch (frame.case) {
      case "patch":
        return this.#onPatch(frame.value);
      case "snapshot":
        return this.#onSnapshot(frame.value);
      case "subscribed":
        return this.#onSubscribed(frame.value);
      case "unsubscribed":
        return this.#onUnsubscribed(frame.value.name);
      case "error":
        return this.#onRefusal(frame.value);
      case "heartbeat":
        return step("ignored", "", frame.value.wantsPong ? [pong()] : []);
      default:
        return step("ignored");
    }
  }

  /** Take in a whole state that was polled while there was no connection. */
  absorb(name: string, at: At, state: ScoreState): Step {
    const topic = this.#topics.get(name);
    // A late answer to a poll must not change the epoch under the patches of a connection.
    return topic === undefined || this.#connected ? step("ignored") : replace(topic, at, state);
  }

  #onPatch(patch: Patch): Step {
    const topic = this.#byNumber.get(patch.topic);
    if (topic === undefined) return step("ignored");
    const { at, state } = topic;
    if (at === undefined || state === undefined) return gap(topic);
    if (patch.version <= at.version) return step("stale", topic.name);
    if (at.version + 1n + BigInt(patch.span) !== patch.version) return gap(topic);
    topic.state = merge(state, patch.body.case === "game" ? patch.body.value : create(ScoreStateSchema));
    topic.at = { epoch: at.epoch, version: patch.version };
    return step("applied", topic.name);
  }

  #onSnapshot(snapshot: Snapshot): Step {
    const topic = this.#topics.get(snapshot.name);
    if (topic === undefined) return step("ignored");
    this.#byNumber.set(snapshot.topic, topic);
    topic.asking = false;
    const { epoch, version } = snapshot.position ?? { epoch: 0n, version: 0n };
    const body = snapshot.body.case === "game" ? snapshot.body.value : create(ScoreStateSchema);
    return replace(topic, { epoch, version }, body);
  }

  #onSubscribed(answer: Subscribed): Step {
    const topic = this.#topics.get(answer.name);
    if (topic === undefined) return step("ignored");
    this.#byNumber.set(answer.topic, topic);
    topic.asking = false;
    const { epoch, version } = answer.position ?? { epoch: 0n, version: 0n };
    // Patches of an epoch whose snapshot was never seen could fit by chance.
    if (topic.at !== undefined && topic.at.epoch !== epoch) topic.at = undefined;
    const held = topic.at;
    if (answer.recovery === Recovery.PATCH && held === undefined) return gap(topic);
    if (answer.recovery === Recovery.UP_TO_DATE && (held === undefined || held.version < version)) return gap(topic);
    return step("subscribed", topic.name);
  }

  #onUnsubscribed(name: string): Step {
    const leaving = this.#leaving.get(name) ?? 0;
    if (leaving > 0) {
      this.#leaving.set(name, leaving - 1);
      return step("ignored");
    }
    return this.#forget(name) ? step("ended", name) : step("ignored");
  }

  #onRefusal(refusal: Refusal): Step {
    const topic = this.#topics.get(refusal.topic);
    if (topic === undefined) return step("ignored");
    topic.asking = false;
    return step("refused", topic.name);
  }

  #forget(name: string): boolean {
    const topic = this.#topics.get(name);
    for (const [number, held] of this.#byNumber) if (held === topic) this.#byNumber.delete(number);
    return this.#topics.delete(name);
  }
}

function replace(topic: Held, at: At, state: ScoreState): Step {
  const held = topic.at;
  // Epochs have no order that a client may rely on: another one is what the server has now.
  if (held !== undefined && held.epoch === at.epoch && held.version >= at.version) return step("stale", topic.name);
  topic.at = at;
  topic.state = trimmed(state);
  return step("replaced", topic.name);
}

function gap(topic: Held): Step {
  return step("gap", topic.name, topic.asking ? [] : [ask(topic)]);
}

function ask(topic: Held): ClientFrame {
  topic.asking = true;
  const value = topic.at === undefined ? { topic: topic.name } : { topic: topic.name, position: topic.at };
  return create(ClientFrameSchema, { frame: { case: "subscribe", value } });
}

function pong(): ClientFrame {
  return create(ClientFrameSchema, { frame: { case: "pong", value: {} } });
}

function step(outcome: Outcome, topic = "", send: readonly ClientFrame[] = []): Step {
  return { outcome, topic, send };
}
