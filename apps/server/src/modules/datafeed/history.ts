import type { Bar } from "@trading/topic";
import { aggregate } from "./aggregate.js";
import { startOfBars } from "./calendar.js";
import type { HistoryRequest, Instrument, MarketSource } from "./market-source.js";
import { isFiner, LONGEST_MS, type Resolution, SHORTEST_MS } from "./resolution.js";

/** Maximum number of finer bars per request to the source, and of requests, to build coarser bars. */
const PAGE = 10_000;
const MAX_PAGES = 20;

/** Returns the maximum number of bars of a finer resolution in one bar of a coarser one. */
export function ratio(coarse: Resolution, fine: Resolution): number {
  return Math.ceil(LONGEST_MS[coarse] / SHORTEST_MS[fine]);
}

/**
 * Returns the coarsest of the given resolutions from which bars of `resolution` can be built. Weeks are used for months
 * only if there is nothing finer, because months do not start on Mondays.
 */
export function baseResolution(resolutions: readonly Resolution[], resolution: Resolution): Resolution {
  const finer = resolutions.filter((each) => isFiner(each, resolution));
  return finer.findLast((each) => each !== "W") ?? (finer[0] as Resolution);
}

/**
 * Loads past bars: the source's own, or aggregated from finer ones. If that would take too many requests, returns fewer
 * than requested, the newest.
 */
export async function loadHistory(
  source: MarketSource,
  instrument: Instrument,
  request: HistoryRequest,
): Promise<readonly Bar[]> {
  const { symbol, resolution, to, countBack } = request;
  if (source.resolutions.includes(resolution)) return (await source.history(request)).bars;

  const startOf = startOfBars(source, instrument);
  const base = baseResolution(source.resolutions, resolution);
  // The last bar that opens before `to` can extend beyond it.
  let end = to === undefined ? undefined : to + LONGEST_MS[resolution];
  let bars: Bar[] = [];
  for (let page = 0; page < MAX_PAGES; page++) {
    const wanted = Math.min(PAGE, (countBack + 2 - bars.length) * ratio(resolution, base));
    const older = (await source.history({ symbol, resolution: base, to: end, countBack: wanted })).bars;
    bars = aggregate([...older, ...bars], resolution, startOf);
    const isAll = older.length < wanted;
    const whole = (isAll ? bars : bars.slice(1)).filter(({ time }) => to === undefined || time < to);
    if (isAll || whole.length >= countBack || page === MAX_PAGES - 1) return whole.slice(-countBack);
    end = older[0]?.time;
  }
  return [];
}
