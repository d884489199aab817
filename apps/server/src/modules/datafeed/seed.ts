import type { Bar } from "@trading/topic";
import { aggregate } from "./aggregate.js";
import { baseResolution, ratio } from "./history.js";
import type { MarketSource } from "./market-source.js";
import type { BarsByResolution } from "./present-bars.js";
import { type Resolution, SHORTEST_MS } from "./resolution.js";

/** Bars of one resolution that are asked for at most, to tell what was missed. */
const MAX_MISSED = 5_000;

/** Where a line of trades goes on from. */
export interface Seed {
  /** Of every resolution: those that were missed, and the present one. All present ones have one close. */
  readonly bars: BarsByResolution;
  /** Trades up to and including this moment are in the bars. */
  readonly through: number;
}

/** The resolutions that present bars are made of: few, since each is a question to the source. */
const STEPS: readonly Resolution[] = ["60", "D"];

/**
 * The present bars of all resolutions as of one moment. Only the finest are asked for as far as they have come; every
 * coarser one is finished parts, which stand, and a finer present one: so all speak of the same last trade.
 *
 * @param resolutions which; the finest is the source's own
 * @param since when the bar opens from which on those of a resolution are wanted; undefined: the present one is enough
 */
export async function loadSeed(
  source: MarketSource,
  symbol: string,
  resolutions: readonly Resolution[],
  since: (resolution: Resolution) => number | undefined = () => undefined,
): Promise<Seed> {
  const [finest] = resolutions as [Resolution];
  const bases = source.resolutions.filter((each) => each === finest || STEPS.includes(each));
  const baseFor = (resolution: Resolution) => (resolution === finest ? finest : baseResolution(bases, resolution));

  /** How many bars of a base reach back to the oldest that is wanted of what is made of it. */
  const reach = (base: Resolution, now: number) => {
    const made = resolutions.filter((each) => baseFor(each) === base);
    const oldest = Math.min(...made.map((each) => since(each) ?? now));
    const missed = Math.ceil((now - oldest) / SHORTEST_MS[base]);
    return Math.max(...made.map((each) => ratio(each, base))) + Math.max(0, Math.min(MAX_MISSED, missed));
  };
  const ask = async (base: Resolution, to: number | undefined, countBack: number) => {
    const { bars, through } = await source.history({ symbol, resolution: base, to, countBack });
    // Of what opens before the first of them, finer bars may be missing.
    const wholeFrom = bars.length < countBack ? Number.NEGATIVE_INFINITY : (bars[0]?.time ?? 0);
    return { bars, through, wholeFrom };
  };

  const least = reach(finest, 0);
  let newest = await ask(finest, undefined, least);
  const wanted = reach(finest, newest.bars.at(-1)?.time ?? 0);
  if (wanted > least) newest = await ask(finest, undefined, wanted);
  const { through } = newest;
  const last = newest.bars.at(-1);
  if (last === undefined) return { bars: new Map(), through };

  const parts = new Map<Resolution, Pick<typeof newest, "bars" | "wholeFrom">>([[finest, newest]]);
  const seeds = new Map<Resolution, readonly Bar[]>();
  for (const resolution of resolutions) {
    const base = baseFor(resolution);
    let finer = parts.get(base);
    if (finer === undefined) {
      const present = seeds.get(base)?.at(-1) as Bar;
      const { bars, wholeFrom } = await ask(base, present.time, reach(base, last.time));
      finer = { bars: [...bars, present], wholeFrom };
      parts.set(base, finer);
    }
    const bars = resolution === finest ? finer.bars : aggregate(finer.bars, resolution, source.barStart);
    const present = bars.at(-1) as Bar;
    const from = Math.max(since(resolution) ?? present.time, finer.wholeFrom);
    seeds.set(
      resolution,
      bars.filter((bar) => bar.time >= from || bar === present),
    );
  }
  return { bars: seeds, through };
}
