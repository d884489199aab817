import type { Bar } from "@trading/topic";
import { throwIfAborted } from "../aborted.js";
import type { BarsQuery, DatafeedRest } from "../rest/rest.js";

/** Maximum number of requests for one range of bars. */
const MAX_PAGES = 20;

/** A reply with fewer bars is complete: it was not cut at the server's maximum, which is 5,000 for the reference server. */
const MIN_MAXIMUM = 1_000;

/** Sorts by time, oldest first. Of bars with the same time, the last one counts. */
export function sortedByTime(bars: readonly Bar[]): Bar[] {
  const byTime = new Map(bars.map((bar) => [bar.time, bar]));
  return [...byTime.values()].sort((one, other) => one.time - other.time);
}

/** Merges two lists into one, oldest first. Of bars with the same time, the newer list's counts; an equal bar keeps its identity. */
export function mergeBars(older: readonly Bar[], newer: readonly Bar[]): Bar[] {
  const byTime = new Map(older.map((bar) => [bar.time, bar]));
  return sortedByTime([
    ...older,
    ...newer.map((bar) => {
      const before = byTime.get(bar.time);
      return before && isEqual(before, bar) ? before : bar;
    }),
  ]);
}

function isEqual(one: Bar, other: Bar): boolean {
  return (["open", "high", "low", "close", "volume"] as const).every((member) => one[member] === other[member]);
}

/**
 * Compares two lists of bars, for a chart that draws single bars: returns the bars to draw, in order, if they only update the
 * last drawn bar or follow it. Returns undefined if the chart has to draw the whole list.
 */
export function changedBars(drawn: readonly Bar[], bars: readonly Bar[]): readonly Bar[] | undefined {
  const last = drawn.length - 1;
  for (let index = 0; index < last; index++) if (drawn[index] !== bars[index]) return undefined;
  if (last >= 0 && drawn[last]?.time !== bars[last]?.time) return undefined;
  return bars.slice(Math.max(last, 0)).filter((bar, index) => index > 0 || bar !== drawn[last]);
}

/**
 * Loads the bars of a range, oldest first. Requests further pages if the server cut the reply at its maximum. After 20 pages
 * the oldest bars of the range are missing.
 */
export async function loadBars(
  rest: Pick<DatafeedRest, "bars">,
  query: BarsQuery,
  signal: AbortSignal,
): Promise<readonly Bar[]> {
  let loaded: readonly Bar[] = [];
  let { to, countBack } = query;
  for (let page = 0; page < MAX_PAGES; page++) {
    const reply = await rest.bars({ ...query, to, countBack }, signal);
    throwIfAborted(signal);
    const bars = sortedByTime(reply.bars);
    loaded = mergeBars(bars, loaded);
    const [first] = bars;
    if (bars.length < MIN_MAXIMUM || first === undefined || first.time <= query.from || first.time >= to) break;
    to = first.time;
    countBack = Math.max(0, countBack - bars.length);
  }
  return loaded;
}
