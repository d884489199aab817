import type { Bar } from "@trading/topic";
import { throwIfAborted } from "../aborted.js";
import type { BarsQuery, BarsReply, DatafeedRest } from "../rest/rest.js";

/** Maximum number of requests for one range of bars. */
const MAX_PAGES = 20;

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

/** The bars of one or more replies, oldest first. */
export interface LoadedBars extends BarsReply {
  /** The opening time of the oldest bar of the server, if it is known. */
  readonly start: number | undefined;
}

/**
 * Loads the bars of a range, and at least `countBack` bars. Servers limit the number of bars in one reply, and a reply does not say
 * whether it was cut, so this requests older bars until one has none. After 20 requests the oldest bars are missing.
 *
 * @param start the opening time of the oldest bar, if it is known
 * @param reach the time from which on all bars are needed, also above `countBack`
 */
export async function loadBars(
  rest: Pick<DatafeedRest, "bars">,
  query: BarsQuery,
  signal: AbortSignal,
  start?: number,
  reach = query.from,
): Promise<LoadedBars> {
  const { from, countBack } = query;
  const reply = await rest.bars(query, signal);
  throwIfAborted(signal);
  let bars = sortedByTime(reply.bars);
  for (let page = 1; page < MAX_PAGES; page++) {
    const to = bars[0]?.time;
    if (to === undefined || to === start || (bars.length >= countBack && to <= reach)) break;
    const missing = Math.max(0, countBack - bars.length);
    const older = await rest.bars({ ...query, from: Math.min(from, to), to, countBack: missing }, signal);
    throwIfAborted(signal);
    const before = older.bars.filter(({ time }) => time < to);
    if (before.length === 0) return { ...reply, bars, start: to };
    bars = sortedByTime([...before, ...bars]);
  }
  return { ...reply, bars, start: bars[0]?.time === start ? start : undefined };
}
