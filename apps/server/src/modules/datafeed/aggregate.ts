import type { Bar } from "@trading/topic";
import { barStart, type Resolution } from "./resolution.js";

/** One bar of two that follow each other in the same span; it opens when the first does. */
export function join(earlier: Bar, later: Bar): Bar {
  return {
    time: earlier.time,
    open: earlier.open,
    high: Math.max(earlier.high, later.high),
    low: Math.min(earlier.low, later.low),
    close: later.close,
    volume: earlier.volume + later.volume,
  };
}

/**
 * Bars of a coarser resolution, made of finer ones.
 *
 * @param bars ascending by time; the first and the last may make bars that are not whole
 * @param startOf when the bar opens that a moment is in. @default in UTC
 */
export function aggregate(bars: Iterable<Bar>, resolution: Resolution, startOf = barStart): Bar[] {
  const result: Bar[] = [];
  let current: Bar | undefined;
  for (const bar of bars) {
    const time = startOf(resolution, bar.time);
    if (current !== undefined && current.time === time) {
      current = join(current, bar);
      result[result.length - 1] = current;
    } else {
      current = { ...bar, time };
      result.push(current);
    }
  }
  return result;
}
