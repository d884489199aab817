import type { RESOLUTIONS } from "@trading/topic";

/** The length of a bar: minutes, then day, week and month. */
export type Resolution = (typeof RESOLUTIONS)[number];

/** Returns the opening time of the bar that contains a time. In Unix milliseconds. */
export type StartOfBar = (resolution: Resolution, time: number) => number;

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** Resolutions of constant length in milliseconds. */
const FIXED_MS = {
  "1": MINUTE_MS,
  "5": 5 * MINUTE_MS,
  "15": 15 * MINUTE_MS,
  "30": 30 * MINUTE_MS,
  "60": 60 * MINUTE_MS,
} as const;

/** The most by which a change of the clocks makes a day, week or month shorter or longer. */
const CLOCK_CHANGE_MS = 2 * 60 * MINUTE_MS;

/** Minimum length of a bar in milliseconds. The shortest month has 28 days. */
export const SHORTEST_MS: Readonly<Record<Resolution, number>> = {
  ...FIXED_MS,
  D: DAY_MS - CLOCK_CHANGE_MS,
  W: 7 * DAY_MS - CLOCK_CHANGE_MS,
  M: 28 * DAY_MS - CLOCK_CHANGE_MS,
};

/** Maximum length of a bar in milliseconds. */
export const LONGEST_MS: Readonly<Record<Resolution, number>> = {
  ...FIXED_MS,
  D: DAY_MS + CLOCK_CHANGE_MS,
  W: 7 * DAY_MS + CLOCK_CHANGE_MS,
  M: 31 * DAY_MS + CLOCK_CHANGE_MS,
};

/** Returns whether one resolution is finer than another, so that its bars cannot be built from the other's. */
export function isFiner(resolution: Resolution, than: Resolution): boolean {
  return SHORTEST_MS[resolution] < SHORTEST_MS[than];
}
