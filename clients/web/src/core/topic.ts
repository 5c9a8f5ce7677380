// One topic: its position, its state, and protobuf's own merge.
//
// Values only; which frame fits which topic is the follower's business.
import { clone, mergeFromBinary, toBinary } from "@bufbuild/protobuf";

import { type ScoreState, ScoreStateSchema } from "../../generated/scoreline/v1/state_pb.ts";

/** How many key events a reader keeps; the ones with the largest keys. */
export const KEY_EVENTS_KEPT = 50;

/** A version within an epoch; positions of different epochs can't be compared. */
export interface At {
  readonly epoch: bigint;
  readonly version: bigint;
}

/** Return the position that a text spells as `<epoch>-<version>`, in the quotes of an ETag or without. */
export function parsePosition(text: string): At | undefined {
  const found = /^(?:W\/)?"?(\d{1,19})-(\d{1,19})\b/.exec(text);
  return found?.[1] && found[2] ? { epoch: BigInt(found[1]), version: BigInt(found[2]) } : undefined;
}

/** Return the state after a patch. Both stay as they were: the old state is compared with the new one for the page. */
export function merge(state: ScoreState, patch: ScoreState): ScoreState {
  const merged = clone(ScoreStateSchema, state);
  mergeFromBinary(ScoreStateSchema, merged, toBinary(ScoreStateSchema, patch));
  return trimmed(merged);
}

/** Remove all but the key events with the largest keys, in place. */
export function trimmed(state: ScoreState): ScoreState {
  const keys = Object.keys(state.keyEvents).map(Number);
  keys.sort((a, b) => b - a);
  for (const key of keys.slice(KEY_EVENTS_KEPT)) delete state.keyEvents[key];
  return state;
}
