import type { Bar } from "@trading/topic";
import { UTC_CALENDAR } from "./calendar.js";
import type { Resolution, StartOfBar } from "./resolution.js";

/** Merges two consecutive bars into one that opens with the first. */
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
 * Aggregates bars into bars of a coarser resolution.
 *
 * @param bars ascending by time; the first and the last resulting bars may be incomplete
 * @param startOf returns the opening time of the bar that contains a time. @default in UTC
 */
export function aggregate(
  bars: Iterable<Bar>,
  resolution: Resolution,
  startOf: StartOfBar = (each, time) => UTC_CALENDAR.barStart(each, time),
): Bar[] {
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
