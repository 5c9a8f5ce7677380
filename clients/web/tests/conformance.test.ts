// The vectors that every client runs; tests/conformance/README.md of the project says what they mean.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { create, equals, fromBinary, fromJson, toJson } from "@bufbuild/protobuf";

import { type ClientFrame, ClientFrameSchema, ServerFrameSchema } from "../generated/scoreline/v1/frame_pb.ts";
import { ScoreStateSchema } from "../generated/scoreline/v1/state_pb.ts";
import { Follower } from "../src/core/follower.ts";
import { parsePosition } from "../src/core/topic.ts";

interface VectorStep {
  follow?: string;
  unfollow?: string;
  connect?: boolean;
  disconnect?: boolean;
  receive?: string;
  poll?: string;
  name?: string;
  position?: string;
  outcome?: string;
  sends?: unknown[];
  topics?: Record<string, { position?: string | null; state?: unknown }>;
}

const folder = process.env["SCORELINE_VECTORS"] ?? "";
const files = ["patches", "resume"].flatMap((kind) => {
  const path = join(folder, kind);
  return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith(".json")).map((name) => join(path, name)) : [];
});

test("the shared vectors are there", () => {
  assert.ok(files.length > 0, `no vectors in ${folder || "SCORELINE_VECTORS"}`);
});

for (const file of files.sort()) {
  const vector = JSON.parse(readFileSync(file, "utf8")) as { title: string; steps: VectorStep[] };
  test(`${file.split("/").slice(-2).join("/")}: ${vector.title}`, () => {
    const follower = new Follower();
    vector.steps.forEach((step, at) => play(follower, step, `step ${at + 1}`));
  });
}

function play(follower: Follower, step: VectorStep, at: string): void {
  const { sent, outcome } = act(follower, step);
  if (step.outcome !== undefined) assert.equal(outcome, step.outcome, `${at}: outcome`);
  const said = sent.filter((frame) => frame.frame.case !== "hello").map((frame) => toJson(ClientFrameSchema, frame));
  const expected = (step.sends ?? []).map((json) => toJson(ClientFrameSchema, fromJson(ClientFrameSchema, json as never)));
  assert.deepEqual(said, expected, `${at}: sends`);
  for (const [name, held] of Object.entries(step.topics ?? {})) {
    const topic = follower.topic(name);
    if (held.position !== undefined) {
      const position = held.position === null ? undefined : parsePosition(held.position);
      assert.deepEqual(topic?.at, position, `${at}: position of ${name}`);
    }
    if (held.state !== undefined) {
      const wanted = fromJson(ScoreStateSchema, held.state as never);
      const state = topic?.state ?? create(ScoreStateSchema);
      assert.ok(equals(ScoreStateSchema, state, wanted), `${at}: state of ${name} is ${JSON.stringify(toJson(ScoreStateSchema, state))}`);
    }
  }
}

function act(follower: Follower, step: VectorStep): { sent: readonly ClientFrame[]; outcome?: string } {
  if (step.follow !== undefined) return { sent: follower.follow(step.follow) };
  if (step.unfollow !== undefined) return { sent: follower.unfollow(step.unfollow) };
  if (step.connect) return { sent: follower.connect() };
  if (step.disconnect) {
    follower.disconnect();
    return { sent: [] };
  }
  if (step.receive !== undefined) {
    const frame = fromBinary(ServerFrameSchema, Buffer.from(step.receive, "base64"));
    const done = follower.receive(frame.frame);
    return { sent: done.send, outcome: done.outcome };
  }
  const body = fromBinary(ScoreStateSchema, Buffer.from(step.poll ?? assert.fail("a step of no known kind"), "base64"));
  const position = parsePosition(step.position ?? "") ?? assert.fail("a poll without a position");
  const done = follower.absorb(step.name ?? "", position, body);
  return { sent: done.send, outcome: done.outcome };
}
