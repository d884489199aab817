import type { RESOLUTIONS } from "@trading/topic";

/** How long a bar is: minutes, then day, week and month. */
export type Resolution = (typeof RESOLUTIONS)[number];

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** Bars whose length never changes, in milliseconds; a week is one too, but starts on Mondays. */
const FIXED_MS = {
  "1": MINUTE_MS,
  "5": 5 * MINUTE_MS,
  "15": 15 * MINUTE_MS,
  "30": 30 * MINUTE_MS,
  "60": 60 * MINUTE_MS,
  D: DAY_MS,
} as const;

/** The shortest a bar can be, in milliseconds. Months differ; the shortest has 28 days. */
export const SHORTEST_MS: Readonly<Record<Resolution, number>> = { ...FIXED_MS, W: 7 * DAY_MS, M: 28 * DAY_MS };

/** The longest, in milliseconds. */
export const LONGEST_MS: Readonly<Record<Resolution, number>> = { ...SHORTEST_MS, M: 31 * DAY_MS };

/** Unix time began on a Thursday: this many days after a Monday. */
const EPOCH_WEEKDAY = 3;

/** When the bar opens that a moment is in. Unix milliseconds, UTC; weeks open on Monday. */
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

/** When the bar opens that follows the one a moment is in. */
export function nextBarStart(resolution: Resolution, time: number): number {
  const start = barStart(resolution, time);
  if (resolution !== "M") return start + SHORTEST_MS[resolution];
  const date = new Date(start);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}

/** Whether bars of one resolution are shorter than those of another, so that they cannot be made of them. */
export function isFiner(resolution: Resolution, than: Resolution): boolean {
  return SHORTEST_MS[resolution] < SHORTEST_MS[than];
}
