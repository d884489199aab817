import type { RESOLUTIONS } from "@trading/topic";

/** The length of a bar: minutes, then day, week and month. */
export type Resolution = (typeof RESOLUTIONS)[number];

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** Resolutions of constant length in milliseconds. A week has one too, but starts on Mondays. */
const FIXED_MS = {
  "1": MINUTE_MS,
  "5": 5 * MINUTE_MS,
  "15": 15 * MINUTE_MS,
  "30": 30 * MINUTE_MS,
  "60": 60 * MINUTE_MS,
  D: DAY_MS,
} as const;

/** Minimum length of a bar in milliseconds. The shortest month has 28 days. */
export const SHORTEST_MS: Readonly<Record<Resolution, number>> = { ...FIXED_MS, W: 7 * DAY_MS, M: 28 * DAY_MS };

/** Maximum length of a bar in milliseconds. */
export const LONGEST_MS: Readonly<Record<Resolution, number>> = { ...SHORTEST_MS, M: 31 * DAY_MS };

/** Unix time began on a Thursday, which is this number of days after Monday. */
const EPOCH_WEEKDAY = 3;

/** Returns the opening time of the bar that contains a time, in Unix milliseconds, UTC; weeks start on Mondays. */
export function barStart(resolution: Resolution, time: number): number {
  if (resolution === "M") {
    const date = new Date(time);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  }
  if (resolution === "W") {
    const day = Math.floor(time / DAY_MS);
    return (day - ((((day + EPOCH_WEEKDAY) % 7) + 7) % 7)) * DAY_MS;
  }
  const length = FIXED_MS[resolution];
  return Math.floor(time / length) * length;
}

/** Returns the opening time of the bar after the one that contains a time. */
export function nextBarStart(resolution: Resolution, time: number): number {
  const start = barStart(resolution, time);
  if (resolution !== "M") return start + SHORTEST_MS[resolution];
  const date = new Date(start);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}

/** Returns whether one resolution is finer than another, so that its bars cannot be built from the other's. */
export function isFiner(resolution: Resolution, than: Resolution): boolean {
  return SHORTEST_MS[resolution] < SHORTEST_MS[than];
}
