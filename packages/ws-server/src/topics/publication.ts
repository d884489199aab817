import { SINGLE_KEY } from "@trading/topic";
import type { RetainedUpdate, RetentionRule } from "@trading/topic/retention";
import type { Frame } from "./frame.js";

/** One published and encoded update, as PubSub carries it and retention stores it. */
export interface Publication extends RetainedUpdate {
  readonly frame: Frame;
}

/** Returns the key of an update. */
export function keyOf({ key }: RetentionRule, update: unknown): unknown {
  if (key === undefined || key === SINGLE_KEY) return key;
  return (update as Record<string, unknown>)[key];
}
