import type { Bar } from "@trading/topic";
import { aggregate } from "./aggregate.js";
import type { HistoryRequest, MarketSource } from "./market-source.js";
import { isFiner, LONGEST_MS, type Resolution, SHORTEST_MS } from "./resolution.js";

/** So many finer bars are asked for at once, and so often at most, to make coarser ones. */
const PAGE = 10_000;
const MAX_PAGES = 20;

/** How many bars of a finer resolution one of a coarser has at most. */
export function ratio(coarse: Resolution, fine: Resolution): number {
  return Math.ceil(LONGEST_MS[coarse] / SHORTEST_MS[fine]);
}

/** Of some resolutions, the coarsest that bars of a resolution can be made of. Weeks make months only where there is nothing finer. */
export function baseResolution(resolutions: readonly Resolution[], resolution: Resolution): Resolution {
  const finer = resolutions.filter((each) => isFiner(each, resolution));
  return finer.findLast((each) => each !== "W") ?? (finer[0] as Resolution);
}

/**
 * Past bars of a resolution: the source's own, or made of finer ones. Where that takes too many, fewer than were asked
 * for, the newest.
 */
export async function loadHistory(source: MarketSource, request: HistoryRequest): Promise<readonly Bar[]> {
  const { symbol, resolution, to, countBack } = request;
  if (source.resolutions.includes(resolution)) return (await source.history(request)).bars;

  const base = baseResolution(source.resolutions, resolution);
  // The bar that opens last before `to` goes on after it.
  let end = to === undefined ? undefined : to + LONGEST_MS[resolution];
  let bars: Bar[] = [];
  for (let page = 0; page < MAX_PAGES; page++) {
    const wanted = Math.min(PAGE, (countBack + 2 - bars.length) * ratio(resolution, base));
    const older = (await source.history({ symbol, resolution: base, to: end, countBack: wanted })).bars;
    bars = aggregate([...older, ...bars], resolution, source.barStart);
    const isAll = older.length < wanted;
    const whole = (isAll ? bars : bars.slice(1)).filter(({ time }) => to === undefined || time < to);
    if (isAll || whole.length >= countBack || page === MAX_PAGES - 1) return whole.slice(-countBack);
    end = older[0]?.time;
  }
  return [];
}
