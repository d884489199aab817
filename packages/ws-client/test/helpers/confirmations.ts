import type { Confirmation } from "./memory-network.js";

/** Builds a confirmation of a keyed topic at an offset. */
export const keyed = (offset: number, more: Confirmation = {}): Confirmation => ({
  epoch: "e1",
  retention: "keyed",
  offset,
  ...more,
});

/** Builds a confirmation of a log at an offset. */
export const log = (offset: number, more: Confirmation = {}): Confirmation => ({
  epoch: "e1",
  retention: "log",
  offset,
  ...more,
});
