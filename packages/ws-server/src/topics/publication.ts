import { SINGLE_KEY } from "@trading/topic";
import type { RetainedUpdate, RetentionRule } from "@trading/topic/retention";
import type { UpdateEncoder } from "./codec.js";
import type { Frame } from "./frame.js";
import type { SharedText } from "./update-text.js";

/** One published and encoded update, as PubSub carries it and retention stores it. */
export interface Publication extends RetainedUpdate {
  readonly frame: Frame;
}

/** Memory of a retained update in addition to its text: the objects around it, as measured. */
const RETAINED_OVERHEAD_BYTES = 300;

/** Builds the publication of an encoded update. */
export function publicationOf(
  encoder: UpdateEncoder,
  offset: number,
  key: unknown,
  isFinished: boolean,
  body: SharedText,
): Publication {
  const frame = encoder.frame(offset, body);
  return { offset, key, isFinished, bytes: frame.retainedBytes + RETAINED_OVERHEAD_BYTES, frame };
}

/** Returns the key of an update. */
export function keyOf({ key }: RetentionRule, update: unknown): unknown {
  if (key === undefined || key === SINGLE_KEY) return key;
  return (update as Record<string, unknown>)[key];
}
